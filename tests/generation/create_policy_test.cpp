// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/create_policy.h"

#include <gtest/gtest.h>

namespace airforce {
namespace {

Error answered(int status, double retry_after = -1) {
  Error error(ErrorKind::Server, Step::Create, "answered");
  error.http_status = status;
  error.retry_after_seconds = retry_after;
  return error;
}

Error lost(bool delivered) {
  Error error(ErrorKind::Network, Step::Create, "lost");
  error.delivered = delivered;
  return error;
}

Task task(const char* id, std::int64_t created) {
  Task made;
  made.task_id = id;
  made.model = "wan-2.6";
  made.created = created;
  return made;
}

constexpr CreateWindow kWindow{1000, 1060};

TEST(CreatePolicy, sends_again_what_never_reached_the_service) {
  EXPECT_EQ(create_outcome(lost(false)), CreateOutcome::NotDelivered);
}

TEST(CreatePolicy, never_sends_again_what_may_have_been_carried_out) {
  EXPECT_EQ(create_outcome(lost(true)), CreateOutcome::Unknown);
  for (const int status : {408, 500, 502, 503, 504, 520})
    EXPECT_EQ(create_outcome(answered(status)), CreateOutcome::Unknown) << status;
}

TEST(CreatePolicy, a_success_that_can_not_be_read_is_unknown) {
  EXPECT_EQ(create_outcome(answered(200)), CreateOutcome::Unknown);
  EXPECT_EQ(create_outcome(answered(201)), CreateOutcome::Unknown);
}

TEST(CreatePolicy, waits_when_the_service_sets_a_pace) {
  EXPECT_EQ(create_outcome(answered(429)), CreateOutcome::Paced);
  EXPECT_EQ(create_outcome(answered(429, 3)), CreateOutcome::Paced);
  EXPECT_EQ(create_outcome(answered(503, 3)), CreateOutcome::Paced);
}

TEST(CreatePolicy, gives_up_what_is_refused_for_good) {
  for (const int status : {301, 307, 400, 401, 402, 403, 404, 409, 422, 501, 505})
    EXPECT_EQ(create_outcome(answered(status)), CreateOutcome::Refused) << status;
}

TEST(CreatePolicy, a_task_made_in_the_window_with_the_same_model_may_be_the_lost_one) {
  const auto found = matching_tasks({task("ours", 1030)}, "wan-2.6", "a fox", 5, kWindow);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].task_id, "ours");
}

TEST(CreatePolicy, tasks_from_before_or_after_are_not_the_lost_one) {
  EXPECT_TRUE(
      matching_tasks({task("early", 999), task("late", 1061)}, "wan-2.6", "a fox", 5, kWindow)
          .empty());
}

TEST(CreatePolicy, a_task_of_another_model_prompt_or_duration_is_not_the_lost_one) {
  Task other_model = task("model", 1030);
  other_model.model = "kling-1";
  Task other_prompt = task("prompt", 1030);
  other_prompt.prompt = "a dragon";
  Task other_duration = task("duration", 1030);
  other_duration.duration_seconds = 10;
  EXPECT_TRUE(
      matching_tasks({other_model, other_prompt, other_duration}, "wan-2.6", "a fox", 5, kWindow)
          .empty());
}

TEST(CreatePolicy, what_the_list_does_not_tell_excludes_nothing) {
  Task bare;
  bare.task_id = "bare";
  EXPECT_EQ(matching_tasks({bare}, "wan-2.6", "a fox", 5, kWindow).size(), 1u);
}

TEST(CreatePolicy, the_window_allows_for_clocks_that_differ_a_little) {
  const CreateWindow window = create_window(1000, 1002);
  EXPECT_LT(window.from, 1000);
  EXPECT_GT(window.to, 1002);
  EXPECT_LT(window.to - window.from, 60);
}

TEST(CreatePolicy, a_task_that_agrees_in_all_that_is_told_may_be_the_lost_one) {
  Task told = task("ours", 1030);
  told.prompt = "a fox";
  told.duration_seconds = 5;
  EXPECT_EQ(matching_tasks({told}, "wan-2.6", "a fox", 5, kWindow).size(), 1u);
}

TEST(CreatePolicy, a_task_without_an_id_can_not_be_gone_on_with) {
  EXPECT_TRUE(matching_tasks({task("", 1030)}, "wan-2.6", "a fox", 5, kWindow).empty());
}

}  // namespace
}  // namespace airforce
