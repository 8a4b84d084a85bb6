// SPDX-License-Identifier: LGPL-2.1-or-later
// What the store promises of claims and delivery, on every engine.
#include <algorithm>

#include <gtest/gtest.h>

#include "any_store.h"
#include "engine.h"
#include "other_process.h"
#include "values/error.h"

namespace airforce::testing {
namespace {

using Kind = Claim::Kind;

INSTANTIATE_TEST_SUITE_P(Engine, AnyStore, ::testing::ValuesIn(engines()),
                         [](const auto& kind) { return kind.param.name; });

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

TEST_P(AnyStore, buys_again_when_nothing_may_be_reused) {
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

TEST_P(AnyStore, corrects_the_id_of_a_task_that_the_service_does_not_know) {
  for (const bool resumed : {false, true}) {
    const std::string name = resumed ? "dog" : "fox";
    auto store = open();
    std::int64_t id = store->claim(request_named(name), Reusable::Unfinished).intent.id;
    store->sending(id, 0);
    store->created(id, "vid_of_nobody", 0, 320);
    if (resumed) {
      store->release(id);
      store = open();
      id = sure_claim(*store, request_named(name)).intent.id;
    }
    store->created(id, "vid_of_" + name, 0, 320);
    const std::vector<Intent> intents = store->intents("account", 10);
    ASSERT_EQ(intents.size(), resumed ? 2u : 1u);
    EXPECT_EQ(intents.front().task_id, "vid_of_" + name);
    EXPECT_EQ(store->take_warning(), "");
    store->settle(id, IntentState::Delivered);
    EXPECT_EQ(store->intents("account", 10).front().state, IntentState::Delivered);
  }
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

}  // namespace
}  // namespace airforce::testing
