// SPDX-License-Identifier: LGPL-2.1-or-later
// The key, and the query of a pre-signed URL, are in nothing that a run says or leaves behind, at
// the highest levels of every log.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/process.h"
#include "support/simulator.h"
#include "support/temp_dir.h"

namespace airforce::test {
namespace {

using ::testing::HasSubstr;

// Of the simulator's pre-signed URLs.
constexpr const char* kSignature = "signature=";

class Secrets : public ::testing::Test {
 protected:
  Command command(const std::vector<std::string>& arguments) const {
    Command command;
    command.arguments = arguments;
    command.environment = simulator_.environment();
    for (const char* name : {"HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "TMPDIR"})
      command.environment[name] = directory_.path();
    command.environment["G_MESSAGES_DEBUG"] = "all";
    command.directory = directory_.path();
    return command;
  }

  void expect_no_secret(const std::string& text, const std::string& where) const {
    EXPECT_EQ(text.find(simulator_.key()), std::string::npos) << "the key is in " << where;
    EXPECT_EQ(text.find(kSignature), std::string::npos) << "a signature is in " << where;
  }
  // In what the program said, and in every file that it left.
  void expect_no_secret_of(const Finished& finished) const {
    expect_no_secret(finished.output, "standard output");
    expect_no_secret(finished.errors, "standard error");
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_.path())) {
      if (entry.is_regular_file()) expect_no_secret(read_file(entry.path()), entry.path());
    }
  }

  const Simulator simulator_{{"--task-seconds", "0.5"}};
  const TempDir directory_;
};

TEST_F(Secrets, are_in_no_log_graph_message_or_file_of_gst_launch) {
  Command launch =
      command({"gst-launch-1.0", "-v", "-m", "airforcevideosrc", "model=wan-2.6", "quality=480p",
               "prompt=A paper boat", "location=boat.mp4", "!", "fakesink"});
  launch.environment["GST_DEBUG"] = "*:5,airforce*:9";
  launch.environment["GST_DEBUG_FILE"] = directory_.file("debug.log");
  launch.environment["GST_DEBUG_DUMP_DOT_DIR"] = directory_.path();
  const Finished finished = run(launch, 120);
  EXPECT_EQ(finished.exit_code, 0) << finished.errors;
  EXPECT_THAT(finished.output, HasSubstr("airforce-task")) << "its messages are there";
  EXPECT_THAT(read_file(directory_.file("debug.log")), HasSubstr("airforce")) << "so is its log";
  expect_no_secret_of(finished);
}

TEST_F(Secrets, are_in_no_error_of_gst_launch) {
  simulator_.add_fault("download:status=403");
  Command launch = command({"gst-launch-1.0", "-v", "-m", "airforcevideosrc", "model=wan-2.6",
                            "quality=480p", "prompt=A paper boat", "!", "fakesink"});
  launch.environment["GST_DEBUG"] = "*:5,airforce*:9";
  launch.environment["GST_DEBUG_DUMP_DOT_DIR"] = directory_.path();
  const Finished finished = run(launch, 120);
  EXPECT_NE(finished.exit_code, 0);
  expect_no_secret_of(finished);
}

TEST_F(Secrets, are_in_nothing_that_the_command_line_says_or_keeps) {
  const std::vector<std::string> generate = {
      AIRFORCE_VIDEO_PATH, "generate",          "--json",      "--model=wan-2.6", "--reuse=always",
      "--quality=480p",    "--output=boat.mp4", "A paper boat"};
  const Finished made = run(command(generate), 120);
  EXPECT_EQ(made.exit_code, 0) << made.errors;
  expect_no_secret_of(made);
  for (const char* what : {"list", "models"})
    expect_no_secret_of(run(command({AIRFORCE_VIDEO_PATH, what})));
  EXPECT_FALSE(std::filesystem::is_empty(directory_.path() / "airforce-video")) << "the store";
}

}  // namespace
}  // namespace airforce::test
