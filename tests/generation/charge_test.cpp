// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/charge.h"

#include <string>

#include <gtest/gtest.h>

namespace airforce {
namespace {

Charge charge(TaskStatus status, std::optional<double> cents) {
  Task task;
  task.status = status;
  task.cost_cents = cents;
  return charge_of(task);
}

TEST(Charge, is_announced_for_a_queued_task) {
  EXPECT_EQ(charge(TaskStatus::Queued, 200), Charge::Announced);
  EXPECT_EQ(charge(TaskStatus::Queued, std::nullopt), Charge::Announced);
}

TEST(Charge, is_a_fact_once_the_service_has_reported_it_for_a_task_that_was_picked_up) {
  EXPECT_EQ(charge(TaskStatus::Running, 200), Charge::Charged);
  EXPECT_EQ(charge(TaskStatus::Completed, 200), Charge::Charged);
  EXPECT_EQ(charge(TaskStatus::Running, std::nullopt), Charge::Announced);
  EXPECT_EQ(charge(TaskStatus::Completed, std::nullopt), Charge::Announced);
}

TEST(Charge, is_refunded_only_when_a_final_answer_costs_nothing) {
  EXPECT_EQ(charge(TaskStatus::Failed, 0), Charge::Refunded);
  EXPECT_EQ(charge(TaskStatus::Expired, 0), Charge::Refunded);
  EXPECT_EQ(charge(TaskStatus::Completed, 0), Charge::Refunded);
  EXPECT_EQ(charge(TaskStatus::Running, 0), Charge::Announced) << "not final";
  EXPECT_EQ(charge(TaskStatus::Failed, 200), Charge::Charged);
  EXPECT_EQ(charge(TaskStatus::Failed, std::nullopt), Charge::Announced);
}

TEST(Charge, has_a_remark_for_a_failed_task_until_the_refund_is_confirmed) {
  Task task;
  task.status = TaskStatus::Failed;
  EXPECT_NE(std::string(refund_remark(task)).find("not yet confirmed"), std::string::npos);
  task.cost_cents = 0;
  EXPECT_STREQ(refund_remark(task), "");
}

}  // namespace
}  // namespace airforce
