// SPDX-License-Identifier: LGPL-2.1-or-later
// From a prompt to a file: generate, watch and download.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tool.h"

namespace airforce::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> files_in(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    names.push_back(entry.path().filename());
  return names;
}

TEST(Generate, saves_the_clip_under_its_tasks_name) {
  const Bench bench;
  const Finished finished = bench.run(bench.generate());
  ASSERT_EQ(finished.exit_code, 0) << finished.errors;
  const JsonLines lines(finished.output);
  const std::string name = lines.field(-1, "task_id") + ".mp4";
  EXPECT_EQ(files_in(bench.file("work")), std::vector<std::string>{name});
  EXPECT_EQ(lines.field(-1, "path"), name);
  EXPECT_EQ(read_file(bench.file("work/" + name)), bench.clip());
}

TEST(Generate, reports_all_events_as_json) {
  const Bench bench;
  const Finished finished = bench.run(bench.generate({"-o", "fox.mp4"}));
  ASSERT_EQ(finished.exit_code, 0) << finished.errors;
  EXPECT_EQ(finished.errors, "");
  const JsonLines lines(finished.output);
  EXPECT_EQ(lines.field(0, "event"), "progress");
  EXPECT_TRUE(lines.has("price_cents", "200")) << finished.output;
  for (const char* phase : {"prepare", "create", "running", "download", "done"})
    EXPECT_TRUE(lines.has("phase", phase)) << phase;
  EXPECT_TRUE(lines.has("event", "task"));
  EXPECT_EQ(lines.field(-1, "event"), "result");
  EXPECT_EQ(lines.field(-1, "status"), "completed");
  EXPECT_EQ(lines.field(-1, "path"), "fox.mp4");
  EXPECT_EQ(lines.field(-1, "bytes"), std::to_string(bench.clip().size()));
  EXPECT_EQ(lines.field(-1, "bought"), "true");
  EXPECT_EQ(lines.field(-1, "cost_cents"), "200");
  EXPECT_THAT(finished.output,
              AllOf(Not(HasSubstr("http")), Not(HasSubstr(bench.simulator.key()))));
}

TEST(Generate, refuses_a_file_that_exists_before_it_buys) {
  const Bench bench;
  bench.directory.write("work/fox.mp4", "old");
  const Finished finished = bench.run(bench.generate({"-o", "fox.mp4"}));
  EXPECT_EQ(finished.exit_code, 15);
  EXPECT_THAT(finished.errors,
              AllOf(HasSubstr("fox.mp4"), HasSubstr("--force"), HasSubstr("nothing was charged")));
  EXPECT_EQ(read_file(bench.file("work/fox.mp4")), "old");
  EXPECT_EQ(bench.simulator.count("creates"), 0);
}

TEST(Generate, refuses_a_place_that_is_not_there_before_it_buys) {
  const Bench bench;
  for (const char* place : {"nowhere/fox.mp4", "/proc/fox.mp4", "."}) {
    const Finished finished = bench.run(bench.generate({"-o", place}));
    EXPECT_EQ(finished.exit_code, 15) << place << finished.errors;
    EXPECT_THAT(finished.errors, HasSubstr(place));
  }
  EXPECT_EQ(bench.simulator.count("creates"), 0);
}

TEST(Generate, refuses_a_name_that_the_file_system_does_not_take_before_it_buys) {
  const Bench bench;
  for (const std::string& location : {std::string(300, 'x') + ".mp4", std::string("/proc/a.mp4")}) {
    const Finished finished = bench.run(bench.generate({"-o", location}));
    EXPECT_EQ(finished.exit_code, 15) << location;
    EXPECT_THAT(finished.errors, HasSubstr("nothing was charged"));
  }
  EXPECT_EQ(bench.simulator.count("creates"), 0);
}

TEST(Generate, refuses_a_file_that_another_run_is_about_to_write_before_it_buys) {
  const Bench bench({"--task-seconds", "60"});
  Process first(bench.json_command(bench.generate({"-o", "fox.mp4"})));
  ASSERT_TRUE(first.shows("queued")) << first.output();
  const Finished second = bench.run(bench.generate({"-o", "./fox.mp4", "--seed=2"}));
  EXPECT_EQ(second.exit_code, 15);
  EXPECT_THAT(second.errors, AllOf(HasSubstr("another run"), HasSubstr("nothing was charged")));
  EXPECT_EQ(bench.simulator.count("creates"), 1);
}

TEST(Generate, names_the_file_after_what_the_clip_is_made_from) {
  const Bench bench;
  const auto words = bench.generate({"-o", "{index:03}-{slug}-{model}.mp4"});
  const Finished finished = bench.run(words);
  EXPECT_EQ(finished.exit_code, 0) << finished.errors;
  const std::string name = "001-a-red-fox-in-the-snow-wan-2.6.mp4";
  EXPECT_EQ(JsonLines(finished.output).field(-1, "path"), name);
  EXPECT_EQ(read_file(bench.file("work/" + name)), bench.clip());
  const Finished again = bench.run(words);
  EXPECT_EQ(again.exit_code, 15);
  EXPECT_THAT(again.errors, AllOf(HasSubstr("--force"), HasSubstr("nothing was charged")));
  EXPECT_EQ(bench.simulator.count("creates"), 1);
}

