// SPDX-License-Identifier: LGPL-2.1-or-later
// How a task is followed where its event stream, its answers and the deadline do not agree.
#include "generation/follower.h"

#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "generation/known_task.h"
#include "quiet_work.h"
#include "scripted_service.h"
#include "support/error_of.h"

namespace airforce {
namespace {

// An event stream that gives one event, if any, and then nothing; each silence does what the test
// says.
class ScriptedEvents final : public http::ByteStream {
 public:
  ScriptedEvents(std::string event, std::function<void()> silence)
      : event_(std::move(event)), silence_(std::move(silence)) {
    head_.status = 200;
    head_.headers.emplace_back("Content-Type", "text/event-stream");
  }

  Outcome next(std::size_t most, std::span<const char>& bytes, double, GCancellable*) override {
    given_ = std::exchange(event_, {}).substr(0, most);
    bytes = given_;
    if (!bytes.empty()) return Outcome::Bytes;
    silence_();
    return Outcome::Silent;
  }

 private:
  std::string event_;
  std::string given_;
  std::function<void()> silence_;
};

// Each look at it takes a minute and a half, so that no wait is a long one.
struct RunningClock final : Clock {
  double elapsed() const override { return now += 90; }
  std::int64_t unix_time() const override { return system_clock().unix_time(); }
  mutable double now = 0;
};

class FollowerTest : public testing::Test {
 protected:
  GenerationContext context(double seconds, const Clock& clock) {
    return quiet_work(settings_, client_, clock, cancellable_.get(), seconds, timeouts_);
  }

  Task follow(double seconds) {
    Task task;
    task.task_id = "vid_1";
    return follow_task(context(seconds, clock_), task, [](const Task&) {});
  }

  int questions_ = 0;
  std::function<const char*()> status_ = [] { return "running"; };
  std::function<std::string()> answered_id_ = [] { return "vid_1"; };
  ScriptedService service_{[this](const http::Request&, http::Response& answer) {
    ++questions_;
    const char* status = status_();
    if (*status == '\0') answer.status = 500;
    answer.body = R"({"task_id":")" + answered_id_() + R"(","status":")" + status +
                  R"(","result_url":"https://cdn.example/)" + answered_id_() + "\"}";
  }};
  ShiftedClock clock_;
  api::Client client_{service_, "http://127.0.0.1", "sk-air-of-a-test", clock_};
  Settings settings_;
  GenerationTimeouts timeouts_;
  GObjectPtr<GCancellable> cancellable_{g_cancellable_new()};
};

TEST_F(FollowerTest, does_not_ask_again_at_the_deadline_what_it_has_just_asked) {
  settings_.set("progress_source", "poll");
  settings_.set("poll_interval", "60");
  EXPECT_EQ(test::error_of([&] { follow(0.2); }).kind, ErrorKind::Timeout);
  EXPECT_EQ(questions_, 1);
}

TEST_F(FollowerTest, takes_neither_the_end_nor_the_clip_of_another_task) {
  settings_.set("poll_interval", "0.1");
  for (const char* progress_source : {"poll", "auto"}) {
    settings_.set("progress_source", progress_source);
    service_.stream = [&] {
      return std::make_unique<ScriptedEvents>(
          "data: {\"task_id\":\"vid_2\",\"status\":\"failed\"}\n\n", [&] { clock_.slept += 0.1; });
    };
    questions_ = 0;
    for (const char* status : {"completed", "failed"}) {
      status_ = [&] { return questions_ < 3 ? status : "completed"; };
      answered_id_ = [&] { return questions_ < 3 ? "vid_2" : "VID_1"; };
      const Task task = follow(30);
      EXPECT_EQ(task.task_id, "vid_1");
      EXPECT_EQ(task.status, TaskStatus::Completed);
      EXPECT_EQ(task.result_url, "https://cdn.example/VID_1");
    }
  }
}

TEST_F(FollowerTest, names_the_other_task_where_the_service_answers_about_no_other) {
  settings_.set("progress_source", "poll");
  settings_.set("poll_interval", "0.1");
  answered_id_ = [] { return "vid_2"; };
  const Error error = test::error_of([&] { follow(0.3); });
  EXPECT_EQ(error.kind, ErrorKind::Timeout);
  EXPECT_THAT(error.message, testing::HasSubstr("the service answers about 'vid_2'"));
}

TEST_F(FollowerTest, reopens_a_stream_that_was_silent_for_long) {
  settings_.set("poll_interval", "0.1");
  int opened = 0;
  service_.stream = [&] {
    ++opened;
    return std::make_unique<ScriptedEvents>("", [&] { clock_.slept += opened == 1 ? 61 : 0.1; });
  };
  status_ = [&] { return opened < 2 ? "running" : "completed"; };
  EXPECT_EQ(follow(900).status, TaskStatus::Completed);
  EXPECT_EQ(opened, 2);
}

TEST_F(FollowerTest, asks_again_soon_when_the_stream_says_more_than_the_answer) {
  settings_.set("poll_interval", "60");
  service_.stream = [&] {
    return std::make_unique<ScriptedEvents>("data: {\"status\":\"completed\"}\n\n",
                                            [&] { clock_.slept += 0.1; });
  };
  status_ = [&] { return questions_ < 2 ? "running" : "completed"; };
  EXPECT_EQ(follow(30).status, TaskStatus::Completed) << "half an interval is enough";
  EXPECT_EQ(questions_, 2);
}

TEST_F(FollowerTest, gives_up_after_some_tries_before_it_has_begun) {
  const RunningClock clock;
  status_ = [] { return ""; };
  const Error error = test::error_of([&] { get_task(context(1e9, clock), "vid_1"); });
  EXPECT_EQ(error.kind, ErrorKind::Server);
  EXPECT_EQ(questions_, 5);
}

}  // namespace
}  // namespace airforce
