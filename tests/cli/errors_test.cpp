// SPDX-License-Identifier: LGPL-2.1-or-later
// Wrong inputs and bad services: one clear line that says what to do, an exit code of its own, the
// same as JSON, and nothing bought.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tool.h"

namespace airforce::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// The line for a person. Checks on the way what holds for every error.
std::string error_of(const Bench& bench, const Command& command, int exit_code,
                     const std::string& kind) {
  const Finished finished = run(command);
  EXPECT_EQ(finished.exit_code, exit_code) << finished.errors;
  EXPECT_EQ(line_count(finished.errors), 1U) << finished.errors;
  EXPECT_THAT(finished.errors, StartsWith("airforce-video: "));
  EXPECT_THAT(finished.errors, Not(HasSubstr("<"))) << "no markup";
  const JsonLines lines(finished.output);
  EXPECT_EQ(lines.field(-1, "event"), "error");
  EXPECT_EQ(lines.field(-1, "kind"), kind);
  EXPECT_EQ(lines.field(-1, "exit_code"), std::to_string(exit_code));
  EXPECT_THAT(finished.output + finished.errors, Not(HasSubstr(bench.simulator.key())));
  return finished.errors;
}

TEST(Errors, say_where_to_put_a_missing_key) {
  const Bench bench;
  Command command = bench.json_command(bench.generate());
  command.environment["AIRFORCE_API_KEY"] = "";
  EXPECT_THAT(error_of(bench, command, 3, "not-authorized"),
              AllOf(HasSubstr("AIRFORCE_API_KEY"), HasSubstr("--api-key-file"),
                    HasSubstr("nothing was charged")));
}

TEST(Errors, say_that_a_wrong_key_was_refused) {
  const Bench bench;
  Command command = bench.json_command(bench.generate());
  command.environment["AIRFORCE_API_KEY"] = "sk-air-canary";
  EXPECT_THAT(error_of(bench, command, 3, "not-authorized"),
              AllOf(HasSubstr("401"), HasSubstr("AIRFORCE_API_KEY"), Not(HasSubstr("canary"))));
}

TEST(Errors, do_not_show_the_lines_of_a_key_file) {
  const Bench bench;
  Command command = bench.json_command(bench.generate(
      {"--api-key-file=" + bench.directory.write("key", "sk-air-canary\nsk-air-other\n")}));
  command.environment["AIRFORCE_API_KEY"] = "";
  EXPECT_THAT(error_of(bench, command, 2, "settings"),
              AllOf(HasSubstr("one API key"), Not(HasSubstr("canary"))));
}

TEST(Errors, list_the_models_with_their_prices_without_a_model) {
  const Bench bench;
  EXPECT_THAT(error_of(bench, bench.json_command({"generate", "A fox"}), 2, "settings"),
              AllOf(HasSubstr("no model"), HasSubstr("--model"), HasSubstr("one of: wan-2.6, ")));
}

TEST(Errors, say_that_the_prompt_is_missing) {
  const Bench bench;
  EXPECT_THAT(error_of(bench, bench.json_command({"generate", "--model=wan-2.6"}), 2, "settings"),
              AllOf(HasSubstr("no prompt"), HasSubstr("airforce-video generate \"A red fox\""),
                    HasSubstr("--prompt-file")));
}

TEST(Errors, show_the_range_of_a_duration_that_is_out_of_it) {
  const Bench bench;
  EXPECT_THAT(
      error_of(bench, bench.json_command(bench.generate({"--duration-seconds=60"})), 2, "settings"),
      AllOf(HasSubstr("60 s"), HasSubstr("--duration-seconds"), HasSubstr(" to ")));
}

TEST(Errors, name_an_unreadable_image) {
  const Bench bench;
  EXPECT_THAT(
      error_of(bench, bench.json_command(bench.generate({"--image=nowhere.png"})), 2, "settings"),
      AllOf(HasSubstr("nowhere.png"), HasSubstr("No such file")));
  const std::string text = bench.directory.write("text.png", "not a picture");
  EXPECT_THAT(
      error_of(bench, bench.json_command(bench.generate({"--image=" + text})), 2, "settings"),
      AllOf(HasSubstr("text.png"), HasSubstr("JPEG")));
}

