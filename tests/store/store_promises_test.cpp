// SPDX-License-Identifier: LGPL-2.1-or-later
// What the store promises, on every engine.
#include <algorithm>
#include <chrono>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine.h"
#include "other_process.h"
#include "support/error_of.h"
#include "values/error.h"

namespace airforce::testing {
namespace {

using Kind = Claim::Kind;

class AnyStore : public ::testing::TestWithParam<EngineKind> {
 protected:
  std::unique_ptr<Store> open() { return engine_->open(system_clock()); }

  // An intent of `store`, as far as `state`.
  static std::int64_t intent(Store& store, const std::string& name, IntentState state,
                             std::int64_t expires_at = 0) {
    const Claim claim = store.claim(request_named(name), Reusable::Nothing);
    const std::int64_t id = claim.intent.id;
    if (state == IntentState::Claimed) return id;
    store.sending(id, 0);
    if (state == IntentState::Sending) return id;
    store.created(id, "task-" + name, expires_at, 320);
    if (state != IntentState::Created) store.settle(id, state);
    return id;
  }

  static void take(Store& store, std::int64_t intent, const BudgetRequest& budget) {
    store.take_slot(intent, 4, budget);
  }

  const std::unique_ptr<Engine> engine_ = GetParam().make();
};

INSTANTIATE_TEST_SUITE_P(Engine, AnyStore, ::testing::ValuesIn(engines()),
                         [](const auto& kind) { return kind.param.name; });

// --- Claims --------------------------------------------------------------------------------------

TEST_P(AnyStore, takes_over_an_unfinished_task_of_a_dead_process) {
  OtherProcess other(*engine_);
  EXPECT_EQ(other.ask("claim fox unfinished"), "new claimed -");
  EXPECT_EQ(other.ask("sending fox"), "ok");
  EXPECT_EQ(other.ask("created fox vid_1"), "ok");
  const auto store = open();
  other.kill();
  engine_->notice_death();

  const Claim claim = store->claim(request_named("fox"), Reusable::Unfinished);
  EXPECT_EQ(claim.kind, Kind::Resume);
  EXPECT_EQ(claim.intent.state, IntentState::Created);
  EXPECT_EQ(claim.intent.task_id, "vid_1");
  EXPECT_EQ(claim.intent.model, "wan-2.6");
  EXPECT_EQ(claim.intent.summary, "fox");
  EXPECT_EQ(claim.intent.cost_cents, 320);
}

TEST_P(AnyStore, takes_over_a_purchase_whose_answer_died_with_its_process) {
  OtherProcess other(*engine_);
  other.ask("claim fox unfinished");
  other.ask("sending fox");
  other.kill();
  engine_->notice_death();

  const Claim claim = open()->claim(request_named("fox"), Reusable::Unfinished);
  EXPECT_EQ(claim.kind, Kind::Resume);
  EXPECT_EQ(claim.intent.state, IntentState::Sending);
  EXPECT_GT(claim.intent.sending_at, 0);
}

TEST_P(AnyStore, takes_over_a_task_whose_request_is_asked_again_at_once) {
  for (const bool known : {true, false}) {
    OtherProcess other(*engine_);
    other.ask("claim fox unfinished");
    other.ask("sending fox");
    if (known) other.ask("created fox vid_1");
    other.kill();
    const auto store = open();
    const Claim claim = sure_claim(*store, request_named("fox"));
    EXPECT_EQ(claim.kind, Kind::Resume) << "a second purchase";
    store->settle(claim.intent.id, IntentState::Abandoned);
  }
}

TEST_P(AnyStore, forgets_what_a_dead_process_had_only_claimed) {
  OtherProcess other(*engine_);
  other.ask("claim fox unfinished");
  other.kill();
  engine_->notice_death();

  const auto store = open();
  EXPECT_EQ(store->claim(request_named("fox"), Reusable::Unfinished).kind, Kind::New);
  EXPECT_EQ(store->intents("account", 10).size(), 1u);
}

TEST_P(AnyStore, leaves_a_living_process_its_task) {
  OtherProcess other(*engine_);
  other.ask("claim fox unfinished");
  other.ask("sending fox");
  other.ask("created fox vid_1");

  const auto store = open();
  EXPECT_EQ(sure_claim(*store, request_named("fox")).kind, Kind::New);
  EXPECT_EQ(other.ask("settle fox delivered"), "ok");
}

TEST_P(AnyStore, leaves_another_store_of_the_same_process_its_task) {
  const auto one = open();
  intent(*one, "fox", IntentState::Created);
  const auto two = open();
  EXPECT_EQ(sure_claim(*two, request_named("fox")).kind, Kind::New);
}

TEST_P(AnyStore, leaves_itself_its_task) {
  const auto store = open();
  intent(*store, "fox", IntentState::Created);
  EXPECT_EQ(store->claim(request_named("fox"), Reusable::Unfinished).kind, Kind::New);
}

TEST_P(AnyStore, takes_over_the_task_of_a_store_that_was_closed) {
  intent(*open(), "fox", IntentState::Created);
  EXPECT_EQ(open()->claim(request_named("fox"), Reusable::Unfinished).kind, Kind::Resume);
}

TEST_P(AnyStore, takes_over_what_was_released) {
  const auto one = open();
  one->release(intent(*one, "fox", IntentState::Created));
  const Claim claim = open()->claim(request_named("fox"), Reusable::Unfinished);
  EXPECT_EQ(claim.kind, Kind::Resume);
  EXPECT_EQ(claim.intent.task_id, "task-fox");
}

TEST_P(AnyStore, gives_one_task_to_one_taker) {
  intent(*open(), "fox", IntentState::Created);
  const auto one = open();
  const auto two = open();
  EXPECT_EQ(one->claim(request_named("fox"), Reusable::Unfinished).kind, Kind::Resume);
  EXPECT_EQ(sure_claim(*two, request_named("fox")).kind, Kind::New);
}

TEST_P(AnyStore, takes_a_known_task_over_before_a_lost_one) {
  intent(*open(), "fox", IntentState::Sending);
  intent(*open(), "fox", IntentState::Created);
  const auto store = open();
  EXPECT_EQ(store->claim(request_named("fox"), Reusable::Unfinished).intent.task_id, "task-fox");
  EXPECT_EQ(store->claim(request_named("fox"), Reusable::Unfinished).intent.state,
            IntentState::Sending);
}

TEST_P(AnyStore, buys_anew_when_nothing_may_be_reused) {
  intent(*open(), "fox", IntentState::Created);
  EXPECT_EQ(open()->claim(request_named("fox"), Reusable::Nothing).kind, Kind::New);
}

TEST_P(AnyStore, does_not_take_over_what_has_an_end) {
  const auto one = open();
  intent(*one, "delivered", IntentState::Delivered);
  intent(*one, "failed", IntentState::Failed);
  intent(*one, "abandoned", IntentState::Abandoned);
  const auto two = open();
  for (const auto* name : {"delivered", "failed", "abandoned"}) {
    EXPECT_EQ(two->claim(request_named(name), Reusable::Unfinished).kind, Kind::New) << name;
  }
}

TEST_P(AnyStore, offers_a_task_that_has_expired_by_this_clock_as_another_may_know_better) {
  const auto one = open();
  one->release(intent(*one, "fox", IntentState::Created, system_clock().unix_time() - 1));
  const Claim claim = open()->claim(request_named("fox"), Reusable::Unfinished);
  EXPECT_EQ(claim.kind, Kind::Resume);
  EXPECT_EQ(claim.intent.task_id, "task-fox");
}

TEST_P(AnyStore, keeps_when_the_service_was_asked_by_its_own_clock) {
  {
    const auto store = open();
    const auto id = store->claim(request_named("fox"), Reusable::Unfinished).intent.id;
    store->sending(id, 1'234'567'890);
    store->release(id);
  }
  const Claim claim = open()->claim(request_named("fox"), Reusable::Unfinished);
  EXPECT_EQ(claim.kind, Kind::Resume);
  EXPECT_EQ(claim.intent.sent_at, 1'234'567'890);
}

TEST_P(AnyStore, keeps_accounts_apart) {
  intent(*open(), "fox", IntentState::Created);
  EXPECT_EQ(open()->claim(request_named("fox", "another"), Reusable::Unfinished).kind, Kind::New);
}

TEST_P(AnyStore, offers_a_delivered_clip_until_its_task_expires) {
  const std::int64_t now = system_clock().unix_time();
  const auto store = open();
  intent(*store, "fox", IntentState::Delivered, now + 3600);
  const Claim claim = store->claim(request_named("fox"), Reusable::Finished);
  EXPECT_EQ(claim.kind, Kind::Finished);
  EXPECT_EQ(claim.intent.task_id, "task-fox");
  EXPECT_EQ(claim.clip_path, "");

  store->settle(claim.intent.id, IntentState::Failed);  // the service has lost it
  EXPECT_EQ(store->claim(request_named("fox"), Reusable::Finished).kind, Kind::New);
}

TEST_P(AnyStore, offers_a_cached_clip_for_ever) {
  const std::int64_t now = system_clock().unix_time();
  const auto store = open();
  const auto id = intent(*store, "fox", IntentState::Created, now - 3600);
  write_file(engine_->scratch("fox.mp4"), "the clip");
  store->keep_clip(id, request_named("fox"), engine_->scratch("fox.mp4"));
  store->settle(id, IntentState::Delivered);

  const Claim claim = open()->claim(request_named("fox"), Reusable::Finished);
  EXPECT_EQ(claim.kind, Kind::Finished);
  EXPECT_EQ(claim.intent.task_id, "task-fox");
  EXPECT_EQ(read_file(claim.clip_path), "the clip");
}

TEST_P(AnyStore, keeps_a_clip_under_the_task_that_another_store_bought) {
  const auto id = intent(*open(), "fox", IntentState::Delivered);
  write_file(engine_->scratch("fox.mp4"), "the clip");
  open()->keep_clip(id, request_named("fox"), engine_->scratch("fox.mp4"));
  EXPECT_EQ(open()->claim(request_named("fox"), Reusable::Finished).intent.task_id, "task-fox");
}

TEST_P(AnyStore, offers_a_cached_clip_whose_purchase_it_has_forgotten) {
  const auto store = open();
  const auto id = intent(*store, "fox", IntentState::Created);
  write_file(engine_->scratch("fox.mp4"), "the clip");
  store->keep_clip(id, request_named("hare"), engine_->scratch("fox.mp4"));
  const Claim claim = store->claim(request_named("hare", "account"), Reusable::Finished);
  EXPECT_EQ(claim.kind, Kind::Finished);
  EXPECT_EQ(claim.intent.task_id, "task-fox");
}

TEST_P(AnyStore, lets_go_of_nothing_that_it_does_not_own) {
  const auto owner = open();
  const auto id = intent(*owner, "fox", IntentState::Created);
  open()->release(id);
  const auto other = open();
  EXPECT_EQ(sure_claim(*other, request_named("fox")).kind, Kind::New);
}

TEST_P(AnyStore, waits_for_a_living_process_that_buys_the_same_clip) {
  OtherProcess other(*engine_);
  other.ask("claim fox finished");
  const auto store = open();
  EXPECT_EQ(store->claim(request_named("fox"), Reusable::Finished).kind, Kind::Wait);
  other.ask("sending fox");
  other.ask("created fox vid_1");
  EXPECT_EQ(store->claim(request_named("fox"), Reusable::Finished).kind, Kind::Wait);
  other.kill();
  engine_->notice_death();
  EXPECT_EQ(store->claim(request_named("fox"), Reusable::Finished).kind, Kind::Resume);
}

TEST_P(AnyStore, lets_processes_that_want_the_same_clip_make_one_purchase) {
  const std::string ledger = engine_->scratch("ledger");
  std::vector<std::unique_ptr<OtherProcess>> processes;
  for (int n = 0; n < 4; ++n) processes.push_back(std::make_unique<OtherProcess>(*engine_));
  for (auto& process : processes) process->send("buy fox " + ledger);
  int bought = 0;
  for (auto& process : processes) {
    const std::string answer = process->answer();
    bought += answer == "bought" ? 1 : 0;
    EXPECT_TRUE(answer == "bought" || answer == "found") << answer;
  }
  EXPECT_EQ(bought, 1);
  const std::string purchases = read_file(ledger);
  EXPECT_EQ(std::count(purchases.begin(), purchases.end(), '\n'), 1);
}

TEST_P(AnyStore, knows_the_tasks_of_an_account) {
  const auto store = open();
  intent(*store, "fox", IntentState::Delivered);
  EXPECT_TRUE(store->knows_task("account", "task-fox"));
  EXPECT_FALSE(store->knows_task("another", "task-fox"));
  EXPECT_FALSE(store->knows_task("account", "task-hare"));
}

TEST_P(AnyStore, lists_the_newest_intents_first_and_says_which_are_worked_on) {
  const auto one = open();
  one->release(intent(*one, "fox", IntentState::Created));
  const auto hare = intent(*one, "hare", IntentState::Claimed);
  EXPECT_EQ(one->take_slot(hare, 4), 0);

  const auto intents = open()->intents("account", 10);
  ASSERT_EQ(intents.size(), 2u);
  EXPECT_EQ(intents[0].summary, "hare");
  EXPECT_TRUE(intents[0].owned);
  EXPECT_TRUE(intents[0].holds_slot);
  EXPECT_EQ(intents[1].summary, "fox");
  EXPECT_EQ(intents[1].account, "account");
  EXPECT_EQ(intents[1].request, "hash-of-fox");
  EXPECT_FALSE(intents[1].owned);
  EXPECT_FALSE(intents[1].holds_slot);
  EXPECT_EQ(one->intents("", 1).size(), 1u);
  EXPECT_EQ(one->intents("another", 10).size(), 0u);
}

// --- Slots ---------------------------------------------------------------------------------------

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

// --- Delivery ------------------------------------------------------------------------------------

TEST_P(AnyStore, resumes_an_undelivered_purchase_with_the_clip_of_the_cache) {
  for (const auto reusable : {Reusable::Unfinished, Reusable::Finished}) {
    const std::string name = "fox-" + std::to_string(static_cast<int>(reusable));
    {
      const auto store = open();
      const auto id = intent(*store, name, IntentState::Created);
      write_file(engine_->scratch("fox.mp4"), "the clip");
      store->keep_clip(id, request_named(name), engine_->scratch("fox.mp4"));
    }  // its consumer failed
    const auto store = open();
    const Claim claim = sure_claim(*store, request_named(name), reusable);
    ASSERT_EQ(claim.kind, Kind::Resume);
    EXPECT_EQ(claim.intent.task_id, "task-" + name);
    EXPECT_EQ(read_file(claim.clip_path), "the clip");
    store->settle(claim.intent.id, IntentState::Delivered);
    EXPECT_EQ(store->claim(request_named(name), Reusable::Unfinished).kind, Kind::New);
  }
}

TEST_P(AnyStore, offers_the_clip_of_the_cache_while_its_first_consumer_still_has_it) {
  const auto one = open();
  const auto id = intent(*one, "fox", IntentState::Created);
  write_file(engine_->scratch("fox.mp4"), "the clip");
  one->keep_clip(id, request_named("fox"), engine_->scratch("fox.mp4"));
  const auto two = open();
  const Claim claim = two->claim(request_named("fox"), Reusable::Finished);
  EXPECT_EQ(claim.kind, Kind::Finished);
  EXPECT_EQ(read_file(claim.clip_path), "the clip");
  one->settle(id, IntentState::Delivered);
}

TEST_P(AnyStore, does_not_end_a_purchase_of_another_owner) {
  const auto one = open();
  const auto id = intent(*one, "fox", IntentState::Created);
  open()->settle(id, IntentState::Abandoned);
  EXPECT_EQ(one->intents("account", 1).at(0).state, IntentState::Created);
}

// --- Budgets -------------------------------------------------------------------------------------

BudgetRequest share_of(double cents, double sum_cents = 500) {
  return {"spots", sum_cents, cents};
}

TEST_P(AnyStore, reserves_a_price_with_the_slot_and_no_more_than_the_budget_has) {
  const auto store = open();
  EXPECT_FALSE(store->budget("spots").has_value());
  const auto fox = intent(*store, "fox", IntentState::Claimed);
  EXPECT_EQ(store->take_slot(fox, 4, share_of(320)), 0);
  EXPECT_EQ(store->take_slot(fox, 4, share_of(320)), 0) << "once";
  const auto hare = intent(*store, "hare", IntentState::Claimed);
  const Error refusal = test::error_of([&] { take(*store, hare, share_of(200)); });
  EXPECT_EQ(refusal.kind, ErrorKind::Budget);
  EXPECT_THAT(refusal.text(), ::testing::HasSubstr("180 of 500 cents are left"));
  EXPECT_EQ(store->take_slot(hare, 4, share_of(180)), 0);

  const BudgetReport report = open()->budget("spots").value();
  EXPECT_EQ(report.sum_cents, 500);
  EXPECT_EQ(report.reserved_cents, 500);
  EXPECT_EQ(report.left_cents(), 0);
}

TEST_P(AnyStore, refuses_another_sum_for_a_budget) {
  const auto store = open();
  const auto fox = intent(*store, "fox", IntentState::Claimed);
  EXPECT_EQ(store->take_slot(fox, 4, share_of(100)), 0);
  const auto hare = intent(*store, "hare", IntentState::Claimed);
  const Error refusal = test::error_of([&] { take(*store, hare, share_of(100, 900)); });
  EXPECT_EQ(refusal.kind, ErrorKind::Settings);
  EXPECT_THAT(refusal.text(), ::testing::HasSubstr("has a sum of 500 cents, not 900"));
}

TEST_P(AnyStore, corrects_a_reservation_by_what_the_service_says) {
  const auto store = open();
  const auto charged = intent(*store, "charged", IntentState::Claimed);
  EXPECT_EQ(store->take_slot(charged, 4, share_of(100)), 0);
  store->sending(charged, 0);
  store->created(charged, "vid_1", 0, 120.5);
  EXPECT_EQ(store->budget("spots")->reserved_cents, 120.5);
  store->record_charge(charged, BudgetShare::State::Charged, 130);
  store->settle(charged, IntentState::Delivered);

  const auto refunded = intent(*store, "refunded", IntentState::Claimed);
  EXPECT_EQ(store->take_slot(refunded, 4, share_of(100)), 0);
  store->sending(refunded, 0);
  store->created(refunded, "vid_2", 0, 100);
  store->settle(refunded, IntentState::Failed);
  EXPECT_EQ(store->budget("spots")->reserved_cents, 100) << "nobody said that it is refunded";
  store->record_charge(refunded, BudgetShare::State::Refunded, 100);

  const BudgetReport report = store->budget("spots").value();
  EXPECT_EQ(report.charged_cents, 130);
  EXPECT_EQ(report.refunded_cents, 100);
  EXPECT_EQ(report.reserved_cents, 0);
  EXPECT_EQ(report.left_cents(), 370);
}

TEST_P(AnyStore, keeps_an_unknown_charge_reserved_and_gives_back_what_was_never_created) {
  const auto store = open();
  const auto unknown = intent(*store, "unknown", IntentState::Claimed);
  EXPECT_EQ(store->take_slot(unknown, 4, share_of(100)), 0);
  store->sending(unknown, 0);
  store->release(unknown);
  const auto refused = intent(*store, "refused", IntentState::Claimed);
  EXPECT_EQ(store->take_slot(refused, 4, share_of(100)), 0);
  store->sending(refused, 0);
  store->settle(refused, IntentState::Abandoned);
  const auto unsent = intent(*store, "unsent", IntentState::Claimed);
  EXPECT_EQ(store->take_slot(unsent, 4, share_of(100)), 0);
  store->release(unsent);
  EXPECT_EQ(store->budget("spots")->reserved_cents, 100);

  const Claim claim = sure_claim(*store, request_named("unknown"));
  ASSERT_EQ(claim.kind, Kind::Resume);
  EXPECT_EQ(claim.intent.budget.name, "spots");
  EXPECT_EQ(claim.intent.budget.cents, 100);
  store->settle(claim.intent.id, IntentState::Abandoned);
  EXPECT_EQ(store->budget("spots")->reserved_cents, 0);
}

TEST_P(AnyStore, gives_back_what_a_dead_process_had_reserved_and_not_used) {
  OtherProcess other(*engine_);
  other.ask("claim fox unfinished");
  EXPECT_EQ(other.ask("reserve fox 400"), "0");
  const auto store = open();
  const auto mine = intent(*store, "mine", IntentState::Claimed);
  EXPECT_EQ(test::error_of([&] { take(*store, mine, share_of(200)); }).kind, ErrorKind::Budget);
  other.kill();
  engine_->notice_death();
  EXPECT_EQ(store->take_slot(mine, 4, share_of(200)), 0);
  EXPECT_EQ(store->budget("spots")->reserved_cents, 200);
}

TEST_P(AnyStore, never_reserves_more_than_the_budget_has) {
  std::atomic<int> granted = 0;
  std::vector<std::thread> threads;
  for (int n = 0; n < 6; ++n) {
    threads.emplace_back([&, n] {
      const auto store = open();
      const auto id = intent(*store, std::to_string(n), IntentState::Claimed);
      try {
        granted += store->take_slot(id, 10, share_of(150)) == 0 ? 1 : 0;
      } catch (const Error& error) {
        EXPECT_EQ(error.kind, ErrorKind::Budget);
      }
      store->sending(id, 0);  // the share stays
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(granted, 3);
  EXPECT_EQ(open()->budget("spots")->reserved_cents, 450);
}

// --- Death ---------------------------------------------------------------------------------------

TEST_P(AnyStore, survives_sigkill_at_random_moments) {
  const std::string ledger = engine_->scratch("ledger");
  std::minstd_rand random(20240506);
  const int rounds = engine_->kill_rounds();
  const auto purchases = [&] {
    const std::string text = read_file(ledger);
    return std::count(text.begin(), text.end(), '\n');
  };
  for (int round = 0; round < rounds; ++round) {
    const auto before = purchases();
    OtherProcess one(*engine_);
    OtherProcess two(*engine_);
    EXPECT_EQ(one.ask("hammer " + std::to_string(random()) + " " + ledger), "ready");
    EXPECT_EQ(two.ask("hammer " + std::to_string(random()) + " " + ledger), "ready");
    // However slow the disk is: they are in the middle of it.
    for (int waits = 0; purchases() == before; ++waits) {
      ASSERT_LT(waits, 100'000) << "nothing is bought any more";
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
    one.kill();
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 10'000));
    two.kill();
    engine_->expect_sound();
  }
  engine_->notice_death();

  std::set<std::int64_t> bought;
  std::istringstream lines(read_file(ledger));
  std::int64_t id = 0;
  for (std::string task; lines >> id >> task;) {
    EXPECT_TRUE(bought.insert(id).second) << "intent " << id << " was bought twice";
  }
  EXPECT_GE(bought.size(), static_cast<std::size_t>(rounds));
  std::size_t known = 0;
  int holding = 0;
  for (const auto& each : open()->intents("account", 100'000)) {
    EXPECT_FALSE(each.owned);
    holding += each.holds_slot ? 1 : 0;
    if (bought.count(each.id) == 0) continue;
    ++known;
    const bool task_known = each.task_id == "task-of-" + std::to_string(each.id);
    EXPECT_TRUE(task_known || each.state == IntentState::Sending) << name_of(each.state);
  }
  EXPECT_EQ(known, bought.size()) << "a purchase was forgotten";
  EXPECT_LE(holding, 4);
}

}  // namespace
}  // namespace airforce::testing
