// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"
#include "values/json.h"
#include "values/odd.h"

namespace airforce {
namespace {

using test::error_of;
using test::text_of_error;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::string_literals;

TEST(TaskList, may_be_bare_or_under_data_tasks_or_models) {
  const std::string list = R"([{"task_id":"a"},{"task_id":"b"}])";
  for (const std::string& json :
       {list, "{\"data\":" + list + "}", "{\"object\":\"list\",\"tasks\":" + list + "}",
        "{\"models\":" + list + "}", "{\"data\":null,\"tasks\":" + list + "}",
        "{\"data\":{\"tasks\":" + list + "}}"}) {
    const std::vector<Task> tasks = read_tasks(json);
    ASSERT_THAT(tasks, SizeIs(2)) << json;
    EXPECT_EQ(tasks[0].task_id, "a");
    EXPECT_EQ(tasks[1].task_id, "b");
  }
  EXPECT_THAT(read_tasks("[]"), IsEmpty());
  EXPECT_THAT(read_tasks(R"({"data":[]})"), IsEmpty());
}

TEST(TaskList, is_not_empty_when_missing) {
  for (const char* json : {"{}", R"({"data":null})", R"({"error":"x"})", "null"}) {
    EXPECT_EQ(error_of([json] { read_tasks(json); }).kind, ErrorKind::Protocol) << json;
  }
  EXPECT_THAT(text_of_error([] { read_tasks("{}"); }), HasSubstr("'data', 'tasks' or 'models'"));
}

TEST(TaskList, hides_nothing_for_an_odd_entry) {
  const std::vector<Task> tasks = read_tasks(
      R"({"data":[{"task_id":{"odd":1},"status":7},null,7,"x",[],{"task_id":"a","progress":[]},{"task_id":"b"}]})");
  ASSERT_THAT(tasks, SizeIs(3));
  EXPECT_EQ(tasks[0].task_id, "")
      << "it proves that there is a task, although nobody can ask for it";
  EXPECT_EQ(tasks[1].task_id, "a");
  EXPECT_EQ(tasks[2].task_id, "b");
}

TEST(ModelList, is_read_with_all_caps) {
  const std::vector<Model> models = read_models(R"({"object":"list","data":[
    {"id":"gpt","output_modalities":["text"],"video_caps":null},
    {"id":"wan-2.6","output_modalities":["video"],"video_caps":{"aspect_ratios":["16:9","1:1"],"qualities":["480p","720p"],
      "min_duration_s":5,"max_duration_s":10.0,"modes":["text","image"],"price_per_second_cents":2.5}}]})");
  ASSERT_THAT(models, SizeIs(2));
  EXPECT_FALSE(models[0].makes_video());
  EXPECT_FALSE(models[0].caps);
  EXPECT_TRUE(models[1].makes_video());
  ASSERT_TRUE(models[1].caps);
  EXPECT_THAT(models[1].caps->aspect_ratios, ElementsAre("16:9", "1:1"));
  EXPECT_THAT(models[1].caps->qualities, ElementsAre("480p", "720p"));
  EXPECT_THAT(models[1].caps->modes, ElementsAre("text", "image"));
  EXPECT_EQ(models[1].caps->min_duration_s, 5);
  EXPECT_EQ(models[1].caps->max_duration_s, 10);
  EXPECT_EQ(models[1].caps->price_per_second_cents, 2.5);
}

TEST(ModelList, leaves_caps_unset_where_they_are_missing_in_whole_or_in_part) {
  const std::vector<Model> models =
      read_models(R"([{"id":"a","output_modalities":["video"]},{"id":"b","video_caps":{}}])");
  EXPECT_FALSE(models[0].caps);
  ASSERT_TRUE(models[1].caps);
  EXPECT_EQ(models[1].caps->price_per_second_cents, std::nullopt);
  EXPECT_THAT(models[1].caps->modes, IsEmpty());
}

TEST(ModelList, knows_a_video_model_by_any_of_its_marks) {
  const std::vector<Model> models = read_models(R"({"data":[
    {"id":"a","output_modalities":null,"media_type":"video","video_caps":null},
    {"id":"b","output_modalities":null,"media_type":null,"video_caps":{"modes":["text"]}},
    {"id":"c","output_modalities":"Video"},
    {"id":"d","output_modalities":["image"],"media_type":"image","video_caps":null},
    {"id":"e"}]})");
  ASSERT_THAT(models, SizeIs(5));
  EXPECT_TRUE(models[0].makes_video());
  EXPECT_TRUE(models[1].makes_video());
  EXPECT_TRUE(models[2].makes_video());
  EXPECT_FALSE(models[3].makes_video());
  EXPECT_FALSE(models[4].makes_video());
}

TEST(ModelList, hides_nothing_for_an_odd_entry_or_cap) {
  const std::vector<Model> models = read_models(R"({"data":[{"id":"flux","output_modalities":7},
    null, {"output_modalities":["video"]}, {"id":{},"media_type":"video"},
    {"id":"a","video_caps":{"modes":"text","qualities":["480p",{},720],"min_duration_s":"5","max_duration_s":[],
     "price_per_second_cents":"2.5"}}, {"id":7,"video_caps":[]}]})");
  ASSERT_THAT(models, SizeIs(3));
  EXPECT_EQ(models[0].id, "flux");
  ASSERT_TRUE(models[1].caps);
  EXPECT_THAT(models[1].caps->modes, ElementsAre("text"));
  EXPECT_THAT(models[1].caps->qualities, ElementsAre("480p", "720"));
  EXPECT_EQ(models[1].caps->min_duration_s, 5);
  EXPECT_EQ(models[1].caps->max_duration_s, std::nullopt);
  EXPECT_EQ(models[1].caps->price_per_second_cents, 2.5);
  EXPECT_EQ(models[2].id, "7");
  EXPECT_FALSE(models[2].caps);
}

}  // namespace
}  // namespace airforce
