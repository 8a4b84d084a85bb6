// SPDX-License-Identifier: LGPL-2.1-or-later
// Twelve workers on three machines with one key, while workers and the store are killed: every clip
// arrives, each is bought once, and the four slots are never idle for long.
#include "farm.h"

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../store/redis_server.h"
#include "generation/timeouts.h"
#include "support/simulator.h"

namespace airforce::test {
namespace {

using airforce::testing::redis_programs;
using airforce::testing::RedisServer;

constexpr int kSlots = 4;
constexpr int kWorkersPerMachine = 4;
constexpr const char* kPassword = "farm-canary";
constexpr int kClockOffsets[] = {0, 3 * 3600, -40 * 60};
// The quick farm is over in seconds. Its times say little: starting a process, and a lease, take as
// long as its tasks.
constexpr int kQuickPrompts = 16;
constexpr double kQuickTaskSeconds = 0.6;
constexpr int kFullPrompts = 60;
constexpr double kFullTaskSeconds = 5;
constexpr double kMaxOfPerfect = 1.15;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Fixed options of a test, by its size.
struct Scale {
  int prompts;
  double task_seconds;
  double kill_every;  // seconds
  int kills;          // at most: else a slow machine, where each run is killed, is never done
  std::string lease;
  double perfect() const { return task_seconds * prompts / kSlots; }
};

Scale wanted_scale() {
  const char* wanted = std::getenv("AIRFORCE_FARM");
  if (wanted != nullptr && std::string(wanted) == "full")
    return {kFullPrompts, kFullTaskSeconds, 3, 30, "2"};
  return {kQuickPrompts, kQuickTaskSeconds, 0.4, 8, "2"};
}

// Each machine reaches the store in another way.
std::vector<std::unique_ptr<Machine>> machines(const RedisServer& server,
                                               const std::string& lease) {
  const std::string at = "127.0.0.1:" + std::to_string(server.port());
  const std::string query = "?lease_seconds=" + lease;
  std::vector<std::unique_ptr<Machine>> made;
  made.push_back(std::make_unique<Machine>("redis://:" + std::string(kPassword) + "@" + at + query,
                                           "", kClockOffsets[0]));
  made.push_back(std::make_unique<Machine>("redis://" + at + query, kPassword, kClockOffsets[1]));
  made.push_back(std::make_unique<Machine>("redis+unix://" + server.socket() + query, kPassword,
                                           kClockOffsets[2]));
  return made;
}

class RenderFarm : public ::testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Engine, RenderFarm, ::testing::ValuesIn(redis_programs()),
                         [](const auto& program) {
                           const std::string name = std::filesystem::path(program.param).filename();
                           return name.substr(0, name.find('-'));
                         });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RenderFarm);

void expect_each_clip_once(const std::string& redis, const std::vector<std::string>& service,
                           bool answers_late) {
  const Scale scale = wanted_scale();
  const TempDir scratch;
  std::vector<std::string> options = {
      "--task-seconds", std::to_string(scale.task_seconds),
      "--balance",      "10000000",
      "--clip",         scratch.write("served.mp4", fake_clip(200 * 1024))};
  options.insert(options.end(), service.begin(), service.end());
  const Simulator simulator(options);
  RedisServer server(
      redis, {"--requirepass", kPassword, "--appendonly", "yes", "--appendfsync", "always"});
  std::minstd_rand random(2026);
  const double started = now();
  Farm farm(machines(server, scale.lease), kWorkersPerMachine, scale.prompts,
            simulator.environment(), scale.task_seconds / 5);

  // Whoever is killed between writing that it sends and sending leaves a create that may still
  // appear; it is waited for.
  const double most = 4 * scale.perfect() + 90 + kLateCreate.count();
  double next_kill = started + scale.kill_every;
  bool store_killed = false;
  while (!farm.finished() && now() - started < most) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    if (now() < next_kill) continue;
    next_kill += scale.kill_every;
    if (!store_killed && farm.done() >= scale.prompts / 3) {
      server.kill();
      std::this_thread::sleep_for(std::chrono::duration<double>(scale.task_seconds / 10));
      server.start();
      store_killed = true;
    } else if (farm.kills() < scale.kills) {
      farm.kill_a_worker(random);
    }
  }
  const double ratio = (now() - started) / scale.perfect();
  std::cout << farm.done() << " clips, " << farm.kills() << " workers killed, " << farm.moved()
            << " prompts ended on another machine, " << farm.failures()
            << " runs failed; the time is " << ratio << " of perfect packing\n";
  ::testing::Test::RecordProperty("ratio", std::to_string(ratio));

  EXPECT_EQ(farm.done(), scale.prompts) << farm.complaints();
  EXPECT_TRUE(store_killed);
  EXPECT_GT(farm.kills(), 3);
  EXPECT_EQ(simulator.count("creates"), scale.prompts) << farm.complaints();
  if (answers_late) return;
  EXPECT_EQ(simulator.requests("create"), scale.prompts) << "the service refused a fifth task";
  EXPECT_LE(simulator.count("most_in_flight"), kSlots);
  if (scale.prompts == kFullPrompts) {
    EXPECT_EQ(simulator.count("most_in_flight"), kSlots);
    EXPECT_LE(ratio, kMaxOfPerfect);
  }
}

TEST_P(RenderFarm, makes_each_clip_once_whatever_is_killed) {
  expect_each_clip_once(GetParam(), {}, false);
}

// A gateway gives up after 2 s, and the service works for up to 120: fifty times as fast.
TEST_P(RenderFarm, makes_each_clip_once_behind_a_gateway_that_gives_up) {
  expect_each_clip_once(
      GetParam(), {"--dialect", "sdk", "--fault", "create:gateway=0.04,late=2.4,probability=0.3"},
      true);
}

#ifdef OTHER_CLOCK
TEST(Machine, has_a_clock_of_its_own) {
  for (const int offset : kClockOffsets) {
    const Machine machine("", "", offset);
    Command command;
    command.arguments = {"date", "+%s"};
    command.environment = machine.environment();
    const double reported = std::stod(run(command).output);
    EXPECT_NEAR(reported - static_cast<double>(std::time(nullptr)), offset, 5);
  }
}
#endif

}  // namespace
}  // namespace airforce::test
