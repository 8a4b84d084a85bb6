// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"
#include "values/odd.h"

namespace airforce {
namespace {

using test::error_of;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
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
  EXPECT_EQ(read_task(R"({"duration_seconds":5.04})").duration_seconds, 5);
}

TEST(TaskJson, says_why_a_task_failed_in_either_shape) {
  const Task failed = read_task(
      R"({"status":"failed","error":{"type":"content_policy","message":"The prompt\nis refused"}})");
  EXPECT_EQ(failed.error_type, "content_policy");
  EXPECT_EQ(failed.error_message, "The prompt is refused");
  EXPECT_EQ(read_task(R"({"status":"failed","error":"no capacity"})").error_message, "no capacity");
  EXPECT_THAT(
      read_task(R"({"status":"failed","error":{"message":"can't get https://h/p?sig=canary"}})")
          .error_message,
      Not(HasSubstr("canary")));
  EXPECT_EQ(read_task(R"({"status":"failed","error":"<html><h1>502</h1></html>"})").error_message,
            "");
}

// A field whose type makes no sense, in a task that is otherwise whole.
class WrongType : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(WrongType, is_as_if_absent_and_reported) {
  const auto [field, report] = GetParam();
  std::vector<std::string> reports;
  set_odd_listener([&](const std::string& what) { reports.push_back(what); });
  const Task task = read_task("{\"task_id\":\"vid_1\",\"status\":\"running\","s + field + "}");
  set_odd_listener(nullptr);
  Task plain;
  plain.task_id = "vid_1";
  plain.status_text = "running";
  EXPECT_EQ(task.status, TaskStatus::Running);
  EXPECT_EQ(write_task(task, true), write_task(plain, true));
  EXPECT_THAT(reports, testing::Contains(HasSubstr(report)));
}

INSTANTIATE_TEST_SUITE_P(
    TaskJson, WrongType,
    testing::Values(
        std::pair(R"("progress":true)", "'progress' of a task is a boolean where a number"),
        std::pair(R"("progress":"soon")", "'progress' of a task is a string where a number"),
        std::pair(R"("result_url":{})", "'result_url' of a task is an object where a string"),
        std::pair(R"("cost_cents":[])", "'cost_cents' of a task is an array where a number"),
        std::pair(R"("cost_cents":1e999)", "'cost_cents' of a task is a number"),
        std::pair(R"("cost_cents":1e17)", "'cost_cents' of a task is out of range"),
        std::pair(R"("cost_cents":"nan")", "'cost_cents' of a task is a string"),
        std::pair(R"("duration_seconds":-1)", "'duration_seconds' of a task is out of range"),
        std::pair(R"("duration_seconds":1e300)", "'duration_seconds' of a task is out of range"),
        std::pair(R"("created":"yesterday")", "'created' of a task is a string where a time"),
        std::pair(R"("created":-1)", "'created' of a task is a number where a time"),
        std::pair(R"("expires_at":1e300)", "'expires_at' of a task is a number where a time"),
        std::pair(R"("model":{"id":"x"})", "'model' of a task is an object where a string")));

TEST(TaskJson, is_refused_where_it_is_no_object) {
  for (const auto& [json, words] : {std::pair("[]", "the answer is an array where an object"),
                                    {"7", "the answer is a number"},
                                    {"null", "the answer is null"}}) {
    EXPECT_THAT(refusal_of_task(json), HasSubstr(words));
  }
}

TEST(TaskJson, has_urls_without_the_spaces_around_them) {
  const Task task =
      read_task(R"({"result_url":" https://cdn/x.mp4\n","thumbnail_url":"\thttps://cdn/x.jpg "})");
  EXPECT_EQ(task.result_url, "https://cdn/x.mp4");
  EXPECT_EQ(task.thumbnail_url, "https://cdn/x.jpg");
}

TEST(TaskJson, takes_numbers_that_are_strings) {
  const Task task = read_task(
      R"({"progress":" 58 %","cost_cents":"200.5","duration_seconds":"5.04","created":"1715000000"})");
  EXPECT_EQ(task.progress, 58);
  EXPECT_EQ(task.cost_cents, 200.5);
  EXPECT_EQ(task.duration_seconds, 5);
  EXPECT_EQ(task.created, 1715000000);
}

TEST(TaskJson, takes_no_time_after_the_year_5138_which_would_be_read_back_as_another) {
  EXPECT_TRUE(read_task(R"({"task_id":"t","created":"5138-11-16T09:46:39Z"})").created);
  EXPECT_FALSE(read_task(R"({"task_id":"t","created":"5138-11-16T09:46:40Z"})").created);
  EXPECT_FALSE(read_task(R"({"task_id":"t","created":"8237-01-31T12:00:00Z"})").created);
}

TEST(TaskJson, takes_times_in_any_common_form) {
  for (const char* time :
       {"1769860800", "1769860800.5", "1769860800000", "1769860800000000", "1769860800000000000",
        "\"1769860800\"", "\"1769860800000\"", "\"2026-01-31T12:00:00Z\"",
        "\"2026-01-31T12:00:00\"", "\"2026-01-31 13:00:00.25+01:00\""}) {
    EXPECT_EQ(read_task("{\"created\":"s + time + "}").created, 1769860800) << time;
  }
  EXPECT_EQ(read_task(R"({"created_at":1769860800})").created, 1769860800);
}

TEST(TaskJson, takes_ids_that_are_numbers) {
  EXPECT_EQ(read_task(R"({"task_id":70001})").task_id, "70001");
  EXPECT_EQ(read_task(R"({"task_id":70001.0})").task_id, "70001");
  EXPECT_EQ(read_task(R"({"task_id":123456789012345678901234567890})").task_id,
            "123456789012345678901234567890");
  EXPECT_EQ(read_task(R"({"id":"vid_1","status":"queued"})").task_id, "vid_1");
}

TEST(TaskJson, refuses_an_id_that_can_be_no_segment_of_a_path) {
  for (const std::string& id :
       {""s, "."s, ".."s, "a/b"s, "a\\u0000b"s, "a\\ud800b"s, std::string(256, 'x')}) {
    EXPECT_EQ(read_task("{\"task_id\":\"" + id + "\",\"status\":\"queued\"}").task_id, "") << id;
  }
  EXPECT_EQ(read_task("{\"task_id\":\"" + std::string(255, 'x') + "\"}").task_id.size(), 255u);
}

TEST(TaskJson, takes_statuses_without_case_and_by_their_synonyms) {
  const auto status = [](const char* text) {
    return read_task("{\"status\":\""s + text + "\"}").status;
  };
  for (const char* queued : {"Queued", "PENDING"})
    EXPECT_EQ(status(queued), TaskStatus::Queued) << queued;
  for (const char* running : {"RUNNING", "processing", "in_progress", "In-Progress", " running "})
    EXPECT_EQ(status(running), TaskStatus::Running) << running;
  for (const char* completed : {"COMPLETED", "succeeded", "Success", "done"})
    EXPECT_EQ(status(completed), TaskStatus::Completed) << completed;
  for (const char* failed : {"Failed", "error", "cancelled", "CANCELED"})
    EXPECT_EQ(status(failed), TaskStatus::Failed) << failed;
  EXPECT_EQ(status("Expired"), TaskStatus::Expired);
}

TEST(TaskJson, says_that_a_task_was_cancelled_in_words_of_its_own) {
  EXPECT_EQ(read_task(R"({"status":"cancelled"})").error_message, "cancelled at the service");
  EXPECT_EQ(read_task(R"({"status":"canceled","error":"by its owner"})").error_message,
            "by its owner");
}

TEST(TaskJson, may_be_wrapped) {
  for (const char* json :
       {R"({"data":{"task_id":"vid_1","status":"running"}})",
        R"({"task":{"task_id":"vid_1","status":"running"}})",
        R"({"data":{"task":{"task_id":"vid_1","status":"running"}}})",
        R"({"status":"success","code":0,"data":{"task_id":"vid_1","status":"running"}})",
        R"({"id":"req_1","data":{"task_id":"vid_1","status":"running"}})",
        R"({"data":[{"task_id":"vid_1","status":"running"}]})",
        R"({"task_id":"vid_1","status":"running","data":{"status":"failed"}})"}) {
    const Task task = read_task(json);
    EXPECT_EQ(task.task_id, "vid_1") << json;
    EXPECT_EQ(task.status, TaskStatus::Running) << json;
  }
}

TEST(TaskJson, is_distinguished_from_an_error_in_its_place) {
  for (const char* json :
       {R"({"error":{"type":"t","message":"Balance too low"}})", R"({"error":"Balance too low"})",
        R"({"message":"Balance too low"})", R"({"detail":"Balance too low"})",
        R"({"status":"error","message":"Balance too low"})",
        R"({"status":500,"error":"Balance too low"})",
        R"({"data":{"error":{"message":"Balance too low"}}})",
        R"({"data":null,"error":{"message":"Balance too low"}})"}) {
    try {
      read_task(json);
      ADD_FAILURE() << json;
    } catch (const ErrorAnswer& error) {
      EXPECT_EQ(error.api_error.message, "Balance too low") << json;
    }
  }
  // The second is the failure of a task, although it has no id.
  EXPECT_EQ(read_task(R"({"task_id":"a","status":"running","error":null})").error_message, "");
  EXPECT_EQ(read_task(R"({"status":"failed","error":"no"})").status, TaskStatus::Failed);
  EXPECT_THROW(read_tasks(R"({"error":"no"})"), ErrorAnswer);
  EXPECT_THROW(read_models(R"({"error":"no"})"), ErrorAnswer);
}

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
                                         "# canary", "{\"a\":010}", "{\"a\":0x10}", "{\"a\":Nan}",
                                         "{\"a\":-}", "{\"a\":1e}", "{\"a\":1.2.3}", "nul",
                                         "true false", "\0"s, "{\"a\":1}\0"s, "\xFF\xFE{"s));

TEST(Json, survives_deep_nesting_wherever_it_hides) {
  const std::string deep = std::string(1 << 20, '[');
  for (const std::string& json : {deep, "{\"task_id\":\"\\\"\",\"x\":" + deep, "/*\"*/" + deep})
    EXPECT_NE(refusal_of_task(json), "");
  const std::string whole = deep + std::string(1 << 20, ']');
  EXPECT_EQ(read_task("{\"task_id\":\"a\",\"x\":" + whole + "}").task_id, "a");
  EXPECT_EQ(read_task("{\"task_id\":\"a\",\"error\":" + whole + "}").task_id, "a");
  std::string objects;
  for (int i = 0; i < 1 << 18; ++i) objects += "{\"data\":";
  EXPECT_NE(refusal_of_task(objects), "");
}

TEST(Json, keeps_only_what_is_read) {
  std::string json = "{\"task_id\":\"a\",\"x\":[0";
  for (int i = 0; i < 1 << 20; ++i) json += ",{}";
  EXPECT_EQ(read_task(json + "]}").task_id, "a");
  std::string list = "[{\"task_id\":\"a\"}";
  for (int i = 0; i < 1 << 18; ++i) list += ",{}";
  const std::vector<Task> tasks = read_tasks(list + "]");
  EXPECT_LT(tasks.size(), 100'000u) << "an end is bounded, too";
  EXPECT_EQ(tasks.front().task_id, "a");
  EXPECT_LE(read_task("{\"prompt\":\"" + std::string(1 << 20, 'x') + "\"}").prompt.size(),
            1u << 18);
}

TEST(Json, takes_what_some_programs_write_instead) {
  for (const char* odd :
       {"NaN", "Infinity", "-Infinity", "1e999", "\"\\ud800\"", "\"\\udc00 \\ud800\\u0041\"",
        "\"a\tb\nc\"", "\"\xC0\"", "\"\\u0000\"", "123456789012345678901234567890"}) {
    EXPECT_EQ(read_task("{\"task_id\":\"a\",\"progress\":"s + odd + ",\"x\":" + odd + "}").task_id,
              "a")
        << odd;
  }
  EXPECT_EQ(read_task("{\"prompt\":\"a\\ud800b\\u0000c\"}").prompt, "a\uFFFDb\uFFFDc");
}

TEST(Json, takes_brackets_in_strings_as_text) {
  EXPECT_EQ(read_task("{\"prompt\":\"\\\\\\\"" + std::string(1000, '[') + "\"}").prompt,
            "\\\"" + std::string(1000, '['));
}

TEST(Json, is_distinguished_from_a_web_page_by_its_start_only) {
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

TEST(TaskJson, is_written_with_an_error_that_has_no_type) {
  Task task;
  task.error_message = "no";
  EXPECT_EQ(write_task(task, false), R"({"error":{"message":"no"}})");
}

}  // namespace
}  // namespace airforce
