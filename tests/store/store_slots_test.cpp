// SPDX-License-Identifier: LGPL-2.1-or-later
// What the store promises of slots, on every engine.
#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "any_store.h"
#include "engine.h"
#include "other_process.h"
#include "values/error.h"

namespace airforce::testing {
namespace {

using Kind = Claim::Kind;

TEST_P(AnyStore, grants_slots_first_come_first_served) {
  const auto store = open();
  std::vector<std::int64_t> ids;
  for (int n = 0; n < 5; ++n) {
    ids.push_back(intent(*store, std::to_string(n), IntentState::Claimed));
  }
  EXPECT_EQ(store->take_slot(ids[0], 2), 0);
  EXPECT_EQ(store->take_slot(ids[1], 2), 0);
  EXPECT_EQ(store->take_slot(ids[2], 2), 1);
  EXPECT_EQ(store->take_slot(ids[3], 2), 2);
  EXPECT_EQ(store->take_slot(ids[4], 2), 3);

  store->free_slot(ids[0]);
  EXPECT_EQ(store->take_slot(ids[4], 2), 3) << "it must not overtake";
  EXPECT_EQ(store->take_slot(ids[3], 2), 2);
  EXPECT_EQ(store->take_slot(ids[2], 2), 0);
  EXPECT_EQ(store->take_slot(ids[3], 2), 1);
  store->settle(ids[1], IntentState::Failed);
  EXPECT_EQ(store->take_slot(ids[3], 2), 0);
  EXPECT_EQ(store->take_slot(ids[4], 2), 1);
}

TEST_P(AnyStore, keeps_a_slot_that_is_held) {
  const auto store = open();
  const auto id = intent(*store, "fox", IntentState::Claimed);
  for (int n = 0; n < 3; ++n) EXPECT_EQ(store->take_slot(id, 1), 0);
  store->sending(id, 0);
  EXPECT_EQ(store->take_slot(id, 1), 0);
  store->created(id, "vid_1", 0, 1);
  EXPECT_EQ(store->take_slot(id, 1), 0);
}

TEST_P(AnyStore, counts_slots_for_each_account) {
  const auto store = open();
  const auto one = store->claim(request_named("fox", "one"), Reusable::Unfinished).intent.id;
  const auto two = store->claim(request_named("fox", "two"), Reusable::Unfinished).intent.id;
  EXPECT_EQ(store->take_slot(one, 1), 0);
  EXPECT_EQ(store->take_slot(two, 1), 0);
}

TEST_P(AnyStore, frees_the_place_in_the_queue_of_a_crashed_process_at_once) {
  const auto store = open();
  const auto holder = intent(*store, "holder", IntentState::Claimed);
  EXPECT_EQ(store->take_slot(holder, 1), 0);
  OtherProcess other(*engine_);
  other.ask("claim fox unfinished");
  EXPECT_EQ(other.ask("slot fox 1"), "1");
  const auto mine = intent(*store, "mine", IntentState::Claimed);
  EXPECT_EQ(store->take_slot(mine, 1), 2);
  other.kill();
  engine_->notice_death();
  EXPECT_EQ(store->take_slot(mine, 1), 1);
  store->free_slot(holder);
  EXPECT_EQ(store->take_slot(mine, 1), 0);
}

TEST_P(AnyStore, frees_the_slot_of_a_crashed_process_that_sent_nothing) {
  OtherProcess other(*engine_);
  other.ask("claim fox unfinished");
  EXPECT_EQ(other.ask("slot fox 1"), "0");
  const auto store = open();
  const auto mine = intent(*store, "mine", IntentState::Claimed);
  EXPECT_EQ(store->take_slot(mine, 1), 1);
  other.kill();
  engine_->notice_death();
  EXPECT_EQ(store->take_slot(mine, 1), 0);
}

TEST_P(AnyStore, counts_the_task_of_a_crashed_process_until_somebody_knows_that_it_is_final) {
  OtherProcess other(*engine_);
  other.ask("claim fox unfinished");
  EXPECT_EQ(other.ask("slot fox 1"), "0");
  other.ask("sending fox");
  other.ask("created fox vid_1");
  other.kill();
  engine_->notice_death();
  const auto store = open();
  const auto mine = intent(*store, "mine", IntentState::Claimed);
  EXPECT_EQ(store->take_slot(mine, 1), 1) << "the service still counts vid_1";

  const auto intents = store->intents("account", 10);
  ASSERT_EQ(intents.size(), 2u);
  EXPECT_EQ(intents[1].task_id, "vid_1");
  EXPECT_FALSE(intents[1].owned);
  EXPECT_TRUE(intents[1].holds_slot);
  store->free_slot(intents[1].id);
  EXPECT_EQ(store->take_slot(mine, 1), 0);
  EXPECT_EQ(store->claim(request_named("fox"), Reusable::Unfinished).intent.task_id, "vid_1");
}

TEST_P(AnyStore, gives_whoever_resumes_a_task_its_slot) {
  for (const bool known : {true, false}) {
    OtherProcess other(*engine_);
    other.ask("claim fox unfinished");
    EXPECT_EQ(other.ask("slot fox 1"), "0");
    other.ask("sending fox");
    if (known) other.ask("created fox vid_1");
    other.kill();
    engine_->notice_death();
    const auto store = open();
    const Claim claim = store->claim(request_named("fox"), Reusable::Unfinished);
    ASSERT_EQ(claim.kind, Kind::Resume);
    EXPECT_TRUE(claim.intent.holds_slot);
    EXPECT_EQ(store->take_slot(claim.intent.id, 1), 0);
    const auto mine = intent(*store, "mine", IntentState::Claimed);
    EXPECT_EQ(store->take_slot(mine, 1), 1);
    store->settle(claim.intent.id, IntentState::Delivered);
    EXPECT_EQ(store->take_slot(mine, 1), 0);
  }
}

TEST_P(AnyStore, keeps_the_slot_of_a_released_task_but_not_a_released_place) {
  const auto store = open();
  const auto task = intent(*store, "task", IntentState::Claimed);
  EXPECT_EQ(store->take_slot(task, 1), 0);
  store->sending(task, 0);
  store->created(task, "vid_1", 0, 1);
  const auto waiter = intent(*store, "waiter", IntentState::Claimed);
  EXPECT_EQ(store->take_slot(waiter, 1), 1);
  const auto mine = intent(*store, "mine", IntentState::Claimed);
  EXPECT_EQ(store->take_slot(mine, 1), 2);
  store->release(waiter);
  EXPECT_EQ(store->take_slot(mine, 1), 1);
  store->release(task);
  EXPECT_EQ(store->take_slot(mine, 1), 1);
}

TEST_P(AnyStore, never_grants_more_slots_than_there_are) {
  constexpr int kThreads = 8;
  constexpr int kLimit = 3;
  std::atomic<int> held = 0;
  std::atomic<int> most = 0;
  std::vector<std::thread> threads;
  for (int n = 0; n < kThreads; ++n) {
    threads.emplace_back([&, n] {
      const auto store = open();
      for (int round = 0; round < 3; ++round) {
        const auto id = intent(*store, std::to_string(n), IntentState::Claimed);
        while (store->take_slot(id, kLimit) != 0) {
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        const int now = ++held;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        --held;
        store->settle(id, IntentState::Abandoned);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(most, kLimit);
}

TEST_P(AnyStore, serves_several_threads_with_one_store) {
  const auto store = open();
  std::vector<std::thread> threads;
  for (int n = 0; n < 4; ++n) {
    threads.emplace_back([&, n] {
      for (int round = 0; round < 5; ++round) {
        intent(*store, std::to_string(n), IntentState::Delivered);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(store->intents("account", 100).size(), 20u);
}

}  // namespace
}  // namespace airforce::testing
