// SPDX-License-Identifier: LGPL-2.1-or-later
// A run of airforce-video is suspended (SIGSTOP) at moments over its whole length, for longer than
// its lease, while another run wants the same clip. Together they buy once.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <future>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "../store/redis_server.h"
#include "support/process.h"
#include "support/simulator.h"
#include "support/slowness.h"
#include "support/temp_dir.h"

namespace airforce::test {
namespace {

using airforce::testing::redis_programs;
using airforce::testing::RedisServer;

constexpr double kLeaseSeconds = 0.5;
constexpr double kTaskSeconds = 0.4;
// The one that takes a purchase over may have to look for its task for as long as it may appear.
constexpr double kTimeout = 250;

void nap_for(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

Command generate(const Simulator& simulator, const TempDir& home, const std::string& store,
                 const std::string& clip) {
  Command command;
  command.arguments = {AIRFORCE_VIDEO_PATH, "generate",      "--model",
                       "ltx-mini",          "--reuse",       "always",
                       "--output",          home.file(clip), "a fox"};
  command.environment = simulator.environment();
  command.environment["XDG_STATE_HOME"] = home.path();
  command.environment["XDG_CACHE_HOME"] = home.path();
  command.environment["AIRFORCE_STORE"] = store;
  return command;
}

void expect_one_purchase(const std::string& store, double suspended_at) {
  SCOPED_TRACE("suspended after " + std::to_string(suspended_at) + " s");
  const TempDir home;
  const Simulator simulator({"--task-seconds", std::to_string(kTaskSeconds), "--clip",
                             home.write("served.mp4", fake_clip(50 * 1024))});
  const std::string where = store.empty() ? home.file("store.sqlite") : store;
  Process first(generate(simulator, home, where, "first.mp4"));
  nap_for(suspended_at);
  first.signal(SIGSTOP);
  Process second(generate(simulator, home, where, "second.mp4"));
  nap_for(3 * kLeaseSeconds + 2 * kTaskSeconds * kSlowness);
  first.signal(SIGCONT);
  EXPECT_EQ(first.wait(kTimeout).exit_code, 0);
  EXPECT_EQ(second.wait(kTimeout).exit_code, 0);
  EXPECT_EQ(simulator.count("creates"), 1);
  EXPECT_TRUE(std::filesystem::exists(home.file("first.mp4")));
  EXPECT_TRUE(std::filesystem::exists(home.file("second.mp4")));
}

// From the start of the process to the end of its task.
const std::vector<double>& moments() {
  static const std::vector<double> all = {0.02, 0.05, 0.08, 0.12, 0.2, 0.35, 0.5, 0.7};
  return all;
}

// Four at a time: they spend their time waiting.
void with_each_moment(const std::function<void(double)>& promise) {
  constexpr std::size_t kAtOnce = 4;
  for (std::size_t first = 0; first < moments().size(); first += kAtOnce) {
    std::vector<std::future<void>> scenes;
    for (std::size_t n = first; n < first + kAtOnce && n < moments().size(); ++n)
      scenes.push_back(std::async(std::launch::async, promise, moments()[n]));
    for (auto& scene : scenes) scene.get();
  }
}

TEST(SuspendedRun, buys_once_with_the_other_run_on_sqlite) {
  with_each_moment([](double moment) { expect_one_purchase("", moment); });
}

TEST(SuspendedRun, buys_once_with_the_other_run_on_redis) {
  if (redis_programs().empty())
    GTEST_SKIP() << "neither redis-server nor valkey-server is installed";
  with_each_moment([](double moment) {
    const RedisServer server(redis_programs().front());
    expect_one_purchase("redis://127.0.0.1:" + std::to_string(server.port()) +
                            "?lease_seconds=" + std::to_string(kLeaseSeconds),
                        moment);
  });
}

}  // namespace
}  // namespace airforce::test
