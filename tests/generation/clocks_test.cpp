// SPDX-License-Identifier: LGPL-2.1-or-later
// A machine that sleeps, and a wall clock that is set, while a task runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "generation/follower.h"
#include "quiet_work.h"
#include "scripted_service.h"
#include "support/error_of.h"

namespace airforce {
namespace {

constexpr double kTimeout = 900;  // s

class Clocks : public testing::Test {
 protected:
  Clocks() {
    settings_.set("progress_source", "poll");
    settings_.set("poll_interval", "0.1");
  }

  // Follows a task of which the n-th question (from 1) gets answer(n).
  Task follow(std::function<const char*(int)> answer) {
    int question = 0;
    ScriptedService service([&](const http::Request&, http::Response& to) {
      to.body = std::string(R"({"task_id":"vid_1","status":")") + answer(++question) + "\"}";
    });
    api::Client client(service, "http://127.0.0.1", "sk-air-of-a-test", clock_);
    Task task;
    task.task_id = "vid_1";
    return follow_task(
        quiet_work(settings_, client, clock_, cancellable_.get(), kTimeout, timeouts_), task,
        [](const Task&) {});
  }

  ShiftedClock clock_;
  Settings settings_;
  GenerationTimeouts timeouts_;
  GObjectPtr<GCancellable> cancellable_{g_cancellable_new()};
};

TEST_F(Clocks, lose_no_completed_task_when_the_machine_slept_past_the_deadline) {
  const Task task = follow([&](int question) {
    if (question == 1) clock_.slept = 10 * kTimeout;
    return question == 1 ? "running" : "completed";
  });
  EXPECT_EQ(task.status, TaskStatus::Completed);
}

TEST_F(Clocks, count_the_sleep_of_the_machine_for_the_deadline) {
  int questions = 0;
  const Error error = test::error_of([&] {
    follow([&](int question) {
      questions = question;
      if (question == 1) clock_.slept = 10 * kTimeout;
      return "running";
    });
  });
  EXPECT_EQ(error.kind, ErrorKind::Timeout);
  EXPECT_EQ(questions, 2) << "once more, and no more";
}

TEST_F(Clocks, do_not_move_the_deadline_when_set) {
  const Task task = follow([&](int question) {
    clock_.set = question % 2 == 0 ? -400 * 86'400 : 400 * 86'400;
    return question < 6 ? "running" : "completed";
  });
  EXPECT_EQ(task.status, TaskStatus::Completed);
}

// What the service's clock says of a lost create must not depend on when ours is set.
TEST_F(Clocks, do_not_change_the_time_of_the_service_when_set_later) {
  ScriptedService service([](const http::Request&, http::Response& answer) {
    answer.headers.emplace_back("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
    answer.body = R"({"data":[]})";
  });
  api::Client client(service, "http://127.0.0.1", "sk-air-of-a-test", clock_);
  client.models(cancellable_.get());
  const std::int64_t reported = client.service_time();
  EXPECT_NEAR(static_cast<double>(reported), 784111777, 2);
  clock_.set = 5'000;
  EXPECT_NEAR(static_cast<double>(client.service_time()), static_cast<double>(reported), 2);
  clock_.slept = 3'600;
  EXPECT_NEAR(static_cast<double>(client.service_time()), static_cast<double>(reported) + 3'600, 2);
}

}  // namespace
}  // namespace airforce
