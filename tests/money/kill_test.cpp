// SPDX-License-Identifier: LGPL-2.1-or-later
// SIGKILL at any moment, then the same request again: one clip, one purchase.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "support/process.h"
#include "support/simulator.h"
#include "support/temp_dir.h"

namespace airforce::test {
namespace {

constexpr int kKills = 40;
constexpr int kAtOnce = 4;
constexpr int kMaxRuns = 3;
// A whole run takes about this long here; kills are spread over it.
constexpr int kRunMilliseconds = 900;

int wanted_kills() {
  const char* wanted = std::getenv("AIRFORCE_KILLS");
  return wanted != nullptr ? std::atoi(wanted) : kKills;
}

Command generate(const Simulator& simulator, const TempDir& home, int number) {
  Command command;
  command.arguments = {AIRFORCE_VIDEO_PATH,
                       "generate",
                       "--model",
                       "ltx-mini",
                       "--poll-interval",
                       "0.2",
                       "--output",
                       home.file("clip-" + std::to_string(number) + ".mp4"),
                       "request " + std::to_string(number)};
  command.environment = simulator.environment();
  command.environment["XDG_STATE_HOME"] = home.path();
  command.environment["XDG_CACHE_HOME"] = home.path();
  return command;
}

// Kills one run of each request at a random moment, and runs the request again until it has ended
// well.
void kill_and_run_again(std::atomic<int>& next, int seed, std::atomic<int>& purchases,
                        std::atomic<int>& clips) {
  const TempDir home;
  const Simulator simulator(
      {"--task-seconds", "0.3", "--clip", home.write("served.mp4", fake_clip(200 * 1024))});
  std::minstd_rand random(static_cast<unsigned>(seed));
  for (int number = next--; number > 0; number = next--) {
    const Command command = generate(simulator, home, number);
    {
      const Process killed(command);
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % kRunMilliseconds));
      killed.signal(SIGKILL);
    }
    // It may have been finished, and then the same request would rightly buy another clip.
    for (int run = 0; run < kMaxRuns && !std::filesystem::exists(command.arguments[7]); ++run)
      Process(command).wait(60);
    if (std::filesystem::exists(command.arguments[7])) ++clips;
  }
  purchases += static_cast<int>(simulator.count("creates"));
}

TEST(Kill, at_any_moment_costs_neither_the_clip_nor_a_second_purchase) {
  const int kills = wanted_kills();
  std::atomic<int> next = kills;
  std::atomic<int> purchases = 0;
  std::atomic<int> clips = 0;
  std::vector<std::thread> workers;
  for (int worker = 0; worker < kAtOnce; ++worker)
    workers.emplace_back(
        [&, worker] { kill_and_run_again(next, 2026 + worker, purchases, clips); });
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(clips, kills);
  EXPECT_EQ(purchases, kills);
}

}  // namespace
}  // namespace airforce::test
