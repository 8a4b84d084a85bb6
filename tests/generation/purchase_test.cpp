// SPDX-License-Identifier: LGPL-2.1-or-later
// What a purchase makes of what its store offers and how it fails. The store and the service are
// scripted: these moments can't be hit otherwise.
#include "generation/purchase.h"

#include <deque>
#include <functional>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "generation/create_turn.h"
#include "generation/remember.h"
#include "scripted_service.h"
#include "support/error_of.h"

namespace airforce {
namespace {

using testing::HasSubstr;
using testing::Not;

class ScriptedStore final : public Store {
 public:
  int take_slot(std::int64_t, int, const BudgetRequest&) override {
    if (at_slot) at_slot();
    if (cancelled) throw Error(ErrorKind::Cancelled, Step::Store, "cancelled");
    if (failures-- > 0) throw Error(ErrorKind::Store, Step::Store, "the engine is gone");
    return place;
  }
  // The last one is kept.
  Claim claim(const RequestIdentity&, Reusable) override {
    Claim offered = claims.front();
    if (claims.size() > 1) claims.pop_front();
    return offered;
  }
  void sending(std::int64_t, std::int64_t) override {
    ++sendings;
    if (fails_at_sending) throw Error(ErrorKind::Store, Step::Store, "the engine is gone");
    if (lost_ownerships-- > 0) throw LostOwnership("store");
  }
  double sending_holds_seconds() const override { return 1e9; }
  void record_charge(std::int64_t, BudgetShare::State, double) override {}
  std::optional<BudgetReport> budget(const std::string&) override { return {}; }
  void pin_clip(const RequestIdentity&, const std::string&) override {}
  void unpin_clips(const std::string&) override {}
  void created(std::int64_t, const std::string& task_id, std::int64_t, double) override {
    recorded = task_id;
  }
  void settle(std::int64_t intent, IntentState state) override { settled[intent] = state; }
  void release(std::int64_t intent) override { released.push_back(intent); }
  bool knows_task(const std::string&, const std::string&) override { return false; }
  std::vector<Intent> intents(const std::string&, int) override { return others; }
  void free_slot(std::int64_t intent) override {
    freed.push_back(intent);
    place = 0;
  }
  void keep_clip(std::int64_t, const RequestIdentity&, const std::string&) override {}
  std::string take_warning() override { return {}; }

  std::function<void()> at_slot;
  int failures = 0;        // of take_slot, before it works
  int place = 0;           // in the queue, until a slot is freed
  bool cancelled = false;  // while it waits for others
  int sendings = 0;
  bool fails_at_sending = false;
  int lost_ownerships = 0;  // that it answers before it lets a create be sent
  std::deque<Claim> claims = {offer(Claim::Kind::New, 1)};
  std::vector<Intent> others;

  std::string recorded;
  std::map<std::int64_t, IntentState> settled;
  std::vector<std::int64_t> released;
  std::vector<std::int64_t> freed;

  static Claim offer(Claim::Kind kind, std::int64_t id, const std::string& task_id = "") {
    Claim claim{kind, {}, {}};
    claim.intent.id = id;
    claim.intent.model = "m";
    claim.intent.task_id = task_id;
    if (!task_id.empty()) claim.intent.state = IntentState::Created;
    return claim;
  }
  // Somebody dead holds the slot that this one waits for.
  void wait_behind(const std::string& task_id) {
    place = 1;
    Intent orphan;
    orphan.id = 7;
    orphan.holds_slot = true;
    orphan.task_id = task_id;
    others = {orphan};
  }
};

class PurchaseTest : public testing::Test {
 protected:
  PurchaseTest() {
    settings_.set("model", "m");
    inputs_.prompt = "a fox";
    timeouts_.gone = Seconds(0);
    timeouts_.late_create = Seconds(2);
  }

  GenerationContext context(double seconds) {
    return {settings_,
            client_,
            system_clock(),
            cancellable_.get(),
            Deadline(system_clock(), Seconds(seconds)),
            system_random(),
            [this](const GenerationEvent& event) {
              if (event.kind == GenerationEvent::Kind::Warning) warnings_.push_back(event.text);
            },
            timeouts_};
  }

  Purchase buy(Store& store, double seconds) {
    return purchase(context(seconds), store, identity_, inputs_);
  }

  Error refusal(Store& store, double seconds) {
    return test::error_of([&] { buy(store, seconds); });
  }

  int creates_ = 0;
  int models_status_ = 200;
  std::string models_retry_after_;
  std::map<std::string, std::string> tasks_;  // what the service reports of them
  int of_others_ = 404;                       // the status for other tasks
  int outages_ = 0;                           // of questions for a task, before one is answered
  int refused_ = 0;                           // creates that are answered by a 429
  int retry_after_ = 0;                       // in that
  int proxy_404s_ = 0;                        // in HTML, of questions for a task
  std::vector<std::string> idempotency_keys_;
  int lost_answers_ = 0;      // of creates, before one arrives
  std::string cancelled_at_;  // the last part of the URL whose answer is not waited for
  std::string created_ = R"({"task_id":"vid_1","status":"queued","cost_cents":5})";
  std::string listed_ = "[]";
  ScriptedService service_{[this](const http::Request& request, http::Response& answer) {
    const std::string last = request.url.substr(request.url.rfind('/') + 1);
    if (last == cancelled_at_) {
      g_cancellable_cancel(cancellable_.get());
      throw http::TransportError(http::TransportError::Kind::Cancelled, "cancelled");
    }
    if (request.method == "POST") {
      ++creates_;
      for (const auto& [name, value] : request.headers) {
        if (name == "Idempotency-Key") idempotency_keys_.push_back(value);
      }
      if (refused_-- > 0) {
        answer.status = 429;
        answer.headers.emplace_back("Retry-After", std::to_string(retry_after_));
        return;
      }
      if (lost_answers_-- > 0)
        throw http::TransportError(http::TransportError::Kind::Lost, "cut off");
      answer.body = created_;
    } else if (last == "models") {
      answer.status = models_status_;
      answer.headers.emplace_back("X-Request-ID", "req_models");
      if (!models_retry_after_.empty())
        answer.headers.emplace_back("Retry-After", models_retry_after_);
      answer.body = R"({"data":[{"id":"m","output_modalities":["video"]}]})";
    } else if (last.starts_with("tasks?")) {
      answer.body = listed_;
    } else if (proxy_404s_-- > 0) {
      answer.status = 404;
      answer.body = "<html>not found</html>";
    } else if (outages_-- > 0) {
      answer.status = 500;
    } else if (tasks_.count(last) > 0) {
      answer.body = R"({"task_id":")" + last + R"(","status":")" + tasks_[last] + "\"}";
    } else {
      answer.status = of_others_;
      answer.body = R"({"error":{"message":"no"}})";
    }
  }};
  api::Client client_{service_, "http://127.0.0.1", "sk-air-of-a-test"};
  Settings settings_;
  GenerationTimeouts timeouts_;
  GObjectPtr<GCancellable> cancellable_{g_cancellable_new()};
  // Each test has an account of its own: a pause holds for all creates of one.
  RequestIdentity identity_{testing::UnitTest::GetInstance()->current_test_info()->name(), "", "",
                            ""};
  Inputs inputs_;
  std::vector<std::string> warnings_;
};

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

// What the list says of a task that echoes its prompt.
std::string echoed(const char* prompt) {
  return std::string(R"([{"task_id":"vid_9","model":"m","status":"running","prompt":")") + prompt +
         "\"}]";
}

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
