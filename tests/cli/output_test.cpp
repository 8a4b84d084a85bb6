// SPDX-License-Identifier: LGPL-2.1-or-later
// Standard output that is full or that nobody reads: noticed, reported, and never at the clip's
// expense.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tool.h"

namespace airforce::test {
namespace {

using ::testing::HasSubstr;

TEST(FullOutput, is_reported_by_the_exit_code) {
  const Bench bench;
  for (const auto& arguments : {std::vector<std::string>{"models"},
                                {"list"},
                                {"--help"},
                                {"--version"},
                                {"generate", "--help"}}) {
    Command command = bench.json_command(arguments);
    command.output_file = "/dev/full";
    const Finished finished = run(command);
    EXPECT_EQ(finished.exit_code, arguments.front() == "list" ? 0 : 15) << arguments.front();
    if (finished.exit_code != 0) {
      EXPECT_EQ(finished.errors,
                "airforce-video: cannot write to standard output: No space left on device\n");
    }
  }
}

TEST(FullOutput, does_not_cost_the_clip_that_is_paid_for) {
  const Bench bench;
  Command command = bench.json_command(bench.generate({"-o", "fox.mp4"}));
  command.output_file = "/dev/full";
  const Finished finished = run(command);
  EXPECT_EQ(finished.exit_code, 15);
  EXPECT_THAT(finished.errors, HasSubstr("No space left"));
  EXPECT_EQ(read_file(bench.file("work/fox.mp4")), bench.clip());
}

TEST(FullOutput, says_how_to_get_the_clip) {
  const Bench bench;
  Command command = bench.json_command(bench.generate({"-o", "-", "--quiet"}));
  command.output_file = "/dev/full";
  const Finished finished = run(command);
  EXPECT_EQ(finished.exit_code, 15);
  EXPECT_THAT(finished.errors, HasSubstr("No space left"));
  EXPECT_THAT(finished.errors, HasSubstr("airforce-video download vid_"));
}

TEST(ClosedOutput, ends_a_listing_silently) {
  const Bench bench;
  Command command = bench.json_command({"models"});
  command.closed_output = true;
  const Finished finished = run(command);
  EXPECT_EQ(finished.exit_code, 141);
  EXPECT_EQ(finished.errors, "");
}

TEST(ClosedOutput, does_not_cost_the_clip_that_is_paid_for) {
  const Bench bench;
  Command command = bench.json_command(bench.generate({"-o", "fox.mp4"}));
  command.closed_output = true;
  const Finished finished = run(command);
  EXPECT_EQ(finished.exit_code, 141);
  EXPECT_EQ(read_file(bench.file("work/fox.mp4")), bench.clip());
}

TEST(ClosedOutput, never_lets_a_file_of_ours_take_its_place) {
  const Bench bench;
  Command command = bench.json_command(bench.generate({"-o", "fox.mp4"}));
  command.arguments.insert(command.arguments.begin(), {"sh", "-c", "exec \"$@\" >&-", "sh"});
  const Finished finished = run(command);
  EXPECT_EQ(finished.exit_code, 15);
  EXPECT_THAT(finished.errors, HasSubstr("Bad file descriptor"));
  EXPECT_EQ(read_file(bench.file("work/fox.mp4")), bench.clip());
  EXPECT_EQ(JsonLines(bench.run({"list", "--local"}).output).field(0, "state"), "delivered");
}

TEST(ClosedOutput, ends_the_download_of_a_played_clip) {
  const Bench bench({"--bandwidth", "20000"}, 400'000);
  Command command = bench.json_command(bench.generate({"-o", "-", "--quiet"}));
  command.closed_output = true;
  const Finished finished = run(command);
  EXPECT_EQ(finished.exit_code, 141);
  EXPECT_LT(finished.seconds, 10) << "the rest would take 20 s";
}

}  // namespace
}  // namespace airforce::test
