// SPDX-License-Identifier: LGPL-2.1-or-later
// What a purchase costs, who shares it, and what a 404 is taken for, in both dialects of the
// service.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tool.h"

namespace airforce::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kExitBudget = 4;  // as documented
constexpr int kExitNotFound = 5;
// Of wan-2.6, for its shortest clip: 5 s for 40 cents a second.
constexpr int kCents = 200;

std::vector<std::string> generate(const std::string& prompt,
                                  const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"generate", "--model=wan-2.6", "--output={task_id}.mp4",
                                        prompt};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::string report(const Bench& bench, const std::string& budget, const std::string& field) {
  const Finished finished = bench.run({"list", "--budget", budget});
  EXPECT_EQ(finished.exit_code, 0) << finished.errors;
  const JsonLines lines(finished.output);
  EXPECT_EQ(lines.field(0, "event"), "budget");
  EXPECT_EQ(lines.field(0, "name"), budget);
  return lines.field(0, field);
}

TEST(UnknownModel, is_answered_with_the_nearest_one_and_buys_nothing) {
  const Bench bench;
  for (const char* model : {"wan-2.5", "wan2.6", "WAN-2.6x"}) {
    Command command = bench.json_command({"generate", "A fox", std::string("--model=") + model});
    EXPECT_THAT(run(command).errors, HasSubstr("did you mean wan-2.6?")) << model;
  }
  EXPECT_EQ(bench.simulator.count("creates"), 0);
}

TEST(Refusal, has_the_services_code_and_the_requests_id_as_json) {
  const Bench bench({"--fault", "create:error=insufficient_balance"});
  const Finished finished = bench.run(bench.generate());
  const JsonLines lines(finished.output);
  EXPECT_EQ(lines.field(-1, "event"), "error");
  EXPECT_EQ(lines.field(-1, "api_code"), "insufficient_balance");
  EXPECT_EQ(lines.field(-1, "charge"), "none");
  const std::string request_id = lines.field(-1, "request_id");
  EXPECT_NE(request_id, "");
  EXPECT_THAT(finished.errors, HasSubstr(request_id));
}

TEST(Log, is_json_in_every_line_of_both_streams) {
  const Bench bench({"--fault", "poll:status=500,times=1", "--fault", "confirm:status=500,times=1",
                     "--fault", "task:failed"});
  Command command = bench.command(bench.generate({"--progress-source=poll"}));
  command.arguments.insert(command.arguments.begin(), {"sh", "-c", "\"$@\" >log 2>&1", "sh"});
  EXPECT_NE(run(command).exit_code, 0);
  const JsonLines lines(read_file(bench.file("work/log")));
  EXPECT_TRUE(lines.has("event", "warning"));
  EXPECT_EQ(lines.field(-1, "event"), "error");
}

TEST(Budget, is_shared_by_processes_and_never_overdrawn) {
  const Bench bench;
  std::vector<std::unique_ptr<Process>> runs;
  for (const char* prompt : {"one", "two", "three", "four"})
    runs.push_back(
        std::make_unique<Process>(bench.json_command(generate(prompt, {"--budget=spots=500"}))));
  int saved = 0;
  int refused = 0;
  for (const auto& each : runs) {
    const Finished finished = each->wait();
    saved += finished.exit_code == 0 ? 1 : 0;
    if (finished.exit_code == 0) continue;
    ++refused;
    EXPECT_EQ(finished.exit_code, kExitBudget) << finished.errors;
    EXPECT_THAT(finished.errors, AllOf(HasSubstr("budget"), HasSubstr("nothing was charged")));
  }
  EXPECT_EQ(saved, 2);
  EXPECT_EQ(refused, 2);
  EXPECT_EQ(bench.simulator.count("creates"), 2);
  EXPECT_EQ(report(bench, "spots", "sum_cents"), "500");
  EXPECT_EQ(report(bench, "spots", "charged_cents"), std::to_string(2 * kCents));
  EXPECT_EQ(report(bench, "spots", "reserved_cents"), "0");
  EXPECT_EQ(report(bench, "spots", "left_cents"), std::to_string(500 - 2 * kCents));
}

TEST(Budget, gets_back_what_the_service_refunds) {
  const Bench bench({"--fault", "task:failed,times=1"});
  const std::vector<std::string> one = generate("A fox", {"--budget=spots=200"});
  EXPECT_NE(bench.run(one).exit_code, 0);
  EXPECT_EQ(report(bench, "spots", "refunded_cents"), std::to_string(kCents));
  EXPECT_EQ(report(bench, "spots", "left_cents"), "200");
  EXPECT_EQ(bench.run(one).exit_code, 0) << "there is enough for it again";
  EXPECT_EQ(report(bench, "spots", "left_cents"), "0");
}

TEST(Budget, keeps_what_a_failed_task_was_not_reported_to_give_back) {
  const Bench bench({"--fault", "task:failed,refund=none,times=1"});
  const std::vector<std::string> one = generate("A fox", {"--budget=spots=200"});
  EXPECT_NE(bench.run(one).exit_code, 0);
  EXPECT_EQ(report(bench, "spots", "refunded_cents"), "0");
  EXPECT_EQ(report(bench, "spots", "left_cents"), "0");
  EXPECT_EQ(bench.run(one).exit_code, kExitBudget);
  EXPECT_EQ(bench.simulator.count("creates"), 1);
}

