// SPDX-License-Identifier: LGPL-2.1-or-later
// A purchase whose store and service are scripted.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "generation/generation_context.h"
#include "generation/inputs.h"
#include "generation/purchase.h"
#include "scripted_service.h"
#include "store/store.h"
#include "support/error_of.h"

namespace airforce::test {

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
  std::string clip_of(const Intent&) override { return {}; }
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
    return error_of([&] { buy(store, seconds); });
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

// What the list says of a task that echoes its prompt.
inline std::string echoed(const char* prompt) {
  return std::string(R"([{"task_id":"vid_9","model":"m","status":"running","prompt":")") + prompt +
         "\"}]";
}

}  // namespace airforce::test
