// SPDX-License-Identifier: LGPL-2.1-or-later
// What a purchase makes of a store that fails while it waits. The store and the service are
// scripted: this moment can't be hit otherwise.
#include "generation/purchase.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scripted_service.h"

namespace airforce {
namespace {

using testing::HasSubstr;

// Has a slot after so many failures.
class FailingStore final : public Store {
 public:
  explicit FailingStore(int failing) : failures_(failing) {}

  int take_slot(std::int64_t, int) override {
    if (failures_-- > 0) throw Error(ErrorKind::Store, Step::Store, "the engine is gone");
    return 0;
  }
  Claim claim(const RequestIdentity&, Reusable) override {
    return {Claim::Kind::New, Intent{1}, {}};
  }
  void sending(std::int64_t, std::int64_t) override {}
  void created(std::int64_t, const std::string& task_id, std::int64_t, double) override {
    recorded = task_id;
  }
  void settle(std::int64_t, IntentState state) override { settled = state; }
  void release(std::int64_t) override {}
  bool knows_task(const std::string&, const std::string&) override { return false; }
  std::vector<Intent> intents(const std::string&, int) override { return {}; }
  void free_slot(std::int64_t) override {}
  void keep_clip(std::int64_t, const RequestIdentity&, const std::string&) override {}
  std::string take_warning() override { return {}; }

  std::string recorded;
  std::optional<IntentState> settled;

 private:
  int failures_;
};

class PurchaseTest : public testing::Test {
 protected:
  PurchaseTest() {
    settings_.set("model", "m");
    inputs_.prompt = "a fox";
  }

  Purchase buy(Store& store, double seconds) {
    const Work work{settings_,
                    client_,
                    system_clock(),
                    cancellable_.get(),
                    system_clock().elapsed() + seconds,
                    system_random(),
                    [this](const GenerationEvent& event) {
                      if (event.kind == GenerationEvent::Kind::Warning)
                        warnings_.push_back(event.text);
                    },
                    patience_};
    return purchase(work, store, identity_, inputs_);
  }

  int creates_ = 0;
  ScriptedService service_{[this](const http::Request& request, http::Answer& answer) {
    answer.body = R"({"data":[{"id":"m","output_modalities":["video"]}]})";
    if (request.method == "POST") {
      ++creates_;
      answer.body = R"({"task_id":"vid_1","status":"queued","cost_cents":5})";
    }
  }};
  api::Client client_{service_, "http://127.0.0.1", "sk-air-of-a-test"};
  Settings settings_;
  GenerationPatience patience_;
  GObjectPtr<GCancellable> cancellable_{g_cancellable_new()};
  RequestIdentity identity_;
  Inputs inputs_;
  std::vector<std::string> warnings_;
};

TEST_F(PurchaseTest, goes_on_when_a_store_that_was_lost_in_the_queue_comes_back) {
  FailingStore store(2);
  EXPECT_EQ(buy(store, 10).task->task_id, "vid_1");
  EXPECT_EQ(creates_, 1);
  EXPECT_EQ(store.recorded, "vid_1");
  EXPECT_THAT(warnings_, testing::Contains(HasSubstr("the engine is gone"))) << "said, and once";
  EXPECT_EQ(std::count_if(warnings_.begin(), warnings_.end(),
                          [](const std::string& text) { return text.find("engine") != text.npos; }),
            1);
}

TEST_F(PurchaseTest, buys_nothing_while_the_store_stays_lost) {
  FailingStore store(1000);
  try {
    buy(store, 0.5);
    FAIL() << "bought without a store";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::Store);
    EXPECT_EQ(error.charge, Charge::None);
  }
  EXPECT_EQ(creates_, 0);
  EXPECT_EQ(store.settled, IntentState::Abandoned);
}

}  // namespace
}  // namespace airforce
