// SPDX-License-Identifier: LGPL-2.1-or-later
// models, status, list and delete.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tool.h"

namespace airforce::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Models, are_one_json_object_each) {
  const Bench bench;
  const JsonLines all(bench.run({"models"}).output);
  EXPECT_GT(all.size(), 1U);
  const JsonLines one(bench.run({"models", "wan-2.6"}).output);
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one.field(0, "event"), "model");
  EXPECT_EQ(one.field(0, "id"), "wan-2.6");
  EXPECT_EQ(one.field(0, "price_per_second_cents"), "40");
}

TEST(Models, are_listed_without_a_key_where_the_service_shows_them_to_everybody) {
  const Bench bench;
  Command command = bench.json_command({"models"});
  command.environment["AIRFORCE_API_KEY"] = "";
  const Finished finished = run(command);
  // One dialect lists them for everybody, the other asks for a key: the service decides.
  if (finished.exit_code == 0) {
    EXPECT_GT(JsonLines(finished.output).size(), 1U);
  } else {
    EXPECT_EQ(finished.exit_code, 3);
    EXPECT_THAT(finished.errors, HasSubstr("401"));
  }
}

TEST(Models, are_a_table_also_where_there_is_no_terminal) {
  const Bench bench;
  const Finished finished = bench.run_plain({"models"});
  EXPECT_THAT(finished.output, ::testing::StartsWith("MODEL "));
  EXPECT_THAT(finished.output, HasSubstr("MODES"));
}

TEST(Models, are_json_where_both_streams_go_to_one_file) {
  const Bench bench;
  Command command = bench.command({"models"});
  command.arguments.insert(command.arguments.begin(), {"sh", "-c", "\"$@\" >log 2>&1", "sh"});
  EXPECT_EQ(run(command).exit_code, 0);
  EXPECT_GT(JsonLines(read_file(bench.file("work/log"))).size(), 1U);
}

TEST(Settings, come_from_the_configuration_in_its_usual_place) {
  const Bench bench;
  std::filesystem::create_directory(bench.file("config"));
  write_file(bench.file("config/airforce-video.toml"), "model = \"wan-2.6\"\n");
  EXPECT_EQ(bench.run({"generate", "A fox", "-ofox.mp4"}).exit_code, 0);
  const Finished unknown = bench.run_plain({"ls", "--config=none.toml"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.errors, HasSubstr("none.toml"));
}

TEST(Aliases, stand_for_their_commands) {
  const Bench bench;
  const std::string id = bench.completed_task();
  EXPECT_TRUE(JsonLines(bench.run({"ls"}).output).has("task_id", id));
  EXPECT_EQ(bench.run({"get", id, "--location", "a.mp4"}).exit_code, 0);
  EXPECT_EQ(bench.run({"rm", "-y", id}).exit_code, 0);
  const Finished alone = bench.run_plain({});
  EXPECT_EQ(alone.exit_code, 0);
  EXPECT_THAT(alone.output, HasSubstr("Usage: airforce-video"));
}

TEST(Models, are_none_when_nothing_fits) {
  const Bench bench;
  const Finished finished = bench.run({"models", "no such model"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.output, "");
}

TEST(Status, shows_urls_only_when_asked) {
  const Bench bench;
  const std::string id = bench.completed_task();
  const std::string plain = bench.run({"status", id}).output;
  EXPECT_EQ(JsonLines(plain).field(0, "status"), "completed");
  EXPECT_THAT(plain, Not(HasSubstr("http")));
  EXPECT_THAT(JsonLines(bench.run({"status", "--urls", id}).output).field(0, "result_url"),
              HasSubstr("http://"));
}

TEST(List, is_limited_and_filtered_by_status) {
  const Bench bench;
  const std::string first = bench.completed_task();
  EXPECT_EQ(bench.run(bench.generate({"--reuse=never"})).exit_code, 0);
  EXPECT_EQ(JsonLines(bench.run({"list"}).output).size(), 2U);
  const JsonLines newest(bench.run({"list", "--limit=1"}).output);
  ASSERT_EQ(newest.size(), 1U);
  EXPECT_NE(newest.field(0, "task_id"), first);
  EXPECT_EQ(JsonLines(bench.run({"list", "--status=failed"}).output).size(), 0U);
  EXPECT_EQ(JsonLines(bench.run({"list", "--status=completed"}).output).size(), 2U);
}

TEST(List, asks_no_service_about_this_machine) {
  const Bench bench;
  const std::string id = bench.completed_task();
  const std::int64_t asked = bench.simulator.requests("list");
  const JsonLines lines(bench.run({"list", "--local"}).output);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines.field(0, "task_id"), id);
  EXPECT_EQ(lines.field(0, "state"), "delivered");
  EXPECT_EQ(lines.field(0, "summary"), "A red fox in the snow");
  EXPECT_EQ(bench.simulator.requests("list"), asked);
}

TEST(SeveralTasks, are_all_handled_though_the_first_is_unknown) {
  const Bench bench;
  const std::string id = bench.completed_task();
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"status", "vid_gone", id},
        {"download", "vid_gone", id},
        {"delete", "--yes", "vid_gone", id}}) {
    const Finished finished = bench.run(arguments);
    EXPECT_EQ(finished.exit_code, 5) << arguments.front();
    EXPECT_THAT(finished.errors, HasSubstr("vid_gone"));
    const JsonLines lines(finished.output);
    EXPECT_TRUE(lines.has("task_id", id)) << finished.output;
    EXPECT_TRUE(lines.has("event", "error"));
  }
  EXPECT_EQ(bench.simulator.count("tasks"), 0);
}

TEST(SeveralTasks, are_not_asked_for_of_an_account_that_is_locked) {
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"status"}, {"download", "--timeout", "10"}, {"delete", "--yes"}}) {
    const Bench bench;
    bench.simulator.add_fault("any:error=account_temporarily_locked");
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.end(), {"vid_1", "vid_2", "vid_3"});
    const Finished finished = bench.run(arguments);
    EXPECT_NE(finished.exit_code, 0);
    EXPECT_EQ(bench.simulator.requests("poll") + bench.simulator.requests("delete"), 1)
        << command.front() << finished.errors;
  }
}

TEST(SeveralTasks, are_not_saved_under_one_name) {
  const Bench bench;
  const Finished finished = bench.run({"download", "-o", "one.mp4", "vid_1", "vid_2"});
  EXPECT_EQ(finished.exit_code, 2);
  EXPECT_THAT(finished.errors, HasSubstr("{task_id}"));
}

TEST(Delete, needs_yes_where_it_cannot_ask) {
  const Bench bench;
  const std::string id = bench.completed_task();
  const Finished refused = bench.run({"delete", id});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("--yes"));
  EXPECT_EQ(bench.simulator.count("tasks"), 1);
  const Finished finished = bench.run({"delete", "--yes", id});
  EXPECT_EQ(finished.exit_code, 0) << finished.errors;
  EXPECT_EQ(JsonLines(finished.output).field(-1, "deleted"), "true");
  EXPECT_EQ(bench.simulator.count("tasks"), 0);
}

TEST(Help, needs_neither_key_nor_network) {
  const Bench bench;
  for (const auto& arguments : {std::vector<std::string>{"--help"},
                                {"help"},
                                {"help", "generate"},
                                {"generate", "--help"},
                                {"--version"}}) {
    Command command = bench.command(arguments);
    command.environment["AIRFORCE_API_KEY"] = "";
    const Finished finished = run(command);
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_THAT(finished.output, HasSubstr("airforce-video"));
    EXPECT_EQ(finished.errors, "");
  }
}

}  // namespace
}  // namespace airforce::test
