// SPDX-License-Identifier: LGPL-2.1-or-later
// What a purchase makes of what its store offers and how it fails. The store and the service are
// scripted: these moments can't be hit otherwise.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "generation/create_turn.h"
#include "generation/remember.h"
#include "purchase_fixture.h"

namespace airforce {
namespace {

using test::echoed;
using test::PurchaseTest;
using test::ScriptedStore;
using testing::HasSubstr;
using testing::Not;

TEST_F(PurchaseTest, continues_when_a_store_that_was_lost_in_the_queue_returns) {
  ScriptedStore store;
  store.failures = 2;
  EXPECT_EQ(buy(store, 10).task->task_id, "vid_1");
  EXPECT_EQ(creates_, 1);
  EXPECT_EQ(store.recorded, "vid_1");
  EXPECT_THAT(warnings_, testing::Contains(HasSubstr("the engine is gone"))) << "said, and once";
  EXPECT_EQ(std::count_if(warnings_.begin(), warnings_.end(),
                          [](const std::string& text) { return text.find("engine") != text.npos; }),
            1);
}

TEST_F(PurchaseTest, buys_nothing_while_the_store_stays_lost) {
  ScriptedStore store;
  store.failures = 1000;
  const Error error = refusal(store, 0.5);
  EXPECT_EQ(error.kind, ErrorKind::Store);
  EXPECT_EQ(error.charge, Charge::None);
  EXPECT_EQ(creates_, 0);
  EXPECT_EQ(store.settled[1], IntentState::Abandoned);
}

TEST_F(PurchaseTest, buys_nothing_when_no_slot_becomes_free_in_time) {
  ScriptedStore store;
  store.place = 3;
  const Error error = refusal(store, 0.3);
  EXPECT_EQ(error.kind, ErrorKind::Busy);
  EXPECT_THAT(error.message, HasSubstr("4 slots"));
  EXPECT_EQ(error.charge, Charge::None);
  EXPECT_EQ(creates_, 0);
}

TEST_F(PurchaseTest, frees_the_slots_of_the_dead_whose_tasks_have_ended_or_are_gone) {
  for (const char* status : {"completed", "gone"}) {
    ScriptedStore store;
    store.wait_behind(std::string("vid_") + status);
    tasks_ = {{"vid_completed", "completed"}};
    EXPECT_EQ(buy(store, 10).task->task_id, "vid_1") << status;
    EXPECT_THAT(store.freed, testing::ElementsAre(7)) << status;
  }
}

TEST_F(PurchaseTest, leaves_the_slot_of_a_dead_whose_task_is_unknown_for_a_moment) {
  ScriptedStore store;
  store.wait_behind("vid_gone");
  timeouts_.gone = Seconds(30);
  EXPECT_EQ(refusal(store, 1).kind, ErrorKind::Busy);
  EXPECT_TRUE(store.freed.empty());
  store.others.front().expires_at = client_.service_time() - 1;
  EXPECT_EQ(buy(store, 10).task->task_id, "vid_1");
  EXPECT_THAT(store.freed, testing::ElementsAre(7)) << "past its expiry one 404 is proof";
}

TEST_F(PurchaseTest, leaves_the_slot_of_a_dead_whose_task_runs) {
  ScriptedStore store;
  store.wait_behind("vid_running");
  tasks_ = {{"vid_running", "running"}};
  EXPECT_EQ(refusal(store, 1).kind, ErrorKind::Busy);
  EXPECT_TRUE(store.freed.empty());
}

TEST_F(PurchaseTest, leaves_the_slot_of_a_dead_of_whose_task_nothing_is_known) {
  for (const char* task_id : {"", "vid_7"}) {
    ScriptedStore store;
    store.wait_behind(task_id);
    of_others_ = 401;
    EXPECT_EQ(refusal(store, 1).kind, ErrorKind::Busy) << task_id;
    EXPECT_TRUE(store.freed.empty()) << task_id;
  }
}

TEST_F(PurchaseTest, waits_for_another_program_that_buys_the_same_and_buys_nothing_itself) {
  ScriptedStore store;
  store.claims = {store.offer(Claim::Kind::Wait, 0)};
  const Error error = refusal(store, 0.5);
  EXPECT_EQ(error.kind, ErrorKind::Busy);
  EXPECT_THAT(error.message, HasSubstr("another program"));
  EXPECT_EQ(creates_, 0);
}

TEST_F(PurchaseTest, buys_again_what_was_delivered_once_and_is_gone) {
  ScriptedStore store;
  store.claims = {store.offer(Claim::Kind::Finished, 5, "vid_gone"),
                  store.offer(Claim::Kind::New, 6)};
  EXPECT_EQ(buy(store, 10).task->task_id, "vid_1");
  EXPECT_EQ(store.settled[5], IntentState::Failed) << "never offered again";
  EXPECT_EQ(creates_, 1);
}

TEST_F(PurchaseTest, buys_nothing_again_while_the_service_cannot_be_asked_about_a_delivered_clip) {
  ScriptedStore store;
  store.claims = {store.offer(Claim::Kind::Finished, 5, "vid_5")};
  of_others_ = 401;
  EXPECT_EQ(refusal(store, 10).kind, ErrorKind::NotAuthorized);
  EXPECT_TRUE(store.settled.empty()) << "it may be there";
  EXPECT_EQ(creates_, 0);
}

TEST_F(PurchaseTest, resumes_the_task_of_a_dead_process_despite_a_short_outage) {
  ScriptedStore store;
  store.claims = {store.offer(Claim::Kind::Resume, 5, "vid_5")};
  tasks_ = {{"vid_5", "running"}};
  outages_ = 1;
  EXPECT_EQ(buy(store, 10).task->task_id, "vid_5");
  EXPECT_EQ(creates_, 0);
}

TEST_F(PurchaseTest, says_which_task_of_a_dead_is_paid_for_when_the_service_does_not_come_back) {
  ScriptedStore store;
  store.claims = {store.offer(Claim::Kind::Resume, 5, "vid_5")};
  outages_ = 1000;
  const Error error = refusal(store, 0.2);
  EXPECT_EQ(error.task_id, "vid_5");
  EXPECT_EQ(error.charge, Charge::Announced);
  EXPECT_TRUE(error.resumable);
  EXPECT_THAT(store.released, testing::ElementsAre(5)) << "for whoever asks next";
  EXPECT_EQ(creates_, 0);
}

TEST_F(PurchaseTest,
       buys_again_after_the_task_of_a_dead_process_ended_without_a_clip_or_was_deleted) {
  for (const char* status : {"failed", "expired", "gone"}) {
    ScriptedStore store;
    store.claims = {store.offer(Claim::Kind::Resume, 5, std::string("vid_") + status),
                    store.offer(Claim::Kind::New, 6)};
    tasks_ = {{"vid_failed", "failed"}, {"vid_expired", "expired"}};
    creates_ = 0;
    EXPECT_EQ(buy(store, 10).intent, 6) << status;
    EXPECT_EQ(store.settled[5], IntentState::Failed) << status;
    EXPECT_EQ(creates_, 1) << status;
  }
}

TEST_F(PurchaseTest, ends_when_a_store_keeps_offering_a_deleted_task) {
  ScriptedStore store;
  store.claims = {store.offer(Claim::Kind::Finished, 5, "vid_gone")};
  const Error error = refusal(store, 10);
  EXPECT_EQ(error.kind, ErrorKind::Store);
  EXPECT_THAT(error.text(), HasSubstr("reuse=never"));
  EXPECT_EQ(creates_, 0);
}

TEST_F(PurchaseTest, needs_the_list_without_a_model) {
  ScriptedStore store;
  settings_ = {};
  models_status_ = 500;
  const Error error = refusal(store, 0.3);
  EXPECT_EQ(error.kind, ErrorKind::Settings);
  EXPECT_THAT(error.text(), HasSubstr("set model"));
  EXPECT_EQ(creates_, 0);
}

TEST_F(PurchaseTest, buys_nothing_while_the_list_of_models_is_refused_at_a_pace) {
  for (const int status : {429, 503}) {
    ScriptedStore store;
    models_status_ = status;
    models_retry_after_ = "1";
    const Error error = refusal(store, 1.5);
    EXPECT_EQ(error.kind, ErrorKind::Busy);
    EXPECT_EQ(error.charge, Charge::None);
    EXPECT_EQ(creates_, 0);
  }
}

TEST_F(PurchaseTest, buys_nothing_below_a_ceiling_while_the_list_of_models_is_refused) {
  models_status_ = 429;
  for (const auto& [ceiling, value] :
       {std::pair("max_cost_cents", "100"), std::pair("budget", "series=100")}) {
    settings_.set(ceiling, value);
    ScriptedStore store;
    const Error error = refusal(store, 60);
    EXPECT_EQ(error.kind, ErrorKind::Budget) << ceiling;
    EXPECT_EQ(error.http_status, 429) << "what hides the price is named";
    EXPECT_EQ(error.request_id, "req_models");
    EXPECT_THAT(error.text(), HasSubstr("answered 429"));
    EXPECT_THAT(error.text(), HasSubstr("(request req_models)"));
    EXPECT_EQ(error.charge, Charge::None);
    settings_.reset(ceiling);
  }
  EXPECT_EQ(creates_, 0);
}

TEST_F(PurchaseTest, says_that_the_price_is_unknown_when_the_list_of_models_is_refused) {
  models_status_ = 429;
  ScriptedStore store;
  EXPECT_EQ(buy(store, 60).task->task_id, "vid_1");
  EXPECT_THAT(warnings_, testing::Contains(
                             testing::AllOf(HasSubstr("429"), HasSubstr("the price is unknown"))));
}

TEST_F(PurchaseTest, takes_a_task_whose_cost_is_unknown) {
  ScriptedStore store;
  created_ = R"({"task_id":"vid_1","status":"queued"})";
  EXPECT_EQ(buy(store, 10).task->task_id, "vid_1");
  EXPECT_EQ(store.recorded, "vid_1");
}

TEST_F(PurchaseTest, waits_for_a_slot_without_the_turn_whose_holder_may_free_it) {
  ScriptedStore store;
  // Sent long ago, and in no list: it was never created, and the request is bought.
  Claim lost = ScriptedStore::offer(Claim::Kind::Resume, 1);
  lost.intent.state = IntentState::Sending;
  store.claims = {lost, ScriptedStore::offer(Claim::Kind::New, 2)};
  int slots = 0;
  store.at_slot = [&] {
    CreateTurn holder(identity_.account);
    holder.take(context(0));
    ++slots;
  };
  EXPECT_EQ(buy(store, 10).task->task_id, "vid_1");
  EXPECT_EQ(slots, 1);
  EXPECT_EQ(creates_, 1);
}

TEST_F(PurchaseTest, leaves_a_task_to_another_program_that_is_sending_the_same_request) {
  ScriptedStore store;
  Intent other;
  other.id = 9;
  other.model = "m";
  other.state = IntentState::Sending;
  other.owned = true;
  store.others = {other};
  lost_answers_ = 1;
  listed_ = echoed("a fox");
  const Error error = refusal(store, 3);
  EXPECT_EQ(error.kind, ErrorKind::UnknownCreate);
  EXPECT_THAT(error.candidates, testing::ElementsAre("vid_9"));
  EXPECT_EQ(creates_, 1);
}

TEST_F(PurchaseTest, leaves_a_task_to_another_create_of_the_same_prompt_whatever_its_seed) {
  ScriptedStore store;
  Intent other;
  other.id = 9;
  other.request = "with another seed";
  other.model = "m";
  other.state = IntentState::Sending;
  other.owned = true;
  store.others = {other};
  lost_answers_ = 1;
  listed_ = echoed("a fox");
  EXPECT_EQ(refusal(store, 3).kind, ErrorKind::UnknownCreate);
  EXPECT_EQ(creates_, 1);
}

TEST_F(PurchaseTest, records_no_create_before_the_connection_is_ready) {
  ScriptedStore store;
  service_.connect = [&](const http::Request& request) {
    if (request.method != "POST") return;
    EXPECT_EQ(store.sendings, 0);
    throw http::TransportError(http::TransportError::Kind::Unreachable, "no route", false);
  };
  const Error error = refusal(store, 10);
  EXPECT_EQ(error.kind, ErrorKind::Network);
  EXPECT_EQ(error.charge, Charge::None);
  EXPECT_EQ(store.sendings, 0);
  EXPECT_EQ(store.settled[1], IntentState::Abandoned);
  EXPECT_EQ(creates_, 0);
}

TEST_F(PurchaseTest, sends_nothing_when_another_took_its_request_over_while_it_connected) {
  ScriptedStore store;
  store.claims = {store.offer(Claim::Kind::New, 1), store.offer(Claim::Kind::Resume, 5, "vid_5")};
  tasks_ = {{"vid_5", "running"}};
  service_.connect = [&](const http::Request& request) {
    if (request.method == "POST") store.lost_ownerships = 1;
  };
  EXPECT_EQ(buy(store, 10).task->task_id, "vid_5");
  EXPECT_EQ(creates_, 0);
}

TEST_F(PurchaseTest, sends_nothing_that_the_store_can_not_record) {
  ScriptedStore store;
  store.fails_at_sending = true;
  const Error error = refusal(store, 10);
  EXPECT_EQ(error.kind, ErrorKind::Store);
  EXPECT_EQ(error.charge, Charge::None);
  EXPECT_EQ(store.sendings, 1);
  EXPECT_EQ(store.settled[1], IntentState::Abandoned);
  EXPECT_EQ(creates_, 0);
}

TEST_F(PurchaseTest, sends_each_post_of_a_purchase_with_one_idempotency_key) {
  ScriptedStore store;
  refused_ = 1;
  EXPECT_EQ(buy(store, 10).task->task_id, "vid_1");
  ASSERT_EQ(idempotency_keys_.size(), 2u);
  EXPECT_EQ(idempotency_keys_[0], idempotency_keys_[1]);
  EXPECT_FALSE(idempotency_keys_[0].empty());
}

TEST_F(PurchaseTest, gives_up_at_once_where_the_service_asks_for_a_pause_beyond_the_deadline) {
  ScriptedStore store;
  refused_ = 1000;
  retry_after_ = 900;
  const double before = system_clock().elapsed();
  const Error error = refusal(store, 60);
  EXPECT_LT(system_clock().elapsed() - before, 5);
  EXPECT_EQ(error.charge, Charge::None);
  EXPECT_EQ(creates_, 1);
}

TEST_F(PurchaseTest, shares_the_task_of_a_living_process_instead_of_waiting_for_it) {
  ScriptedStore store;
  store.claims = {store.offer(Claim::Kind::Wait, 5, "vid_5")};
  tasks_ = {{"vid_5", "running"}};
  const Purchase found = buy(store, 10);
  EXPECT_EQ(found.task->task_id, "vid_5");
  EXPECT_EQ(found.intent, 0) << "it belongs to the other one";
  EXPECT_TRUE(found.is_shared);
  EXPECT_EQ(creates_, 0);
}

TEST_F(PurchaseTest, survives_a_404_of_a_proxy_while_it_resumes) {
  ScriptedStore store;
  store.claims = {store.offer(Claim::Kind::Resume, 5, "vid_5")};
  tasks_ = {{"vid_5", "running"}};
  proxy_404s_ = 2;
  EXPECT_EQ(buy(store, 10).task->task_id, "vid_5");
  EXPECT_TRUE(store.settled.empty());
  EXPECT_EQ(creates_, 0);
}

TEST_F(PurchaseTest, buys_nothing_when_it_is_cancelled_in_the_queue) {
  for (const bool in_the_store : {true, false}) {
    ScriptedStore store;
    store.wait_behind("vid_7");
    store.cancelled = in_the_store;
    cancelled_at_ = "vid_7";  // else while it asks whether the task in the slot has ended
    const Error error = refusal(store, 10);
    EXPECT_EQ(error.kind, ErrorKind::Cancelled);
    EXPECT_EQ(error.charge, Charge::None);
    EXPECT_EQ(creates_, 0);
    EXPECT_TRUE(store.freed.empty());
    EXPECT_EQ(store.settled[1], IntentState::Abandoned);
    EXPECT_THAT(warnings_, Not(testing::Contains(HasSubstr("the store failed"))));
  }
}

TEST_F(PurchaseTest, is_left_to_the_next_run_when_cancelled_while_it_looks_for_its_task) {
  ScriptedStore store;
  lost_answers_ = 1;
  cancelled_at_ = "tasks?limit=200";
  const Error error = refusal(store, 10);
  EXPECT_EQ(error.kind, ErrorKind::Cancelled);
  EXPECT_EQ(error.charge, Charge::Unknown);
  EXPECT_THAT(store.released, testing::ElementsAre(1));
  EXPECT_TRUE(store.settled.empty());
  EXPECT_EQ(creates_, 1);
}

TEST_F(PurchaseTest, is_recorded_until_it_is_cancelled) {
  int tries = 0;
  remember_at_last(context(10), [&] {
    if (++tries == 3) g_cancellable_cancel(cancellable_.get());
    throw Error(ErrorKind::Store, Step::Store, "the engine is gone");
  });
  EXPECT_EQ(tries, 3);
  remember_at_last(context(10), [&] {
    ++tries;
    throw Error(ErrorKind::Cancelled, Step::Store, "cancelled");
  });
  EXPECT_EQ(tries, 4);
  EXPECT_THAT(warnings_, testing::ElementsAre(HasSubstr("trying again")));
}

TEST_F(PurchaseTest, is_not_recorded_again_and_again_where_the_store_is_not_what_failed) {
  int tries = 0;
  remember_at_last(context(10), [&] {
    ++tries;
    throw Error(ErrorKind::File, Step::Download, "no such directory");
  });
  EXPECT_EQ(tries, 1);
  EXPECT_THAT(warnings_, testing::ElementsAre(HasSubstr("no such directory")));
}

}  // namespace
}  // namespace airforce
