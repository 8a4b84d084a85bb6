// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"

namespace airforce {
namespace {

using test::error_of;
using test::text_of_error;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using namespace std::string_literals;

std::string refusal_of_task(std::string_view json) {
  const Error error = error_of([json] { read_task(json); });
  EXPECT_EQ(error.kind, ErrorKind::Protocol);
  return error.message;
}

TEST(TaskJson, is_read_with_all_its_fields) {
  const Task task = read_task(R"({
    "task_id": "vid_01HXY1234ABCD", "status": "completed", "progress": 100,
    "result_url": "https://cdn.api.airforce/video/vid_01HXY1234ABCD.mp4?sig=1",
    "thumbnail_url": "https://cdn.api.airforce/video/vid_01HXY1234ABCD.jpg",
    "model": "wan-2.6", "prompt": "A fox", "duration_seconds": 8, "created": 1715000000, "expires_at": 1715086400,
    "cost_cents": 320.5})");
  EXPECT_EQ(task.task_id, "vid_01HXY1234ABCD");
  EXPECT_EQ(task.status, TaskStatus::Completed);
  EXPECT_EQ(task.status_text, "completed");
  EXPECT_EQ(task.progress, 100);
  EXPECT_EQ(task.result_url, "https://cdn.api.airforce/video/vid_01HXY1234ABCD.mp4?sig=1");
  EXPECT_EQ(task.thumbnail_url, "https://cdn.api.airforce/video/vid_01HXY1234ABCD.jpg");
  EXPECT_EQ(task.model, "wan-2.6");
  EXPECT_EQ(task.prompt, "A fox");
  EXPECT_EQ(task.duration_seconds, 8);
  EXPECT_EQ(task.created, 1715000000);
  EXPECT_EQ(task.expires_at, 1715086400);
  EXPECT_EQ(task.cost_cents, 320.5);
}

TEST(TaskJson, leaves_unset_what_is_missing_or_null_and_ignores_what_is_unknown) {
  const Task task = read_task(
      R"({"status":"queued","progress":null,"result_url":null,"error":null,"cost_cents":null,
    "model":null,"new_field":{"deep":[1,2,{"x":null}]},"eta":18446744073709551616})");
  EXPECT_EQ(task.status, TaskStatus::Queued);
  EXPECT_EQ(task.task_id, "");
  EXPECT_EQ(task.progress, std::nullopt);
  EXPECT_EQ(task.result_url, "");
  EXPECT_EQ(task.cost_cents, std::nullopt);
  EXPECT_EQ(task.error_message, "");
  EXPECT_EQ(read_task("{}").status, TaskStatus::Unknown);
}

TEST(TaskJson, knows_the_final_states_and_takes_an_unknown_one_as_not_final) {
  const auto status = [](const char* text) {
    return read_task("{\"status\":\""s + text + "\"}").status;
  };
  EXPECT_FALSE(is_final(status("queued")));
  EXPECT_FALSE(is_final(status("running")));
  EXPECT_TRUE(is_final(status("completed")));
  EXPECT_TRUE(is_final(status("failed")));
  EXPECT_TRUE(is_final(status("expired")));
  EXPECT_FALSE(is_final(status("moderating")));
  EXPECT_EQ(read_task(R"({"status":"moderating"})").status_text, "moderating");
}

TEST(TaskJson, reads_a_progress_of_1_as_one_per_cent) {
  EXPECT_EQ(read_task(R"({"progress":1})").progress, 1);
  EXPECT_EQ(read_task(R"({"progress":1.0})").progress, 1);
  EXPECT_EQ(read_task(R"({"progress":0.58})").progress, 0);
}

TEST(TaskJson, keeps_progress_within_0_and_100) {
  EXPECT_EQ(read_task(R"({"progress":-1})").progress, 0);
  EXPECT_EQ(read_task(R"({"progress":101})").progress, 100);
  EXPECT_EQ(read_task(R"({"progress":58.9})").progress, 58);
  EXPECT_EQ(read_task(R"({"progress":99999999999999999999})").progress, 100);
  EXPECT_EQ(read_task(R"({"progress":-99999999999999999999})").progress, 0);
}

TEST(TaskJson, takes_a_double_for_an_integer_where_it_is_exact) {
  EXPECT_EQ(read_task(R"({"duration_seconds":12.0})").duration_seconds, 12);
  EXPECT_EQ(read_task(R"({"duration_seconds":1.2e1})").duration_seconds, 12);
  EXPECT_EQ(read_task(R"({"created":1715000000.75})").created, 1715000000);
  EXPECT_THAT(refusal_of_task(R"({"duration_seconds":12.5})"), HasSubstr("duration_seconds"));
}

