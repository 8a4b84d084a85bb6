// SPDX-License-Identifier: LGPL-2.1-or-later
// Which task a purchase takes for its own when the answer to its create was lost, or names none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "purchase_fixture.h"

namespace airforce {
namespace {

using test::echoed;
using test::PurchaseTest;
using test::ScriptedStore;
using testing::HasSubstr;
using testing::Not;

TEST_F(PurchaseTest, adopts_the_task_that_echoes_its_prompt_after_a_lost_answer) {
  ScriptedStore store;
  lost_answers_ = 1;
  listed_ = echoed("a fox");
  EXPECT_EQ(buy(store, 10).task->task_id, "vid_9");
  EXPECT_EQ(store.recorded, "vid_9");
  EXPECT_EQ(creates_, 1);
}

TEST_F(PurchaseTest, leaves_the_task_of_another_prompt_alone_after_a_lost_answer) {
  ScriptedStore store;
  lost_answers_ = 1;
  listed_ = echoed("a dog");
  const Error error = refusal(store, 10);
  EXPECT_EQ(error.kind, ErrorKind::UnknownCreate);
  EXPECT_EQ(error.charge, Charge::Unknown);
  EXPECT_TRUE(error.candidates.empty());
  EXPECT_THAT(store.released, testing::ElementsAre(1)) << "for the next run to look again";
  EXPECT_EQ(creates_, 1);
}

TEST_F(PurchaseTest, sends_no_second_create_in_a_run_whose_create_is_unknown) {
  for (const char* list : {"[]", R"([{"task_id":"vid_9","model":"m","status":"running"}])"}) {
    ScriptedStore store;
    lost_answers_ = 1;
    creates_ = 0;
    listed_ = list;
    const Error error = refusal(store, 30);
    EXPECT_EQ(error.kind, ErrorKind::UnknownCreate) << list;
    EXPECT_EQ(error.charge, Charge::Unknown) << list;
    EXPECT_THAT(error.text(), Not(HasSubstr("nothing was charged")));
    EXPECT_EQ(creates_, 1) << list;
  }
}

TEST_F(PurchaseTest,
       leaves_the_known_task_of_another_purchase_alone_however_the_list_writes_its_id) {
  for (const char* id : {"vid_9", "VID_9", "9"}) {
    ScriptedStore store;
    lost_answers_ = 1;
    listed_ = echoed("a fox");
    Intent other;
    other.id = 5;
    other.state = IntentState::Created;
    other.task_id = id;
    store.others = {other};
    EXPECT_EQ(refusal(store, 10).kind, ErrorKind::UnknownCreate) << id;
  }
}

TEST_F(PurchaseTest, buys_in_a_later_run_where_all_that_may_be_its_own_was_refunded) {
  const auto list = [](const char* status, const char* cost) {
    return std::string(R"([{"task_id":"vid_9","model":"m","status":")") + status +
           R"(","cost_cents":)" + cost + "}]";
  };
  // Sent long ago.
  Claim lost = ScriptedStore::offer(Claim::Kind::Resume, 1);
  lost.intent.state = IntentState::Sending;
  for (const char* status : {"failed", "expired"}) {
    ScriptedStore store;
    store.claims = {lost, ScriptedStore::offer(Claim::Kind::New, 2)};
    listed_ = list(status, "0");
    creates_ = 0;
    EXPECT_EQ(buy(store, 10).task->task_id, "vid_1") << status;
    EXPECT_EQ(store.settled.at(1), IntentState::Abandoned);
    EXPECT_EQ(creates_, 1);
  }
  // The service has not said that these cost nothing.
  for (const auto& [status, cost] :
       {std::pair("failed", "5"), std::pair("failed", "null"), std::pair("completed", "0")}) {
    ScriptedStore store;
    store.claims = {lost};
    listed_ = list(status, cost);
    creates_ = 0;
    EXPECT_EQ(refusal(store, 10).kind, ErrorKind::UnknownCreate) << status << cost;
    EXPECT_EQ(creates_, 0);
  }
  // Not in the run whose create it is.
  ScriptedStore store;
  lost_answers_ = 1;
  creates_ = 0;
  listed_ = list("failed", "0");
  EXPECT_EQ(refusal(store, 10).kind, ErrorKind::UnknownCreate);
  EXPECT_EQ(creates_, 1);
}

TEST_F(PurchaseTest, names_the_tasks_that_may_be_its_own_where_none_is_proven) {
  ScriptedStore store;
  lost_answers_ = 1;
  listed_ = R"([{"task_id":"vid_8","model":"m"},{"task_id":"vid_9","model":"m"}])";
  const Error error = refusal(store, 10);
  EXPECT_THAT(error.candidates, testing::ElementsAre("vid_8", "vid_9"));
  EXPECT_THAT(error.text(), testing::AllOf(HasSubstr("vid_8"), HasSubstr("vid_9"),
                                           HasSubstr("at no charge"), HasSubstr("reuse=never")));
}

TEST_F(PurchaseTest, looks_for_a_task_whose_id_the_service_does_not_know_before_it_buys_again) {
  ScriptedStore store;
  store.claims = {store.offer(Claim::Kind::Resume, 5, "vid_of_nobody"),
                  store.offer(Claim::Kind::New, 6)};
  listed_ = echoed("a fox");
  EXPECT_EQ(buy(store, 10).task->task_id, "vid_9");
  EXPECT_EQ(store.recorded, "vid_9");
  EXPECT_TRUE(store.settled.empty());
  EXPECT_EQ(creates_, 0);
}

TEST_F(PurchaseTest, buys_nothing_while_a_task_may_be_that_whose_id_the_service_does_not_know) {
  ScriptedStore store;
  store.claims = {store.offer(Claim::Kind::Resume, 5, "vid_of_nobody"),
                  store.offer(Claim::Kind::New, 6)};
  listed_ = R"([{"task_id":"vid_8","model":"m"},{"task_id":"vid_9","model":"m"}])";
  const Error error = refusal(store, 10);
  EXPECT_EQ(error.kind, ErrorKind::UnknownCreate);
  EXPECT_EQ(error.charge, Charge::Unknown);
  EXPECT_THAT(error.candidates, testing::ElementsAre("vid_8", "vid_9"));
  EXPECT_THAT(error.message, HasSubstr("does not know task vid_of_nobody"));
  EXPECT_THAT(store.released, testing::ElementsAre(5));
  EXPECT_TRUE(store.settled.empty());
  EXPECT_EQ(creates_, 0);
}

TEST_F(PurchaseTest, looks_in_no_list_for_a_task_that_has_expired) {
  ScriptedStore store;
  store.claims = {store.offer(Claim::Kind::Resume, 5, "vid_gone"),
                  store.offer(Claim::Kind::New, 6)};
  store.claims.front().intent.expires_at = client_.service_time() - 10;
  listed_ = R"([{"task_id":"vid_8","model":"m"},{"task_id":"vid_9","model":"m"}])";
  EXPECT_EQ(buy(store, 10).intent, 6);
  EXPECT_EQ(store.settled[5], IntentState::Failed);
}

}  // namespace
}  // namespace airforce
