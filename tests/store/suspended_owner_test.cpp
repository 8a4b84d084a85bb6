// SPDX-License-Identifier: LGPL-2.1-or-later
// A process is suspended (SIGSTOP, a virtual machine, a partition) for longer than its lease, at
// each step of a purchase, while another one wants the same clip. Together they buy once.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "engine.h"
#include "ledger.h"
#include "other_process.h"

namespace airforce::testing {
namespace {

constexpr int kSlots = 100;

class SuspendedOwner : public ::testing::TestWithParam<EngineKind> {
 protected:
  const std::unique_ptr<Engine> engine_ = GetParam().make();
};

INSTANTIATE_TEST_SUITE_P(Engine, SuspendedOwner, ::testing::ValuesIn(engines()),
                         [](const auto& kind) { return kind.param.name; });

// What a generation does, from a claim to the end, with a service that answers at once.
void purchase(Store& store, const RequestIdentity& identity, Ledger& ledger) {
  for (;;) {
    const Claim claim = store.claim(identity, Reusable::Finished);
    const std::int64_t id = claim.intent.id;
    if (claim.kind == Claim::Kind::Finished) return;
    if (claim.kind == Claim::Kind::Wait) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      continue;
    }
    if (claim.kind == Claim::Kind::Resume && claim.intent.state == IntentState::Sending) {
      const std::string task = ledger.find(id);
      if (task.empty()) {  // the service has no such task
        store.settle(id, IntentState::Abandoned);
        continue;
      }
      store.created(id, task, 0, 320);
    } else if (claim.kind == Claim::Kind::New) {
      while (store.take_slot(id, kSlots) != 0) {
      }
      store.sending(id, 0);
      store.created(id, ledger.buy(id), 0, 320);
    }
    store.settle(id, IntentState::Delivered);
    return;
  }
}

// Suspends an owner behind its first `steps` steps, and resumes it when others had the time to
// notice. Returns the number of purchases.
long purchases_around(const Engine& engine, std::size_t steps, bool suspends) {
  const std::string name = "fox-" + std::to_string(steps);
  const std::string path = engine.scratch("ledger-" + name);
  const std::vector<std::string> commands = {"claim " + name + " finished",
                                             "slot " + name + " " + std::to_string(kSlots),
                                             "sending " + name,
                                             "post " + name + " " + path,
                                             "created " + name + " task-of-it",
                                             "settle " + name + " delivered"};
  OtherProcess owner(engine);
  for (std::size_t n = 0; n < steps; ++n) owner.ask(commands[n]);
  if (suspends) owner.stop();
  std::atomic<bool> ended = false;
  std::thread other([&] {
    const auto store = engine.open(system_clock());
    Ledger ledger(path);
    purchase(*store, request_named(name), ledger);
    ended = true;
  });
  engine.notice_death();
  // It waits for an owner that nothing proves to be dead (SQLite), or has bought by now.
  for (int tries = 0; tries < 100 && !ended; ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  owner.resume();
  for (std::size_t n = steps; n < commands.size(); ++n) {
    // Lost, it would claim again, and find what the other has bought.
    if (owner.ask(commands[n]).starts_with("error")) break;
  }
  owner.kill();
  other.join();
  const std::string lines = read_file(path);
  return std::count(lines.begin(), lines.end(), '\n');
}

TEST_P(SuspendedOwner, buys_nothing_beside_the_one_who_took_over) {
  constexpr std::size_t kSteps = 6;
  std::vector<std::thread> scenes;
  for (std::size_t steps = 1; steps <= kSteps; ++steps) {
    scenes.emplace_back([this, steps] {
      EXPECT_EQ(purchases_around(*engine_, steps, true), 1) << "suspended behind step " << steps;
    });
  }
  for (auto& scene : scenes) scene.join();
}

TEST_P(SuspendedOwner, is_not_resumed_while_it_is_healthy) {
  EXPECT_EQ(purchases_around(*engine_, 4, false), 1);
}

}  // namespace
}  // namespace airforce::testing
