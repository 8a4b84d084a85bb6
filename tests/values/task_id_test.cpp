// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "values/task.h"

namespace airforce {
namespace {

constexpr const char* kUuid = "550e8400-e29b-41d4-a716-446655440000";

TEST(TaskId, is_the_same_in_another_case_with_another_prefix_or_as_a_number) {
  for (const auto& [id, other] :
       {std::pair("vid_1", "VID_1"), std::pair("vid_1", "1"), std::pair("vid_70001", "70001"),
        std::pair("vid70001", "70001"), std::pair("vid_1", "vid-001"), std::pair("7", "007"),
        std::pair("vid_01M8PZ69QK", "task_01m8pz69qk"),
        std::pair(kUuid, "550E8400E29B41D4A716446655440000"),
        std::pair(kUuid, "vid_550e8400-e29b-41d4-a716-446655440000")}) {
    EXPECT_TRUE(is_same_task(id, other)) << id << " " << other;
    EXPECT_TRUE(is_same_task(other, id)) << id << " " << other;
    EXPECT_FALSE(names_another_task(id, other)) << id << " " << other;
  }
}

TEST(TaskId, is_another_one_in_the_same_form) {
  for (const auto& [id, other] :
       {std::pair("vid_1", "vid_2"), std::pair("vid_1", "VID_21"), std::pair("vid_a", "vid_other"),
        std::pair("70001", "70002"), std::pair("9", "10"), std::pair("01M8PZ69QK", "01M8PZ69QL"),
        std::pair(kUuid, "550e8400-e29b-41d4-a716-446655440001")}) {
    EXPECT_FALSE(is_same_task(id, other)) << id << " " << other;
    EXPECT_TRUE(names_another_task(id, other)) << id << " " << other;
    EXPECT_TRUE(names_another_task(other, id)) << id << " " << other;
  }
}

TEST(TaskId, says_nothing_in_another_form) {
  for (const char* echo :
       {"", "x", "0", "12", "req_77", "2026-01-31T12:00:00Z", "[]", "\xc3\xa9"}) {
    EXPECT_FALSE(is_same_task("vid_1", echo)) << echo;
    EXPECT_FALSE(names_another_task("vid_1", echo)) << echo;
  }
}

}  // namespace
}  // namespace airforce
