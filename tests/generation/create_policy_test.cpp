// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/create_policy.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace airforce {
namespace {

Error answered(int status, double retry_after = -1) {
  Error error(ErrorKind::Server, Step::Create, "answered");
  error.http_status = status;
  error.retry_after_seconds = retry_after;
  return error;
}

Error broken(bool delivered) {
  Error error(ErrorKind::Network, Step::Create, "lost");
  error.delivered = delivered;
  return error;
}

LostCreate lost() {
  LostCreate create;
  create.sent_at = 1000;
  create.model = "wan-2.6";
  create.prompt = "a fox";
  create.duration_seconds = 5;
  create.price_cents = 200;
  return create;
}

// A task of a service that echoes no prompts.
Task task(const char* id, std::int64_t created) {
  Task made;
  made.task_id = id;
  made.model = "wan-2.6";
  made.created = created;
  made.duration_seconds = 5;
  made.cost_cents = 200;
  return made;
}

Task echoing(const char* id, std::int64_t created, const char* prompt) {
  Task made = task(id, created);
  made.prompt = prompt;
  return made;
}

std::string ours(const std::vector<Task>& tasks, const LostCreate& create = lost()) {
  const LostTaskMatch match = judge_list(tasks, create);
  return match.ours ? match.ours->task_id : "";
}

std::size_t candidates(const std::vector<Task>& tasks, const LostCreate& create = lost()) {
  return judge_list(tasks, create).candidates.size();
}

TEST(CreatePolicy, sends_again_what_never_reached_the_service) {
  EXPECT_EQ(create_outcome(broken(false)), CreateOutcome::NotDelivered);
}

TEST(CreatePolicy, never_sends_again_what_may_have_been_carried_out) {
  EXPECT_EQ(create_outcome(broken(true)), CreateOutcome::Unknown);
  for (const int status : {303, 408, 460, 499, 500, 502, 503, 504, 520})
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

TEST(CreatePolicy, gives_up_what_is_refused_permanently) {
  for (const int status : {301, 307, 400, 401, 402, 403, 404, 409, 422, 501, 505})
    EXPECT_EQ(create_outcome(answered(status)), CreateOutcome::Refused) << status;
}

TEST(CreatePolicy, gives_up_a_locked_account_that_says_no_time) {
  Error locked = answered(429);
  locked.api_code = "account_temporarily_locked";
  EXPECT_EQ(create_outcome(locked), CreateOutcome::Refused);
  locked.retry_after_seconds = 900;
  EXPECT_EQ(create_outcome(locked), CreateOutcome::Paced) << "the deadline decides";
}

TEST(LostTask, is_proven_by_its_prompt_however_late_it_was_created) {
  EXPECT_EQ(ours({echoing("a", 1000, "a fox")}), "a");
  EXPECT_EQ(ours({echoing("a", 1120, "a fox")}), "a") << "behind a gateway that gave up";
  EXPECT_EQ(ours({echoing("a", 1000, " a fox\n")}), "a");
}

TEST(LostTask, is_not_ours_with_another_prompt_model_or_duration) {
  Task model = task("b", 1000);
  model.model = "kling-1";
  Task duration = echoing("c", 1000, "a fox");
  duration.duration_seconds = 10;
  EXPECT_EQ(candidates({echoing("a", 1000, "a dog"), model, duration}), 0u);
}

TEST(LostTask, is_not_ours_with_another_shape_or_quality) {
  LostCreate asked = lost();
  asked.aspect_ratio = "16:9";
  asked.quality = "480p";
  Task tall = echoing("a", 1000, "a fox");
  tall.aspect_ratio = "9:16";
  Task sharp = echoing("b", 1000, "a fox");
  sharp.quality = "1080p";
  EXPECT_TRUE(judge_list({tall, sharp}, asked).candidates.empty());
  sharp.quality = "480P";
  EXPECT_TRUE(judge_list({sharp}, asked).ours);
}

TEST(LostTask, is_proven_without_an_echo_by_model_duration_cost_and_second) {
  EXPECT_EQ(ours({task("a", 1000)}), "a");
  EXPECT_EQ(ours({task("a", 1000 + kCreateSeconds)}), "a");
  EXPECT_EQ(ours({task("a", 999)}), "") << "another client's, a second before";
  EXPECT_EQ(ours({task("a", 1060)}), "") << "another client's, or a late one";
  EXPECT_EQ(candidates({task("a", 1060)}), 1u);
  for (const auto& forget :
       {+[](Task& t) { t.cost_cents.reset(); }, +[](Task& t) { t.duration_seconds.reset(); },
        +[](Task& t) { t.created.reset(); }, +[](Task& t) { t.model.clear(); },
        +[](Task& t) { t.cost_cents = 100; }}) {
    Task odd = task("a", 1000);
    forget(odd);
    EXPECT_EQ(ours({odd}), "");
    EXPECT_EQ(candidates({odd}), 1u) << "it may be ours";
  }
}

TEST(LostTask, is_not_proven_without_an_echo_and_a_price) {
  LostCreate unpriced = lost();
  unpriced.price_cents.reset();
  EXPECT_EQ(ours({task("a", 1000)}, unpriced), "");
  EXPECT_EQ(ours({echoing("a", 1000, "a fox")}, unpriced), "a");
}

TEST(LostTask, is_not_proven_where_two_fit) {
  EXPECT_EQ(ours({task("a", 1000), task("b", 1001)}), "");
  EXPECT_EQ(ours({echoing("a", 1000, "a fox"), echoing("b", 1001, "a fox")}), "");
  EXPECT_EQ(ours({echoing("a", 1000, "a fox"), task("b", 1001)}), "a");
}

TEST(LostTask, is_none_that_is_older_than_the_request_or_later_than_it_can_be) {
  EXPECT_EQ(candidates({task("a", -9000), echoing("b", -9000, "a fox"), task("c", 9000)}), 0u);
}

// A service whose database is in another time zone than its answers.
TEST(LostTask, may_be_ours_though_its_time_is_an_hour_off) {
  for (const std::int64_t created : {1000 - 3600, 1000 + 3600, 1170 + 3600}) {
    EXPECT_EQ(candidates({echoing("a", created, "a fox")}), 1u) << created;
    EXPECT_EQ(ours({echoing("a", created, "a fox")}), "") << "or an older one of another store";
    Task other = task("a", created);
    other.cost_cents = 1;
    EXPECT_EQ(candidates({task("a", created)}), 1u) << "with our duration and cost";
    EXPECT_EQ(candidates({other}), 0u);
    EXPECT_EQ(ours({task("a", created)}), "");
    EXPECT_EQ(ours({echoing("a", created, "a fox"), echoing("b", 1001, "a fox")}), "b");
  }
}

TEST(LostTask, is_proven_by_its_prompt_and_a_time_whose_skew_is_known) {
  for (const std::int64_t skew : {-3600, 3600, 7200}) {
    LostCreate skewed = lost();
    skewed.created_skew = skew;
    EXPECT_EQ(ours({echoing("a", 1001 + skew, "a fox")}, skewed), "a");
    EXPECT_EQ(candidates({echoing("a", 1001, "a fox")}, skewed), 0u) << "an older or a newer one";
    EXPECT_EQ(ours({task("a", 1001 + skew)}, skewed), "") << "by the second alone, unsure";
    EXPECT_EQ(candidates({task("a", 1001 + skew)}, skewed), 1u);
  }
  LostCreate exact = lost();
  exact.created_skew = 0;
  EXPECT_EQ(candidates({echoing("a", 990, "a fox"), task("b", 990)}, exact), 0u);
  EXPECT_EQ(ours({task("a", 1000)}, exact), "a");
}

TEST(LostTask, is_not_proven_by_times_of_a_clock_that_may_have_been_set) {
  LostCreate by_ours = lost();
  by_ours.by_service_clock = false;
  EXPECT_EQ(ours({task("a", 1000)}, by_ours), "");
  EXPECT_EQ(ours({echoing("a", 1000, "a fox")}, by_ours), "") << "may be an older one";
  EXPECT_EQ(candidates({task("a", 5)}, by_ours), 1u);
}

TEST(LostTask, is_a_candidate_that_cannot_be_adopted_without_an_id) {
  EXPECT_EQ(ours({echoing("", 1000, "a fox")}), "");
  EXPECT_EQ(candidates({echoing("", 1000, "a fox")}), 1u);
}

}  // namespace
}  // namespace airforce
