// SPDX-License-Identifier: LGPL-2.1-or-later
// Many processes with one key share its four slots.
#include <filesystem>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/process.h"
#include "support/simulator.h"
#include "support/temp_dir.h"

namespace airforce::test {
namespace {

constexpr int kProcesses = 10;

class ManyProcesses : public testing::Test {
 protected:
  std::unique_ptr<Process> start(const std::string& prompt, const std::string& name,
                                 std::vector<std::string> more = {}) {
    Command command;
    command.arguments = {AIRFORCE_VIDEO_PATH, "generate", "--model",  "ltx-mini",
                         "--poll-interval",   "0.2",      "--output", home_.file(name)};
    command.arguments.insert(command.arguments.end(), more.begin(), more.end());
    command.arguments.push_back(prompt);
    command.environment = simulator_.environment();
    command.environment["XDG_STATE_HOME"] = home_.path();
    command.environment["XDG_CACHE_HOME"] = home_.path();
    return std::make_unique<Process>(command);
  }

  TempDir home_;
  Simulator simulator_{
      {"--task-seconds", "0.8", "--clip", home_.write("served.mp4", fake_clip(200 * 1024))}};
};

TEST_F(ManyProcesses, share_the_keys_four_slots_without_one_refusal) {
  std::vector<std::unique_ptr<Process>> processes;
  for (int i = 0; i < kProcesses; ++i)
    processes.push_back(
        start("request " + std::to_string(i), "clip-" + std::to_string(i) + ".mp4"));
  for (int i = 0; i < kProcesses; ++i) {
    const Finished finished = processes[i]->wait(60);
    EXPECT_EQ(finished.exit_code, 0) << finished.errors;
    EXPECT_TRUE(std::filesystem::exists(home_.file("clip-" + std::to_string(i) + ".mp4")));
  }
  EXPECT_EQ(simulator_.count("creates"), kProcesses);
  EXPECT_EQ(simulator_.requests("create"), kProcesses) << "some create was refused and sent again";
  EXPECT_LE(simulator_.count("most_in_flight"), 4);
}

TEST_F(ManyProcesses, make_one_purchase_of_the_same_clip_with_reuse_always) {
  std::vector<std::unique_ptr<Process>> processes;
  for (int i = 0; i < 4; ++i)
    processes.push_back(
        start("the same", "clip-" + std::to_string(i) + ".mp4", {"--reuse", "always"}));
  for (const auto& process : processes) {
    const Finished finished = process->wait(60);
    EXPECT_EQ(finished.exit_code, 0) << finished.errors;
  }
  EXPECT_EQ(simulator_.count("creates"), 1);
  for (int i = 1; i < 4; ++i)
    EXPECT_EQ(read_file(home_.file("clip-" + std::to_string(i) + ".mp4")),
              read_file(home_.file("clip-0.mp4")));
}

}  // namespace
}  // namespace airforce::test
