// SPDX-License-Identifier: LGPL-2.1-or-later
// A purchase from a service whose answers and events have any value in any field that is only
// shown: it is made once, and its clip is found, in both public descriptions of the service.
#include <algorithm>

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

constexpr const char* kEventNames[] = {"progress", "state", "completed", "done", "error", ""};
constexpr const char* kRunning =
    R"({"task_id":"vid_1","status":"running","progress":50,"cost_cents":320})";

// An event stream that gives this text, and then ends.
class EndingEvents final : public http::ByteStream {
 public:
  EndingEvents(std::string text, bool& has_ended) : text_(std::move(text)), has_ended_(has_ended) {
    head_.status = 200;
    head_.headers.emplace_back("Content-Type", "text/event-stream");
  }
  Outcome next(std::size_t most, std::span<const char>& bytes, double, GCancellable*) override {
    bytes = std::span<const char>(text_).subspan(at_, std::min(most, text_.size() - at_));
    at_ += bytes.size();
    has_ended_ = bytes.empty();
    return has_ended_ ? Outcome::End : Outcome::Bytes;
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
  bool& has_ended_;
};

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
        response.body = models_;
      else if (request.url.ends_with("/tasks"))
        response.body = "{\"data\":[" + answer + "]}";
      else
        response.body = answer;
    });
    api::Client client(session, "http://127.0.0.1", "sk-air-of-a-test", clock_);
    const GenerationContext context =
        quiet_work(settings_, client, clock_, cancellable_.get(), 60, timeouts_);
    // A request of its own each time.
    const std::string number = std::to_string(++requests_);
    const RequestIdentity identity{"account " + number, number, "wan-2.6", "a fox"};
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
  std::string models_ = R"({"data":[{"id":"wan-2.6","video_caps":{"price_per_second_cents":40}}]})";
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

TEST_F(OddAnswers, about_models_lose_and_repeat_no_purchase) {
  const std::string completed = test::json_of(test::task_answers().front(), 99, std::nullopt);
  test::for_each_mutation(test::model_answers(),
                          [&](const std::string& name, const std::string& json) {
                            if (name == "id" || name == "video_caps")
                              return;  // these decide, before the purchase
                            SCOPED_TRACE(json.substr(0, 300));
                            creates_ = 0;
                            models_ = "{\"data\":[" + json + "]}";
                            EXPECT_EQ(generate(completed).result_url, test::kMutatedUrl);
                            EXPECT_EQ(creates_, 1);
                          });
}

TEST_F(OddAnswers, end_no_stream_and_hide_no_other_event) {
  bool has_ended = false;
  std::string text;
  ScriptedService session([](const http::Request&, http::Response&) {});
  session.stream = [&] { return std::make_unique<EndingEvents>(text, has_ended); };
  api::Client client(session, "http://127.0.0.1", "sk-air-of-a-test", clock_);
  std::size_t number = 0;
  test::for_each_mutation(test::task_answers(), [&](const std::string&, const std::string& json) {
    SCOPED_TRACE(json.substr(0, 300));
    const char* name = kEventNames[number++ % std::size(kEventNames)];
    text = test::event_of(name, json) + test::event_of("progress", kRunning);
    const auto stream = client.follow("vid_1", 10, cancellable_.get());
    Task last;
    while (stream->next(last, 10, cancellable_.get()) != api::TaskStream::Outcome::End) continue;
    EXPECT_EQ(last.status, TaskStatus::Running);
    EXPECT_EQ(last.progress, 50);
  });
}

// A stream is only a hint, in all of its fields: whatever it says, the task is followed to the end
// that its GET returns, without more questions than polling would ask.
TEST_F(OddAnswers, lose_no_purchase_in_an_event_and_ask_no_more_than_polling) {
  settings_.set("progress_source", "auto");
  constexpr double kPollInterval = 0.5;
  settings_.set("poll_interval", std::to_string(kPollInterval));
  const std::string completed = test::json_of(test::task_answers().front(), 99, std::nullopt);
  for (const test::Fields& fields : test::task_answers()) {
    for (std::size_t changed = 0; changed < fields.size(); ++changed) {
      SCOPED_TRACE(fields[changed].first);
      std::string text = test::event_of("state", test::json_of(fields, changed, std::nullopt));
      for (const std::string& value : test::other_values())
        text += test::event_of("state", test::json_of(fields, changed, value));
      bool has_ended = false;
      int questions = 0;
      ScriptedService session([&](const http::Request&, http::Response& response) {
        ++questions;
        response.body = has_ended ? completed : std::string(kRunning);
      });
      session.stream = [&] { return std::make_unique<EndingEvents>(text, has_ended); };
      api::Client client(session, "http://127.0.0.1", "sk-air-of-a-test", clock_);
      Task task;
      task.task_id = "vid_1";
      int progress = 0;
      const double start = clock_.elapsed();
      const Task final_task = follow_task(
          quiet_work(settings_, client, clock_, cancellable_.get(), 60, timeouts_), task,
          [&](const Task& seen) {
            EXPECT_EQ(seen.task_id, "vid_1");
            EXPECT_GE(seen.progress.value_or(progress), progress) << "progress goes back";
            progress = seen.progress.value_or(progress);
          });
      EXPECT_EQ(final_task.result_url, test::kMutatedUrl);
      EXPECT_LE(questions, 3 + (clock_.elapsed() - start) / kPollInterval);
    }
  }
}

}  // namespace
}  // namespace airforce