TEST(Generate, replaces_a_file_if_asked) {
  const Bench bench;
  bench.directory.write("work/fox.mp4", "old");
  EXPECT_EQ(bench.run(bench.generate({"-o", "fox.mp4", "--force"})).exit_code, 0);
  EXPECT_EQ(read_file(bench.file("work/fox.mp4")), bench.clip());
}

TEST(Generate, keeps_the_old_file_when_the_download_fails) {
  const Bench bench({"--fault", "download:body=html,content-type=text/html"});
  bench.directory.write("work/fox.mp4", "old");
  const Finished finished = bench.run(bench.generate({"-o", "fox.mp4", "--force"}));
  EXPECT_EQ(finished.exit_code, 14) << finished.errors;
  EXPECT_THAT(finished.errors,
              AllOf(HasSubstr("charged"), HasSubstr("airforce-video download vid_")));
  EXPECT_EQ(read_file(bench.file("work/fox.mp4")), "old");
  EXPECT_EQ(files_in(bench.file("work")), std::vector<std::string>{"fox.mp4"})
      << "nothing half done is left";
}

TEST(Generate, names_the_file_after_the_task_where_it_is_asked_to) {
  const Bench bench;
  const Finished finished = bench.run(bench.generate({"-o", "clip {task_id}.mp4"}));
  ASSERT_EQ(finished.exit_code, 0) << finished.errors;
  const JsonLines lines(finished.output);
  EXPECT_EQ(files_in(bench.file("work")),
            std::vector<std::string>{"clip " + lines.field(-1, "task_id") + ".mp4"});
}

TEST(Generate, writes_the_clip_and_nothing_else_to_standard_output) {
  const Bench bench;
  const Finished finished = bench.run(bench.generate({"-o", "-"}));
  EXPECT_EQ(finished.exit_code, 0) << finished.errors;
  EXPECT_EQ(finished.output, bench.clip());
  EXPECT_THAT(finished.errors,
              AllOf(HasSubstr("Price: 200 cents"), HasSubstr("Charged 200 cents")));
  EXPECT_TRUE(files_in(bench.file("work")).empty());
}

TEST(Generate, takes_the_prompt_from_a_file_or_standard_input) {
  const Bench bench;
  const std::string file = bench.directory.write("prompt", "A red fox\n");
  EXPECT_EQ(bench.run({"generate", "-m", "wan-2.6", "--poll-interval=0.1", "--prompt-file", file})
                .exit_code,
            0);
  Command command = bench.json_command(
      {"generate", "-m", "wan-2.6", "--poll-interval=0.1", "--prompt-file=-", "--reuse=never"});
  command.input = "A blue fox\n";
  EXPECT_EQ(run(command).exit_code, 0);
  const JsonLines bought(bench.run({"list", "--local"}).output);
  EXPECT_TRUE(bought.has("summary", "A red fox"));
  EXPECT_TRUE(bought.has("summary", "A blue fox"));
}

TEST(Generate, reads_a_prompt_with_a_byte_order_mark_alike_from_a_file_and_standard_input) {
  const Bench bench;
  const std::string text = "\xEF\xBB\xBFred fox\r\n";
  write_file(bench.file("prompt.txt"), text);
  Command from_file = bench.json_command({"generate", "--model=wan-2.6", "--reuse=always",
                                          "--prompt-file=" + bench.file("prompt.txt")});
  EXPECT_EQ(run(from_file).exit_code, 0);
  Command from_input = bench.json_command(
      {"generate", "--model=wan-2.6", "--reuse=always", "--prompt-file=-", "-o", "second.mp4"});
  from_input.input = text;
  EXPECT_EQ(run(from_input).exit_code, 0);
  EXPECT_EQ(bench.simulator.count("creates"), 1);
}

TEST(Generate, refuses_a_prompt_that_is_too_long_rather_than_to_cut_it) {
  const Bench bench;
  Command command = bench.json_command({"generate", "-m", "wan-2.6", "--prompt-file=-"});
  command.input = std::string(65537, 'x');
  EXPECT_EQ(run(command).exit_code, 2);
  EXPECT_EQ(bench.simulator.count("creates"), 0);
}

TEST(Generate, prints_only_the_result_when_quiet) {
  const Bench bench;
  const Finished finished = bench.run(bench.generate({"--quiet"}));
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.errors, "");
  EXPECT_EQ(JsonLines(finished.output).size(), 1U) << finished.output;
}

