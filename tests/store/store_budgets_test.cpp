// SPDX-License-Identifier: LGPL-2.1-or-later
// What the store promises of budgets, and after crashes, on every engine.
#include <algorithm>
#include <chrono>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "any_store.h"
#include "engine.h"
#include "other_process.h"
#include "support/error_of.h"
#include "values/error.h"

namespace airforce::testing {
namespace {

using Kind = Claim::Kind;

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
  store->record_charge(refunded, BudgetShare::State::Refunded, 0);

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