TEST(Errors, say_that_a_prompt_is_not_utf8) {
  const Bench bench;
  EXPECT_THAT(
      error_of(bench, bench.json_command({"generate", "--model=wan-2.6", "f\xf6x"}), 2, "settings"),
      HasSubstr("UTF-8"));
}

TEST(Errors, do_not_blame_the_key_for_a_refused_clip_url) {
  for (const char* status : {"401", "402", "403", "404", "410"}) {
    const Bench bench({"--fault", std::string("download:status=") + status});
    EXPECT_THAT(error_of(bench, bench.json_command(bench.generate({"--timeout=3"})), 13, "timeout"),
                AllOf(HasSubstr(status), HasSubstr("URL is refused"),
                      HasSubstr("airforce-video download vid_"), Not(HasSubstr("key"))));
  }
  const Bench not_a_url({"--fault", "any:set=result_url:\"file:///etc/passwd\""});
  error_of(not_a_url, not_a_url.json_command(not_a_url.generate({"--timeout=3"})), 10, "protocol");
}

// As a camera that is held upright writes it: EXIF orientation 6, then the pixels.
std::string turned_picture() {
  using namespace std::string_literals;
  const std::string exif =
      "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"s;
  return "\xFF\xD8\xFF\xE1\0"s + static_cast<char>(exif.size() + 2) + exif +
         "\xFF\xDA\0\x02 pixels\xFF\xD9"s;
}

TEST(Errors, buy_nothing_with_a_cut_picture) {
  const Bench bench;
  const std::string whole = turned_picture();
  for (const std::size_t size : {whole.size() - 2, whole.size() - 8, std::size_t{20}}) {
    const std::string cut = bench.directory.write("cut.jpg", whole.substr(0, size));
    EXPECT_THAT(
        error_of(bench, bench.json_command(bench.generate({"--image=" + cut})), 2, "settings"),
        AllOf(HasSubstr("cut.jpg"), HasSubstr("its end is missing")));
  }
  EXPECT_EQ(bench.simulator.count("creates"), 0);
}

TEST(Warnings, say_that_a_picture_is_stored_turned) {
  const Bench bench;
  const std::string turned = bench.directory.write("turned.jpg", turned_picture());
  const Finished finished =
      bench.run_plain(bench.generate({"--image=" + turned, "--output=fox.mp4"}));
  EXPECT_EQ(finished.exit_code, 6) << "its pixels are none, and the service says so";
  EXPECT_THAT(finished.errors,
              AllOf(HasSubstr("warning: "), HasSubstr("turned.jpg' is stored turned"),
                    HasSubstr("turn its pixels first")));
}

TEST(Errors, above_the_budget_buy_nothing) {
  const Bench bench;
  EXPECT_THAT(
      error_of(bench, bench.json_command(bench.generate({"--max-cost-cents=1"})), 4, "budget"),
      AllOf(HasSubstr("1 cent"), HasSubstr("--max-cost-cents"), HasSubstr("nothing was charged")));
  EXPECT_EQ(bench.simulator.count("creates"), 0);
}

TEST(Errors, say_that_the_balance_is_insufficient) {
  const Bench bench({"--balance", "10"});
  EXPECT_THAT(error_of(bench, bench.json_command(bench.generate()), 3, "not-authorized"),
              AllOf(HasSubstr("402"), HasSubstr("balance")));
}

TEST(Errors, prints_one_line_when_nobody_listens) {
  const Bench bench;
  Command command = bench.json_command({"models"});
  command.environment["AIRFORCE_BASE_URL"] = "http://127.0.0.1:1";
  EXPECT_THAT(error_of(bench, command, 8, "network"),
              AllOf(HasSubstr("127.0.0.1:1"), HasSubstr("base URL")));
}

