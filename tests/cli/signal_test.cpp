// SPDX-License-Identifier: LGPL-2.1-or-later
#include <csignal>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tool.h"

namespace airforce::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Waits until the tool shows `sign`, sends the signal, and measures from there.
Finished interrupted(const Command& command, const std::string& sign, int signal, double& seconds) {
  Process process(command);
  EXPECT_TRUE(process.shows(sign)) << process.output() << process.errors();
  const gint64 sent = g_get_monotonic_time();
  process.signal(signal);
  Finished finished = process.wait();
  seconds = static_cast<double>(g_get_monotonic_time() - sent) / 1e6;
  return finished;
}

// Whether the program has a handler for a signal by now.
bool catches(const Process& process, int signal) {
  const std::string status = read_file("/proc/" + std::to_string(process.pid()) + "/status");
  const std::size_t at = status.find("SigCgt:");
  return at != std::string::npos &&
         (std::stoull(status.substr(at + 7), nullptr, 16) >> (signal - 1) & 1) != 0;
}

TEST(Signals, ctrl_c_says_how_to_resume) {
  const Bench bench({"--task-seconds", "4"});
  double seconds = 0;
  const Finished finished =
      interrupted(bench.json_command(bench.generate()), "\"phase\":\"running\"", SIGINT, seconds);
  EXPECT_EQ(finished.exit_code, 130);
  EXPECT_LT(seconds, 3) << "the task would take 4 s";
  const std::string id = JsonLines(finished.output).field(-1, "task_id");
  EXPECT_EQ(JsonLines(finished.output).field(-1, "kind"), "cancelled");
  EXPECT_EQ(JsonLines(finished.output).field(-1, "charge"), "charged");
  const std::string advice = "airforce-video download " + id;
  EXPECT_THAT(finished.errors, AllOf(HasSubstr("still runs"), HasSubstr(advice)));

  const Finished resumed = bench.run({"download", id, "--poll-interval=0.1"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.errors;
  EXPECT_EQ(read_file(bench.file("work/" + id + ".mp4")), bench.clip());
  EXPECT_EQ(bench.simulator.count("creates"), 1);
}

TEST(Signals, report_that_nothing_was_charged_before_the_purchase) {
  const Bench bench({"--fault", "models:stall-before"});
  Process process(bench.json_command(bench.generate()));
  ASSERT_TRUE(process.shows("\"phase\":\"prepare\"")) << process.errors();
  process.signal(SIGINT);
  const Finished finished = process.wait(5);
  EXPECT_EQ(finished.exit_code, 130);
  EXPECT_THAT(finished.errors, HasSubstr("nothing was charged"));
  EXPECT_EQ(bench.simulator.count("creates"), 0);
}

TEST(Signals, during_the_download_say_that_the_clip_is_kept) {
  const Bench bench({"--bandwidth", "20000"}, 400'000);
  double seconds = 0;
  const Finished finished =
      interrupted(bench.json_command(bench.generate()), "\"phase\":\"download\"", SIGINT, seconds);
  EXPECT_EQ(finished.exit_code, 130);
  EXPECT_LT(seconds, 10) << "the rest would take 20 s";
  EXPECT_EQ(JsonLines(finished.output).field(-1, "charge"), "charged");
  EXPECT_THAT(finished.errors, HasSubstr("airforce-video download vid_"));
  EXPECT_TRUE(std::filesystem::is_empty(bench.file("work"))) << "complete or not at all";
}

TEST(Signals, sigterm_and_sighup_have_exit_codes_of_their_own) {
  const Bench bench({"--task-seconds", "60"});
  double seconds = 0;
  EXPECT_EQ(
      interrupted(bench.json_command(bench.generate()), "\"phase\":\"running\"", SIGTERM, seconds)
          .exit_code,
      143);
  EXPECT_EQ(
      interrupted(bench.json_command(bench.generate()), "\"phase\":\"running\"", SIGHUP, seconds)
          .exit_code,
      129);
}

TEST(Signals, a_second_time_end_it_whatever_holds_it_up) {
  const Bench bench;
  // A full pipe that somebody holds open and nobody reads: the tool's first write blocks for ever.
  const std::string fifo = bench.file("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const int held = open(fifo.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(held, 0);
  const std::string filling(65536, 'x');
  while (write(held, filling.data(), filling.size()) > 0) {
  }
  Command command = bench.json_command(bench.generate());
  command.output_file = fifo;
  Process process(command);
  // Sent repeatedly, as a user presses Ctrl-C. Too early a signal would find no handler
  // yet.
  while (!catches(process, SIGINT) && !process.ended()) g_usleep(10'000);
  for (int i = 0; i < 100 && !process.ended(); ++i) {
    process.signal(SIGINT);
    g_usleep(50'000);
  }
  const Finished finished = process.wait(1);
  close(held);
  EXPECT_EQ(finished.signal, SIGINT);
}

TEST(Signals, stay_ignored_under_nohup) {
  const Bench bench({"--task-seconds", "1.5"});
  Command command = bench.json_command(bench.generate({"-o", "fox.mp4"}));
  command.arguments.insert(command.arguments.begin(), "nohup");
  double seconds = 0;
  const Finished finished = interrupted(command, "\"phase\":\"running\"", SIGHUP, seconds);
  EXPECT_EQ(finished.exit_code, 0) << finished.errors;
  EXPECT_EQ(read_file(bench.file("work/fox.mp4")), bench.clip());
}

TEST(Signals, give_the_task_up_where_that_is_asked_for) {
  const Bench bench({"--task-seconds", "20"});
  double seconds = 0;
  const Finished finished = interrupted(bench.json_command(bench.generate({"--on-stop=delete"})),
                                        "\"phase\":\"running\"", SIGINT, seconds);
  EXPECT_EQ(finished.exit_code, 130);
  EXPECT_EQ(bench.simulator.count("tasks"), 0);
  EXPECT_THAT(finished.errors, AllOf(HasSubstr("deleted"), Not(HasSubstr("still runs"))))
      << "there is nothing to resume";
}

}  // namespace
}  // namespace airforce::test