TEST(TaskJson, says_why_a_task_failed_in_either_shape) {
  const Task failed = read_task(
      R"({"status":"failed","error":{"type":"content_policy","message":"The prompt\nis refused"}})");
  EXPECT_EQ(failed.error_type, "content_policy");
  EXPECT_EQ(failed.error_message, "The prompt is refused");
  EXPECT_EQ(read_task(R"({"error":"no capacity"})").error_message, "no capacity");
  EXPECT_THAT(
      read_task(R"({"error":{"message":"can't get https://h/p?sig=canary"}})").error_message,
      Not(HasSubstr("canary")));
  EXPECT_EQ(read_task(R"({"error":"<html><h1>502</h1></html>"})").error_message, "");
}

class WrongType : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(WrongType, is_an_error_that_names_the_field_and_what_came) {
  const auto [json, words] = GetParam();
  EXPECT_THAT(refusal_of_task(json), HasSubstr(words));
}

INSTANTIATE_TEST_SUITE_P(
    TaskJson, WrongType,
    testing::Values(
        std::pair(R"({"task_id":7})", "'task_id' of the answer is a number where a string"),
        std::pair(R"({"status":["running"]})", "'status' of the answer is an array where a string"),
        std::pair(R"({"progress":"12"})", "'progress' of the answer is a string where a number"),
        std::pair(R"({"progress":true})", "'progress' of the answer is a boolean where a number"),
        std::pair(R"({"result_url":{}})", "'result_url' of the answer is an object where a string"),
        std::pair(R"({"cost_cents":[]})", "'cost_cents' of the answer is an array where a number"),
        std::pair(R"({"cost_cents":1e999})", "'cost_cents' of the answer is too large"),
        std::pair(R"({"duration_seconds":-1})", "'duration_seconds' of the answer is out of range"),
        std::pair(R"({"duration_seconds":1e300})",
                  "'duration_seconds' of the answer is not a whole number"),
        std::pair(R"({"error":7})", "'error' of the answer is a number where a string"),
        std::pair(R"({"error":[1]})", "'error' of the answer is an array where an object"),
        std::pair(R"({"error":{"message":1}})", "'error.message' of the answer is a number"),
        std::pair("[]", "the answer is an array where an object"),
        std::pair("7", "the answer is a number"), std::pair("null", "the answer is null"),
        std::pair("\"text\"", "the answer is a string")));

class NoJson : public testing::TestWithParam<std::string> {};

TEST_P(NoJson, is_an_error_that_quotes_nothing_of_it) {
  const std::string message = refusal_of_task(GetParam());
  EXPECT_THAT(message, HasSubstr("the answer is"));
  EXPECT_THAT(message, Not(HasSubstr("canary")));
}

INSTANTIATE_TEST_SUITE_P(TaskJson, NoJson,
                         testing::Values("", " \n", "<html><body>canary</body></html>", "canary",
                                         "{", "{\"task_id\":\"canary", "{\"task_id\":\"canary\"",
                                         "{\"task_id\":\"canary\\", "{\"a\":\"canary\"}}",
                                         "{\"a\" \"canary\"}", "{canary:1}", "{'a':1}", "{} canary",
                                         "{},", "[1,]", "// canary\n{}", "{}/* canary */",
                                         "# canary", "{\"a\":010}", "{\"a\":0x10}", "{\"a\":NaN}",
                                         "{\"a\":-}", "{\"a\":1e}", "{\"a\":1.2.3}", "nul",
                                         "true false", "\0"s, "{\"a\":1}\0"s, "\xFF\xFE{"s));

TEST(Json, refuses_deep_nesting_wherever_it_hides) {
  const std::string deep = std::string(1 << 20, '[');
  for (const std::string& json : {deep, "{\"task_id\":\"\\\"\",\"x\":" + deep, "/*\"*/" + deep,
                                  "{\"x\":" + deep + std::string(1 << 20, ']') + "}"}) {
    EXPECT_NE(refusal_of_task(json), "");
  }
  std::string objects;
  for (int i = 0; i < 1 << 18; ++i) objects += "{\"a\":";
  EXPECT_THAT(refusal_of_task(objects), HasSubstr("nests too deeply"));
  EXPECT_EQ(read_task("{\"x\":" + std::string(50, '[') + std::string(50, ']') + "}").task_id, "");
}

TEST(Json, takes_brackets_in_strings_as_text) {
  EXPECT_EQ(read_task("{\"prompt\":\"\\\\\\\"" + std::string(1000, '[') + "\"}").prompt,
            "\\\"" + std::string(1000, '['));
}

TEST(Json, is_told_from_a_web_page_by_its_start_only) {
  EXPECT_EQ(read_task(R"({"prompt":"a <b>bold</b> fox"})").prompt, "a <b>bold</b> fox");
  EXPECT_THAT(refusal_of_task("\n<!DOCTYPE html>"), HasSubstr("a web page"));
}

TEST(Json, replaces_bytes_that_are_not_utf8) {
  EXPECT_EQ(read_task("{\"prompt\":\"caf\xE9\",\"task_id\":\"a\"}").prompt, "caf\xEF\xBF\xBD");
}

TEST(Json, takes_the_last_of_equal_keys) {
  EXPECT_EQ(read_task(R"({"task_id":"a","task_id":"b"})").task_id, "b");
}

TEST(Json, reads_escapes_and_a_byte_order_mark) {
  EXPECT_EQ(read_task("\xEF\xBB\xBF{\"prompt\":\"\\u00fc \\ud83e\\udd8a \\\"\\/\"}").prompt,
            "ü 🦊 \"/");
}

TEST(TaskList, may_be_bare_or_under_data_tasks_or_models) {
  const std::string list = R"([{"task_id":"a"},{"task_id":"b"}])";
  for (const std::string& json :
       {list, "{\"data\":" + list + "}", "{\"object\":\"list\",\"tasks\":" + list + "}",
        "{\"models\":" + list + "}", "{\"data\":null,\"tasks\":" + list + "}"}) {
    const std::vector<Task> tasks = read_tasks(json);
    ASSERT_THAT(tasks, SizeIs(2)) << json;
    EXPECT_EQ(tasks[0].task_id, "a");
    EXPECT_EQ(tasks[1].task_id, "b");
  }
  EXPECT_THAT(read_tasks("[]"), IsEmpty());
  EXPECT_THAT(read_tasks(R"({"data":[]})"), IsEmpty());
}

TEST(TaskList, that_is_missing_is_not_an_empty_one) {
  for (const char* json :
       {"{}", R"({"data":null})", R"({"data":{"tasks":[]}})", R"({"error":"x"})", "null"}) {
    EXPECT_EQ(error_of([json] { read_tasks(json); }).kind, ErrorKind::Protocol) << json;
  }
  EXPECT_THAT(text_of_error([] { read_tasks("{}"); }), HasSubstr("'data', 'tasks' or 'models'"));
}

TEST(TaskList, names_the_item_and_the_field_of_the_wrong_type) {
  EXPECT_THAT(text_of_error([] { read_tasks(R"({"data":[{},{"progress":"1"}]})"); }),
              HasSubstr("'data[1].progress'"));
  EXPECT_THAT(text_of_error([] { read_tasks(R"([{},7])"); }),
              HasSubstr("'[1]' of the answer is a number where an object"));
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
  EXPECT_FALSE(models[1].makes_video());
}

TEST(ModelList, names_the_cap_of_the_wrong_type) {
  EXPECT_THAT(
      text_of_error([] { read_models(R"({"data":[{"id":"a","video_caps":{"modes":"text"}}]})"); }),
      HasSubstr("'data[0].video_caps.modes' of the answer is a string where an array"));
  EXPECT_THAT(text_of_error([] {
                read_models(R"({"data":[{"id":"a","video_caps":{"modes":["text",1]}}]})");
              }),
              HasSubstr("'data[0].video_caps.modes[1]' of the answer is a number where a string"));
  EXPECT_THAT(text_of_error([] { read_models(R"([{"video_caps":[]}])"); }),
              HasSubstr("'[0].video_caps'"));
}

TEST(WrittenTask, is_read_back_as_it_was) {
  Task task;
  task.task_id = "vid_1";
  task.status = TaskStatus::Failed;
  task.status_text = "failed";
  task.model = "wan-2.6";
  task.prompt = "\"Ein\" Fuchs\n\\ früh \x01";
  task.progress = 58;
  task.created = 1715000000;
  task.expires_at = 1715086400;
  task.cost_cents = 0.1;
  task.duration_seconds = 8;
  task.error_type = "t";
  task.error_message = "m";
  const Task back = read_task(write_task(task, false));
  EXPECT_EQ(back.task_id, task.task_id);
  EXPECT_EQ(back.status, task.status);
  EXPECT_EQ(back.model, task.model);
  EXPECT_EQ(back.prompt, task.prompt);
  EXPECT_EQ(back.progress, task.progress);
  EXPECT_EQ(back.created, task.created);
  EXPECT_EQ(back.expires_at, task.expires_at);
  EXPECT_EQ(back.cost_cents, task.cost_cents);
  EXPECT_EQ(back.duration_seconds, task.duration_seconds);
  EXPECT_EQ(back.error_type, task.error_type);
  EXPECT_EQ(back.error_message, task.error_message);
}

TEST(WrittenTask, has_the_pre_signed_urls_only_when_they_are_asked_for) {
  Task task;
  task.result_url = "https://cdn/v.mp4?sig=canary";
  task.thumbnail_url = "https://cdn/v.jpg?sig=canary";
  EXPECT_EQ(write_task(task, false), "{}");
  EXPECT_THAT(write_task(task, true),
              AllOf(HasSubstr("result_url"), HasSubstr("thumbnail_url"), HasSubstr("sig=canary")));
}

TEST(TaskJson, refuses_a_duration_that_no_clip_has) {
  for (const char* duration : {"-1", "2147483648"})
    EXPECT_THAT(refusal_of_task(std::string(R"({"duration_seconds":)") + duration + "}"),
                HasSubstr("'duration_seconds' of the answer is out of range"));
}

TEST(TaskJson, is_written_with_an_error_that_has_no_type) {
  Task task;
  task.error_message = "no";
  EXPECT_EQ(write_task(task, false), R"({"error":{"message":"no"}})");
}

TEST(ModelJson, refuses_a_list_of_texts_with_something_else_in_it) {
  EXPECT_THAT(text_of_error([] { read_models(R"([{"video_caps":{"modes":[{}]}}])"); }),
              HasSubstr("modes"));
}

}  // namespace
}  // namespace airforce
