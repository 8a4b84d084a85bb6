// SPDX-License-Identifier: LGPL-2.1-or-later
// Each field of each answer, of either public description of the service, with any other value in
// its place: what is only shown never makes an answer unreadable, and one odd entry hides nothing
// else.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mutations.h"
#include "values/json.h"

namespace airforce {
namespace {

using test::Fields;
using test::for_each_mutation;
using test::model_answers;
using test::task_answers;

void check_shown_fields(const Task& task) {
  EXPECT_TRUE(!task.progress || (*task.progress >= 0 && *task.progress <= 100));
  EXPECT_TRUE(!task.cost_cents || *task.cost_cents >= 0);
  EXPECT_TRUE(!task.duration_seconds || *task.duration_seconds >= 0);
  EXPECT_TRUE(!task.created || (*task.created >= 0 && *task.created < 253402300800));
  EXPECT_TRUE(task.task_id.empty() || is_task_id(task.task_id));
}

TEST(MutatedTask, keeps_what_decides_when_a_field_is_only_shown) {
  for_each_mutation(task_answers(), [](const std::string& name, const std::string& json) {
    SCOPED_TRACE(json.substr(0, 300));
    const Task task = read_task(json);
    check_shown_fields(task);
    if (name != "task_id") {
      EXPECT_EQ(task.task_id, "vid_1");
    }
    if (name != "status") {
      EXPECT_EQ(task.status, TaskStatus::Completed);
    }
    if (name != "result_url") {
      EXPECT_EQ(task.result_url, test::kMutatedUrl);
    }
  });
}

TEST(MutatedTask, is_read_alike_in_every_wrapper) {
  for_each_mutation(task_answers(), [](const std::string& name, const std::string& json) {
    if (name == "task_id" || name == "status") return;
    SCOPED_TRACE(json.substr(0, 300));
    const std::string plain = write_task(read_task(json), true);
    for (const char* wrapper : {"data", "task"})
      EXPECT_EQ(write_task(read_task("{\"" + std::string(wrapper) + "\":" + json + "}"), true),
                plain);
  });
}

TEST(MutatedTask, hides_no_other_of_a_list) {
  const std::string other = R"({"task_id":"vid_2","status":"running"})";
  for_each_mutation(task_answers(), [&](const std::string& name, const std::string& json) {
    SCOPED_TRACE(json.substr(0, 300));
    const std::vector<Task> tasks = read_tasks("{\"data\":[" + json + "," + other + "]}");
    ASSERT_EQ(tasks.size(), 2u);
    if (name != "task_id") {
      EXPECT_EQ(tasks[0].task_id, "vid_1");
    }
    EXPECT_EQ(tasks[1].task_id, "vid_2");
    EXPECT_EQ(tasks[1].status, TaskStatus::Running);
  });
}

TEST(MutatedModel, hides_no_other_and_loses_only_the_field) {
  const std::string other = R"({"id":"kling-1","output_modalities":["video"]})";
  for_each_mutation(model_answers(), [&](const std::string& name, const std::string& json) {
    SCOPED_TRACE(json.substr(0, 300));
    const std::vector<Model> models = read_models("{\"data\":[" + json + "," + other + "]}");
    ASSERT_GE(models.size(), 1u);
    EXPECT_EQ(models.back().id, "kling-1");
    EXPECT_TRUE(models.back().makes_video());
    if (name == "id") return;
    ASSERT_EQ(models.size(), 2u);
    EXPECT_EQ(models[0].id, "wan-2.6");
    EXPECT_TRUE(models[0].makes_video()) << "one of its marks is enough";
  });
}

TEST(MutatedError, still_says_what_the_service_said) {
  const std::vector<Fields> answers = {
      {{"error", R"({"message":"Balance too low","type":"t","param":null,"code":"c"})"},
       {"retry_after", "4"},
       {"request_id", "\"r\""}},
      {{"error", "\"insufficient_balance\""},
       {"message", "\"Balance too low\""},
       {"code", "null"},
       {"retry_after", "\"4\""}}};
  for_each_mutation(answers, [](const std::string& name, const std::string& json) {
    SCOPED_TRACE(json.substr(0, 300));
    const ApiError error = read_api_error(json);
    EXPECT_LE(error.message.size(), 1200u);
    EXPECT_TRUE(!error.retry_after_seconds || *error.retry_after_seconds >= 0);
    if (name != "error" && name != "message") {
      EXPECT_EQ(error.message, "Balance too low");
    }
    if (name != "retry_after") {
      EXPECT_EQ(error.retry_after_seconds, 4);
    }
  });
}

}  // namespace
}  // namespace airforce