TEST(Budget, is_a_table_for_a_person_and_unknown_by_another_name) {
  const Bench bench;
  EXPECT_EQ(bench.run(generate("A fox", {"--budget=spots=500"})).exit_code, 0);
  EXPECT_THAT(bench.run_plain({"list", "--budget=spots"}).output,
              AllOf(HasSubstr("BUDGET"), HasSubstr("spots"), HasSubstr("300 cents")));
  const Finished unknown = bench.run_plain({"list", "--budget=sport"});
  EXPECT_EQ(unknown.exit_code, kExitNotFound);
  EXPECT_THAT(unknown.errors, HasSubstr("'sport'"));
  EXPECT_EQ(bench.run_plain({"list", "--budget=spots", "--local"}).exit_code, 2);
}

TEST(Charge, above_what_was_announced_is_a_warning_with_both_numbers) {
  const Bench bench({"--fault", "task:charge=900"});
  const Finished finished = bench.run(generate("A fox", {"--max-cost-cents=250"}));
  EXPECT_EQ(finished.exit_code, 0) << finished.errors;
  const JsonLines lines(finished.output);
  ASSERT_TRUE(lines.has("event", "warning")) << finished.output;
  EXPECT_THAT(finished.output,
              AllOf(HasSubstr("900 cents"), HasSubstr("200 cents"), HasSubstr("250 cents")));
  EXPECT_EQ(lines.field(-1, "charge"), "charged");
}

TEST(Prompt, is_bought_once_however_it_came) {
  const Bench bench;
  const std::string mark = "\xEF\xBB\xBF";
  const std::string file = bench.directory.write("fox.txt", mark + "A fox,\r\nin snow\r\n");
  const std::vector<std::string> common = {"generate", "--model=wan-2.6", "--reuse=always",
                                           "--output={task_id}.mp4", "--force"};
  const auto with = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = common;
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  };
  EXPECT_EQ(bench.run(with({"A fox,\nin snow"})).exit_code, 0);
  EXPECT_EQ(bench.run(with({"--prompt-file=" + file})).exit_code, 0);
  for (const std::string& input : {mark + "A fox,\nin snow\n", std::string("A fox,\r\nin snow")}) {
    Command command = bench.json_command(with({"--prompt-file=-"}));
    command.input = input;
    EXPECT_EQ(run(command).exit_code, 0);
  }
  EXPECT_EQ(bench.simulator.count("creates"), 1);
}

// The service does not know, for a moment, what was bought from here a moment ago.
TEST(NotFound, is_asked_again_for_a_task_that_was_bought_from_here) {
  const Bench bench;
  const std::string id = bench.completed_task();
  bench.simulator.add_fault("confirm:status=404,times=2");
  const Finished status = bench.run({"status", id, id});
  EXPECT_EQ(status.exit_code, 0) << status.errors;
  EXPECT_TRUE(JsonLines(status.output).has("status", "completed"));
  EXPECT_THAT(status.errors, AllOf(HasSubstr(id), HasSubstr("asking again")));
  bench.simulator.add_fault("confirm:status=404,times=2");
  EXPECT_EQ(bench.run({"download", "--output={task_id}-2.mp4", id}).exit_code, 0);
  bench.simulator.add_fault("delete:status=404,times=2");
  const Finished deleted = bench.run({"delete", "--yes", id});
  EXPECT_EQ(deleted.exit_code, 0) << deleted.errors;
  EXPECT_EQ(bench.simulator.count("tasks"), 0);
}

TEST(Delete, lets_the_same_request_buy_at_once) {
  const Bench bench({"--fault", "download:status=403"});
  const std::vector<std::string> order = generate("A fox", {"--timeout=2"});
  EXPECT_NE(bench.run(order).exit_code, 0);
  const JsonLines known(bench.run({"list", "--local"}).output);
  EXPECT_EQ(known.field(0, "state"), "created");
  EXPECT_EQ(bench.run({"delete", "--yes", known.field(0, "task_id")}).exit_code, 0);
  const Finished again = bench.run(order);
  EXPECT_THAT(again.output, Not(HasSubstr("resuming")));
  EXPECT_EQ(bench.simulator.count("creates"), 2);
}

TEST(Storyboard, says_in_its_last_line_what_was_charged_for_the_shot_that_failed) {
  for (const char* command : {"batch", "film"}) {
    const Bench bench({"--fault", "create:status=402,times=1"});
    write_file(bench.file("shots.txt"), "A fox\nA hen\n");
    const Finished finished = bench.run(
        {command, "--model=wan-2.6",
         std::string("--output=") + (command == std::string("film") ? "f" : "{index}") + ".mp4",
         bench.file("shots.txt")});
    EXPECT_EQ(finished.exit_code, 3) << finished.errors;
    const std::string last = finished.errors.substr(finished.errors.rfind("airforce-video: "));
    EXPECT_THAT(last, AllOf(HasSubstr("shot "), HasSubstr("402"),
                            HasSubstr("nothing was charged for this shot")));
  }
}

TEST(NotFound, is_final_for_a_task_of_elsewhere) {
  const Bench bench;
  const std::string id = bench.completed_task();
  bench.simulator.add_fault("confirm:status=404,times=2");
  Command command = bench.json_command({"status", id});
  command.environment["AIRFORCE_STORE"] = bench.file("another.sqlite");
  const Finished finished = run(command);
  EXPECT_EQ(finished.exit_code, kExitNotFound);
  EXPECT_THAT(finished.errors, Not(HasSubstr("asking again")));
}

}  // namespace
}  // namespace airforce::test
