// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/task_reducer.h"

#include <gtest/gtest.h>

namespace airforce {
namespace {

Task news(TaskStatus status, std::optional<int> progress = {}, const char* url = "") {
  Task task;
  task.task_id = "vid_1";
  task.status = status;
  task.progress = progress;
  task.result_url = url;
  return task;
}

TEST(TaskReducer, progress_never_goes_back) {
  TaskReducer reducer(news(TaskStatus::Queued));
  EXPECT_TRUE(reducer.hinted(news(TaskStatus::Running, 40)));
  EXPECT_FALSE(reducer.polled(news(TaskStatus::Running, 20)));
  EXPECT_EQ(reducer.task().progress, 40);
}

TEST(TaskReducer, a_running_task_is_not_queued_again_by_late_news) {
  TaskReducer reducer(news(TaskStatus::Running, 10));
  reducer.hinted(news(TaskStatus::Queued));
  EXPECT_EQ(reducer.task().status, TaskStatus::Running);
}

TEST(TaskReducer, a_final_state_from_the_stream_waits_for_a_poll_to_confirm_it) {
  TaskReducer reducer(news(TaskStatus::Running, 10));
  reducer.hinted(news(TaskStatus::Completed, 100, "https://cdn/clip"));
  EXPECT_FALSE(reducer.done());
  EXPECT_TRUE(reducer.wants_poll());
  reducer.polled(news(TaskStatus::Completed, 100));
  EXPECT_TRUE(reducer.done());
  EXPECT_FALSE(reducer.wants_poll());
  EXPECT_EQ(reducer.task().result_url, "https://cdn/clip");
}

TEST(TaskReducer, the_first_final_state_wins) {
  TaskReducer reducer(news(TaskStatus::Running));
  reducer.polled(news(TaskStatus::Completed, 100, "https://cdn/clip"));
  EXPECT_FALSE(reducer.polled(news(TaskStatus::Failed)));
  EXPECT_EQ(reducer.task().status, TaskStatus::Completed);
}

TEST(TaskReducer, an_unknown_status_is_not_final_and_changes_none) {
  TaskReducer reducer(news(TaskStatus::Running, 10));
  reducer.polled(news(TaskStatus::Unknown, 30));
  EXPECT_EQ(reducer.task().status, TaskStatus::Running);
  EXPECT_EQ(reducer.task().progress, 30);
  EXPECT_FALSE(reducer.done());
}

TEST(TaskReducer, news_of_another_task_is_ignored) {
  TaskReducer reducer(news(TaskStatus::Running, 10));
  Task other = news(TaskStatus::Failed);
  other.task_id = "vid_2";
  EXPECT_FALSE(reducer.hinted(other));
  EXPECT_FALSE(reducer.wants_poll());
}

TEST(TaskReducer, news_that_says_nothing_new_is_no_change) {
  TaskReducer reducer(news(TaskStatus::Running, 10));
  EXPECT_FALSE(reducer.polled(news(TaskStatus::Running, 10)));
}

TEST(TaskReducer, a_percentage_of_one_is_one) {
  TaskReducer reducer(news(TaskStatus::Queued));
  reducer.polled(news(TaskStatus::Running, 1));
  EXPECT_EQ(reducer.task().progress, 1);
}

TEST(TaskReducer, news_without_an_id_are_of_the_task_that_was_asked_for) {
  Task nameless = news(TaskStatus::Running, 40);
  nameless.task_id.clear();
  TaskReducer known(news(TaskStatus::Queued));
  EXPECT_TRUE(known.hinted(nameless));
  TaskReducer unknown(nameless);
  unknown.hinted(news(TaskStatus::Running, 50));
  EXPECT_EQ(unknown.task().task_id, "vid_1");
}

TEST(TaskReducer, late_news_of_a_task_that_has_ended_complete_it) {
  TaskReducer reducer(news(TaskStatus::Completed));
  Task late = news(TaskStatus::Completed);
  late.result_url = "https://cdn/v.mp4";
  EXPECT_TRUE(reducer.polled(late));
  EXPECT_EQ(reducer.task().result_url, late.result_url);
}

}  // namespace
}  // namespace airforce