TEST(Errors, quote_the_title_of_an_html_answer) {
  const Bench bench({"--fault", "models:status=502,body=html,content-type=text/html", "--fault",
                     "list:body=html,content-type=text/html"});
  EXPECT_THAT(error_of(bench, bench.json_command({"models"}), 9, "server"),
              AllOf(HasSubstr("502"), HasSubstr("the page \"502 Bad Gateway\"")));
  EXPECT_THAT(error_of(bench, bench.json_command({"list"}), 10, "protocol"),
              AllOf(HasSubstr("web page"), HasSubstr("127.0.0.1"), HasSubstr("base URL")));
}

TEST(Errors, over_plain_http_to_elsewhere_send_nothing) {
  const Bench bench;
  Command command = bench.json_command({"models", "--base-url=http://api.example"});
  EXPECT_THAT(error_of(bench, command, 2, "settings"), HasSubstr("https"));
}

TEST(Errors, name_a_task_that_does_not_exist) {
  const Bench bench;
  for (const char* command : {"status", "watch", "download"})
    EXPECT_THAT(error_of(bench, bench.json_command({command, "vid_nowhere"}), 5, "not-found"),
                HasSubstr("404"))
        << command;
  EXPECT_THAT(
      error_of(bench, bench.json_command({"delete", "--yes", "vid_nowhere"}), 5, "not-found"),
      HasSubstr("404"));
}

TEST(Errors, show_the_reason_and_the_refund_of_a_failed_task) {
  const Bench bench({"--fault", "task:failed,type=content_policy,message=no foxes today"});
  const std::string text =
      error_of(bench, bench.json_command(bench.generate({"--quiet"})), 12, "task-failed");
  EXPECT_THAT(text, AllOf(HasSubstr("no foxes today"), HasSubstr("refunded")));
  EXPECT_THAT(text, HasSubstr(speaks_sdk_dialect() ? "failed" : "content_policy"));
}

TEST(Errors, say_after_the_timeout_that_the_task_still_runs) {
  const Bench bench({"--task-seconds", "60"});
  EXPECT_THAT(error_of(bench, bench.json_command(bench.generate({"--timeout=1"})), 13, "timeout"),
              AllOf(HasSubstr("still runs"), HasSubstr("airforce-video download vid_")));
}

TEST(Errors, point_to_the_help_after_wrong_usage) {
  const Bench bench;
  EXPECT_THAT(
      error_of(bench, bench.json_command({"generate", "--modell=x", "A fox"}), 2, "settings"),
      HasSubstr("airforce-video generate --help"));
  EXPECT_THAT(error_of(bench, bench.json_command({"generate", "A", "fox"}), 2, "settings"),
              HasSubstr("quotes"));
  EXPECT_THAT(error_of(bench, bench.json_command({"genrate", "A fox"}), 2, "settings"),
              HasSubstr("'generate'"));
  EXPECT_THAT(error_of(bench, bench.json_command({"status"}), 2, "settings"), HasSubstr("TASK_ID"));
  EXPECT_THAT(error_of(bench, bench.json_command({"watch", "a", "b"}), 2, "settings"),
              HasSubstr("one TASK_ID"));
}

TEST(Errors, never_repeat_a_key_after_wrong_usage) {
  const Bench bench;
  for (const char* word : {"--api-key=sk-air-canary", "sk-air-canary", "--sk-air-canary"}) {
    EXPECT_THAT(error_of(bench, bench.json_command({word, "generate", "A fox"}), 2, "settings"),
                Not(HasSubstr("canary")));
    EXPECT_THAT(error_of(bench, bench.json_command({"help", word}), 2, "settings"),
                Not(HasSubstr("canary")));
  }
}

TEST(Errors, buy_nothing_with_an_unusable_store) {
  const Bench bench;
  EXPECT_THAT(error_of(bench, bench.json_command(bench.generate({"--store=/proc/nowhere/store"})),
                       16, "store"),
              HasSubstr("/proc/nowhere"));
  EXPECT_EQ(bench.simulator.count("creates"), 0);
}

}  // namespace
}  // namespace airforce::test
