// SPDX-License-Identifier: LGPL-2.1-or-later
// A purchase from a service whose answers have any value in any field that is only shown: it is
// made once, and its clip is found, in both public descriptions of the service.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "generation/follower.h"
#include "generation/purchase.h"
#include "quiet_work.h"
#include "scripted_service.h"
#include "support/temp_dir.h"
#include "values/mutations.h"

namespace airforce {
namespace {

class OddAnswers : public testing::Test {
 protected:
  OddAnswers() {
    settings_.set("model", "wan-2.6");
    settings_.set("progress_source", "poll");
    inputs_.prompt = "a fox";
  }

  // Buys and follows with `answer` as the answer to everything about the task.
  Task generate(const std::string& answer) {
    ScriptedService session([&](const http::Request& request, http::Response& response) {
      if (request.method == "POST") ++creates_;
      if (request.url.find("/models") != std::string::npos)
        response.body = R"({"data":[{"id":"wan-2.6","video_caps":{"price_per_second_cents":40}}]})";
      else if (request.url.ends_with("/tasks"))
        response.body = "{\"data\":[" + answer + "]}";
      else
        response.body = answer;
    });
    api::Client client(session, "http://127.0.0.1", "sk-air-of-a-test", clock_);
    const GenerationContext context =
        quiet_work(settings_, client, clock_, cancellable_.get(), 60, timeouts_);
    // A request of its own each time.
    const RequestIdentity identity{"account", std::to_string(++requests_), "wan-2.6", "a fox"};
    const Purchase bought = purchase(context, *store_, identity, inputs_);
    const Task task = follow_task(context, *bought.task, [](const Task&) {});
    store_->settle(bought.intent, IntentState::Delivered);
    return task;
  }

  const test::TempDir directory_;
  ShiftedClock clock_;
  Settings settings_;
  GenerationTimeouts timeouts_;
  GObjectPtr<GCancellable> cancellable_{g_cancellable_new()};
  Inputs inputs_;
  const std::unique_ptr<Store> store_ = open_store(directory_.file("store.sqlite"), clock_);
  int creates_ = 0;
  int requests_ = 0;
};

TEST_F(OddAnswers, lose_and_repeat_no_purchase) {
  test::for_each_mutation(test::task_answers(),
                          [&](const std::string& name, const std::string& json) {
                            if (name == "task_id" || name == "status" || name == "result_url")
                              return;
                            SCOPED_TRACE(json.substr(0, 300));
                            creates_ = 0;
                            const Task task = generate(json);
                            EXPECT_EQ(creates_, 1);
                            EXPECT_EQ(task.task_id, "vid_1");
                            EXPECT_EQ(task.status, TaskStatus::Completed);
                            EXPECT_EQ(task.result_url, test::kMutatedUrl);
                          });
}

}  // namespace
}  // namespace airforce
