// SPDX-License-Identifier: LGPL-2.1-or-later
// A gateway gives up while the service still works, connections are lost, and processes are killed
// in the middle of it: each request is bought once.
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

constexpr int kRequests = 16;
constexpr int kAtOnce = 4;
constexpr int kMaxRuns = 6;
constexpr int kRunMilliseconds = 900;

int wanted_requests() {
  const char* wanted = std::getenv("AIRFORCE_KILLS");
  return wanted != nullptr ? std::atoi(wanted) : kRequests;
}

// Half of the creates are answered for by a gateway that gives up after two seconds, or lose their
// connection, and are carried out up to two minutes later: sixty times as fast, as the buyer's
// three minutes are.
std::vector<std::string> options(const TempDir& home, int seed) {
  return {"--task-seconds", "0.3",
          "--clip",         home.write("served.mp4", fake_clip(200 * 1024)),
          "--seed",         std::to_string(seed),
          "--fault",        "create:gateway=0.033,late=0.5,probability=0.25",
          "--fault",        "create:gateway=0.033,status=502,late=2,probability=0.25",
          "--fault",        "create:close-before,late=1,probability=0.25"};
}

Command buy(const Simulator& simulator, const TempDir& home, int number) {
  Command command;
  command.arguments = {AIRFORCE_BUYER_PATH, "request " + std::to_string(number),
                       home.file("clip-" + std::to_string(number) + ".mp4"),
                       home.file("store.sqlite")};
  command.environment = simulator.environment();
  return command;
}

struct Totals {
  std::atomic<int> clips = 0;
  std::atomic<int> purchases = 0;
};

void buy_all(std::atomic<int>& next, int seed, Totals& totals) {
  const TempDir home;
  const Simulator simulator(options(home, seed));
  std::minstd_rand random(static_cast<unsigned>(seed));
  for (int number = next--; number > 0; number = next--) {
    const Command command = buy(simulator, home, number);
    {
      const Process killed(command);
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % kRunMilliseconds));
      killed.signal(SIGKILL);
    }
    for (int run = 0; run < kMaxRuns && !std::filesystem::exists(command.arguments[2]); ++run) {
      const Finished finished = Process(command).wait(60);
      EXPECT_NE(finished.exit_code, 1) << finished.errors;
      // Unknown, and said so: the next run looks again.
      if (finished.exit_code == 2) std::this_thread::sleep_for(std::chrono::seconds(1));
    }
    if (std::filesystem::exists(command.arguments[2])) ++totals.clips;
  }
  while (simulator.count("late_requests") > 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  totals.purchases += static_cast<int>(simulator.count("creates"));
}

TEST(Gateway, costs_no_second_purchase_when_it_times_out_and_buyers_are_killed) {
  const int requests = wanted_requests();
  std::atomic<int> next = requests;
  Totals totals;
  std::vector<std::thread> workers;
  for (int worker = 0; worker < kAtOnce; ++worker)
    workers.emplace_back([&, worker] { buy_all(next, 1 + worker, totals); });
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(totals.clips, requests);
  EXPECT_EQ(totals.purchases, requests);
}

}  // namespace
}  // namespace airforce::test