TEST(Generate, saves_a_clip_that_it_has_already_without_paying) {
  const Bench bench;
  ASSERT_EQ(bench.run(bench.generate({"--reuse=always", "-o", "first.mp4"})).exit_code, 0);
  const Finished again = bench.run(bench.generate({"--reuse=always"}));
  EXPECT_EQ(again.exit_code, 0) << again.errors;
  EXPECT_EQ(JsonLines(again.output).field(-1, "bought"), "false");
  EXPECT_EQ(read_file(bench.file("work/" + JsonLines(again.output).field(-1, "path"))),
            bench.clip());
  EXPECT_EQ(bench.simulator.count("creates"), 1);
}

TEST(Generate, logs_plain_lines_where_there_is_no_terminal) {
  const Bench bench;
  Command command = bench.json_command(bench.generate({"-o", "-"}));
  command.output_file = bench.file("out.mp4");
  const Finished finished = run(command);
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.errors, AllOf(HasSubstr("Running, "), HasSubstr("Downloading, "),
                                     Not(HasSubstr("\r")), Not(HasSubstr("\x1b"))));
}

TEST(Generate, buys_once_though_it_is_killed_and_started_again) {
  const Bench bench({"--task-seconds", "3"});
  {
    Process process(bench.json_command(bench.generate({"-o", "fox.mp4"})));
    ASSERT_TRUE(process.shows("\"phase\":\"running\"")) << process.errors();
    process.signal(SIGKILL);
    process.wait();
  }
  const Finished again = bench.run(bench.generate({"-o", "fox.mp4"}));
  EXPECT_EQ(again.exit_code, 0) << again.errors;
  EXPECT_EQ(JsonLines(again.output).field(-1, "bought"), "false");
  EXPECT_EQ(read_file(bench.file("work/fox.mp4")), bench.clip());
  EXPECT_EQ(bench.simulator.count("creates"), 1);
}

TEST(Generate, deletes_the_task_once_the_clip_is_saved) {
  const Bench bench;
  for (const char* place : {"fox.mp4", "-"}) {
    const Finished finished =
        bench.run(bench.generate({"-o", place, "--delete-task", "--reuse=never"}));
    EXPECT_EQ(finished.exit_code, 0) << finished.errors;
    EXPECT_EQ(bench.simulator.count("tasks"), 0) << place;
  }
}

TEST(Download, fetches_a_task_that_is_done) {
  const Bench bench;
  const std::string id = bench.completed_task();
  const Finished finished = bench.run({"download", id, "-o", "again.mp4"});
  EXPECT_EQ(finished.exit_code, 0) << finished.errors;
  EXPECT_EQ(read_file(bench.file("work/again.mp4")), bench.clip());
  EXPECT_EQ(JsonLines(finished.output).field(-1, "bought"), "false");
  EXPECT_EQ(bench.simulator.count("creates"), 1);
}

TEST(Download, refuses_to_write_over_what_it_saved_before) {
  const Bench bench;
  const std::string id = bench.completed_task();
  EXPECT_EQ(bench.run({"download", id}).exit_code, 0);
  const Finished again = bench.run({"download", id});
  EXPECT_EQ(again.exit_code, 15);
  EXPECT_THAT(again.errors,
              AllOf(HasSubstr(id + ".mp4"), HasSubstr("--force"), Not(HasSubstr("charged"))));
  EXPECT_EQ(bench.run({"download", id, "--force"}).exit_code, 0);
}

TEST(Watch, follows_a_task_to_its_end_and_saves_nothing) {
  const Bench bench;
  const std::string id = bench.completed_task();
  const Finished finished = bench.run({"watch", id});
  EXPECT_EQ(finished.exit_code, 0) << finished.errors;
  EXPECT_EQ(JsonLines(finished.output).field(-1, "status"), "completed");
  EXPECT_TRUE(files_in(bench.file("work")).empty());
}

TEST(Watch, deletes_no_task_whose_clip_it_does_not_save) {
  const Bench bench;
  const std::string id = bench.completed_task();
  EXPECT_EQ(bench.run({"watch", id, "--delete-task"}).exit_code, 2);
  EXPECT_EQ(bench.simulator.count("tasks"), 1);
}

TEST(Watch, saves_the_clip_where_it_is_asked_to) {
  const Bench bench;
  const std::string id = bench.completed_task();
  EXPECT_EQ(bench.run({"watch", id, "-o", "fox.mp4"}).exit_code, 0);
  EXPECT_EQ(read_file(bench.file("work/fox.mp4")), bench.clip());
}

TEST(Watch, reports_a_failed_task_by_its_exit_code) {
  const Bench bench({"--fault", "task:failed,message=no foxes"});
  const std::string id = JsonLines(bench.run(bench.generate()).output).field(-1, "task_id");
  const Finished finished = bench.run({"watch", id});
  EXPECT_EQ(finished.exit_code, 12) << finished.errors;
  EXPECT_THAT(finished.errors, AllOf(HasSubstr("no foxes"), HasSubstr("refunded")));
}

}  // namespace
}  // namespace airforce::test
