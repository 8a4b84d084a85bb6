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

TEST_F(Clocks, of_a_machine_that_slept_past_the_deadline_do_not_lose_a_task_that_was_completed) {
  const Task task = follow([&](int question) {
    if (question == 1) clock_.slept = 10 * kTimeout;
    return question == 1 ? "running" : "completed";
  });
  EXPECT_EQ(task.status, TaskStatus::Completed);
}

TEST_F(Clocks, of_a_machine_that_slept_count_for_the_deadline) {
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

TEST_F(Clocks, that_are_set_do_not_touch_the_deadline) {
  const Task task = follow([&](int question) {
    clock_.set = question % 2 == 0 ? -400 * 86'400 : 400 * 86'400;
    return question < 6 ? "running" : "completed";
  });
  EXPECT_EQ(task.status, TaskStatus::Completed);
}

// What the service's clock says of a lost create must not depend on when ours is set.
TEST_F(Clocks, that_are_set_after_the_service_told_its_time_do_not_change_it) {
  ScriptedService service([](const http::Request&, http::Response& answer) {
    answer.headers.emplace_back("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
    answer.body = R"({"data":[]})";
  });
  api::Client client(service, "http://127.0.0.1", "sk-air-of-a-test", clock_);
  client.models(cancellable_.get());
  const std::int64_t told = client.service_time();
  EXPECT_NEAR(static_cast<double>(told), 784111777, 2);
  clock_.set = 5'000;
  EXPECT_NEAR(static_cast<double>(client.service_time()), static_cast<double>(told), 2);
  clock_.slept = 3'600;
  EXPECT_NEAR(static_cast<double>(client.service_time()), static_cast<double>(told) + 3'600, 2);
}

}  // namespace
}  // namespace airforce
