// SPDX-License-Identifier: LGPL-2.1-or-later
// A process is suspended at each step of a purchase, for longer than its lease, while another one
// wants the same clip. Then it continues. Together they buy once, and both have the clip.
#include <chrono>
#include <csignal>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "../store/redis_server.h"
#include "support/process.h"
#include "support/simulator.h"
#include "support/temp_dir.h"

#ifdef STOP_AT  // not with a sanitizer, which wants to be the first library
namespace airforce::test {
namespace {

using airforce::testing::redis_programs;
using airforce::testing::RedisServer;

constexpr const char* kStopLease = "0.5";
constexpr std::chrono::milliseconds kSuspension{2000};
// Whoever takes a create over searches for its task for much longer than it is suspended.
constexpr const char* kStopLate = "40";
constexpr std::size_t kStopsAtOnce = 4;
constexpr int kStoreSteps = 7;

// How stop_at.c finds a step.
struct StopPoint {
  std::string name;
  std::map<std::string, std::string> where;
};

std::vector<StopPoint> stops_at_the_service() {
  return {
      {"before the models are asked for", {{"STOP_BEFORE", "GET /v1/models"}}},
      {"between the store's permission and the POST",
       {{"STOP_BEFORE", "POST /v1/video/generations"}}},
      {"when the POST has left", {{"STOP_AFTER", "POST /v1/video/generations"}}},
      {"between the answer and its record", {{"STOP_AFTER", "\"task_id\""}}},
      {"before the task is asked for", {{"STOP_BEFORE", "GET /v1/video/tasks/"}}},
      {"before the clip is downloaded", {{"STOP_BEFORE", "Range: bytes=0-"}}},
  };
}

std::vector<StopPoint> stops_at_a_store(const std::map<std::string, std::string>& where) {
  std::vector<StopPoint> steps;
  for (int n = 1; n <= kStoreSteps; ++n) {
    steps.push_back({"before step " + std::to_string(n) + " of the store", where});
    steps.back().where["STOP_COUNT"] = std::to_string(n);
  }
  return steps;
}

bool is_suspended(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(status, line);
  const std::size_t name_end = line.rfind(')');
  return name_end != std::string::npos && line.compare(name_end, 3, ") T") == 0;
}

Command buy(const Simulator& simulator, const TempDir& home, const std::string& store,
            const std::string& clip) {
  Command command;
  command.arguments = {AIRFORCE_BUYER_PATH, "a fox", home.file(clip), store};
  command.environment = simulator.environment();
  command.environment["XDG_CACHE_HOME"] = home.path();
  command.environment["XDG_STATE_HOME"] = home.path();
  command.environment["BUYER_REUSE"] = "always";
  command.environment["BUYER_LATE_SECONDS"] = kStopLate;
  return command;
}

void expect_one_purchase_around(const StopPoint& step, const std::string& where) {
  SCOPED_TRACE(step.name);
  const TempDir home;
  const Simulator simulator(
      {"--task-seconds", "0.4", "--clip", home.write("served.mp4", fake_clip(50 * 1024))});
  const std::string store = where.empty() ? home.file("store.sqlite") : where;
  Command command = buy(simulator, home, store, "first.mp4");
  command.environment.insert(step.where.begin(), step.where.end());
  command.environment["LD_PRELOAD"] = STOP_AT;
  Process first(command);
  for (int n = 0; n < 3000 && !is_suspended(first.pid()) && !first.ended(); ++n)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(is_suspended(first.pid())) << first.errors();
  Process second(buy(simulator, home, store, "second.mp4"));
  std::this_thread::sleep_for(kSuspension);
  first.signal(SIGCONT);
  const Finished one = first.wait(90);
  const Finished other = second.wait(90);
  EXPECT_EQ(one.exit_code, 0) << one.errors;
  EXPECT_EQ(other.exit_code, 0) << other.errors;
  EXPECT_EQ(simulator.count("creates"), 1);
  EXPECT_EQ(read_file(home.file("first.mp4")), read_file(home.file("second.mp4")));
}

// Some at a time: they spend their time waiting.
template <typename Expect>
void for_each_stop(std::vector<StopPoint> steps, const std::vector<StopPoint>& more,
                   Expect expect) {
  steps.insert(steps.end(), more.begin(), more.end());
  for (std::size_t from = 0; from < steps.size(); from += kStopsAtOnce) {
    std::vector<std::thread> threads;
    for (std::size_t n = from; n < steps.size() && n < from + kStopsAtOnce; ++n)
      threads.emplace_back([&, n] { expect(steps[n]); });
    for (std::thread& thread : threads) thread.join();
  }
}

TEST(SuspendedStep, buys_once_at_each_step_on_sqlite) {
  for_each_stop(stops_at_the_service(), stops_at_a_store({{"STOP_LOCK", "1"}}),
                [](const StopPoint& step) { expect_one_purchase_around(step, ""); });
}

TEST(SuspendedStep, buys_once_at_each_step_on_redis) {
  if (redis_programs().empty())
    GTEST_SKIP() << "neither redis-server nor valkey-server is installed";
  for_each_stop(stops_at_the_service(), stops_at_a_store({{"STOP_BEFORE", "EVALSHA"}}),
                [](const StopPoint& step) {
                  const RedisServer server(redis_programs().front());
                  expect_one_purchase_around(step,
                                             "redis://127.0.0.1:" + std::to_string(server.port()) +
                                                 "?lease_seconds=" + kStopLease);
                });
}

}  // namespace
}  // namespace airforce::test
#endif
