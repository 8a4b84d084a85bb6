// SPDX-License-Identifier: LGPL-2.1-or-later
#include <glib.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "values/json.h"

namespace airforce {
namespace {

using testing::HasSubstr;
using testing::Not;
using namespace std::string_literals;

TEST(ApiError, is_read_from_an_object_with_type_message_and_code) {
  const ApiError error = read_api_error(
      R"({"error":{"type":"invalid_request_error","message":"quality 4k","code":"bad_quality"}})");
  EXPECT_EQ(error.type, "invalid_request_error");
  EXPECT_EQ(error.message, "quality 4k");
  EXPECT_EQ(error.code, "bad_quality");
  EXPECT_EQ(read_api_error(R"({"error":{"code":402,"message":"m","type":null}})").code, "402");
}

struct Shape {
  const char* body;
  const char* message;
};

void PrintTo(const Shape& shape, std::ostream* out) {
  *out << shape.body;
}

class ErrorShape : public testing::TestWithParam<Shape> {};

TEST_P(ErrorShape, gives_its_message) {
  EXPECT_EQ(read_api_error(GetParam().body).message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    ApiError, ErrorShape,
    testing::Values(
        Shape{R"({"error":"text"})", "text"}, Shape{R"({"message":"text"})", "text"},
        Shape{R"({"detail":"text"})", "text"},
        Shape{
            R"({"detail":[{"loc":["body","duration_seconds"],"msg":"must be a number","type":"int_parsing"},
                            {"loc":["body","input_images",0],"msg":"missing"}]})",
            "body.duration_seconds: must be a number; body.input_images.0: missing"},
        Shape{R"({"detail":{"message":"text"}})", "text"},
        Shape{R"({"error":["a","b",null,3,{"message":"c"}]})", "a; b; c"},
        Shape{R"({"error":{"detail":"text"}})", "text"},
        Shape{R"({"error":{"loc":"body","msg":"text"}})", "text"},
        Shape{R"({"detail":[{"loc":[{},"body"],"msg":"text"}]})", "body: text"},
        Shape{R"({"error":["1","2","3","4","5","6","7","8","9"]})", "1; 2; 3; 4; 5; 6; 7; 8"},
        Shape{R"({"error":{"type":"t"},"message":"text"})", "text"},
        Shape{R"({"error":"Bad Request","message":["a","b"],"statusCode":400})", "a; b"},
        Shape{R"({"error":{"message":{"message":"text"}}})", "text"}, Shape{R"("text")", "text"},
        Shape{R"(["a","b"])", "a; b"}, Shape{"upstream timed out", "upstream timed out"},
        Shape{"  two\r\nlines ", "two lines"}, Shape{"", ""}, Shape{"{}", ""}, Shape{"[]", ""},
        Shape{"null", ""}, Shape{R"({"error":null})", ""}, Shape{R"({"error":{"message":7}})", "7"},
        Shape{R"({"error":true})", ""}));

TEST(ApiError, has_the_time_to_wait_and_the_request_id) {
  for (const char* body : {R"({"error":"slow down","retry_after":4})",
                           R"({"error":{"message":"slow down","retry_after":"4"}})",
                           R"({"error":{"code":"x","request_id":"r"},"retry_after":4.0})"}) {
    EXPECT_EQ(read_api_error(body).retry_after_seconds, 4) << body;
  }
  for (const char* none :
       {R"({"retry_after":-1})", R"({"retry_after":"soon"})", R"({"retry_after":null})", "{}"})
    EXPECT_EQ(read_api_error(none).retry_after_seconds, std::nullopt) << none;
  EXPECT_EQ(read_api_error(R"({"error":"x","request_id":"req_1"})").request_id, "req_1");
}

TEST(ApiError, takes_the_short_text_beside_a_message_for_the_type) {
  EXPECT_EQ(read_api_error(R"({"error":"Bad Request","message":"no"})").type, "Bad Request");
  EXPECT_EQ(read_api_error(R"({"type":"about:blank","detail":"no"})").type, "about:blank");
}

TEST(ApiError, never_shows_markup_wherever_it_stands) {
  for (const char* body :
       {"<html><body><h1>502 Bad Gateway</h1></body></html>", "\n\n<!DOCTYPE html>\n<html>",
        "502<br>nginx", "x</body\xE2\x80\x8B>", R"({"error":"<html>x</html>"})",
        R"({"error":{"type":"<b>t</b>","message":"<p>x</p>","code":"<i>c</i>"}})",
        R"({"detail":[{"msg":"<script>x</script>"}]})"}) {
    const ApiError error = read_api_error(body);
    EXPECT_EQ(error.message, "") << body;
    EXPECT_EQ(error.type, "") << body;
    EXPECT_EQ(error.code, "") << body;
  }
}

TEST(ApiError, is_one_line_of_at_most_300_characters_in_any_case) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "ü\n\x1b[0m";
  for (const std::string& body :
       {text, "{\"message\":\"" + std::string(5000, 'x') + "\"}", std::string(5 << 20, '\xFF')}) {
    const std::string message = read_api_error(body).message;
    EXPECT_TRUE(g_utf8_validate(message.c_str(), -1, nullptr));
    EXPECT_EQ(g_utf8_strlen(message.c_str(), -1), 300);
    EXPECT_EQ(message.find_first_of("\n\r\x1b"), std::string::npos);
  }
  const ApiError error = read_api_error("{\"type\":\"" + std::string(5000, 't') + "\",\"code\":\"" +
                                        std::string(5000, 'c') + "\"}");
  EXPECT_LT(error.type.size(), 100u);
  EXPECT_LT(error.code.size(), 100u);
}

TEST(ApiError, shows_no_query_and_no_key) {
  for (const char* body :
       {R"({"error":{"message":"can't fetch https:\/\/h\/p?sig=canary"}})",
        R"({"error":"bad key sk-air-canary99"})", "GET /v.mp4?token=canary failed",
        R"({"error":{"type":"https://h/t?canary=1","code":"?a=canary"}})"}) {
    const ApiError error = read_api_error(body);
    EXPECT_THAT(error.type + error.code + error.message, Not(HasSubstr("canary"))) << body;
  }
}

TEST(ApiError, survives_what_is_no_json_at_all) {
  for (const std::string& body : {std::string(1 << 20, '['), std::string(1 << 20, '{'),
                                  "{\"error\":{\"message\":\"cut"s, "\0\0"s, "\"\\ud800\""s}) {
    EXPECT_LE(g_utf8_strlen(read_api_error(body).message.c_str(), -1), 300);
  }
}

TEST(ApiError, takes_a_code_that_is_a_word_or_a_whole_number) {
  EXPECT_EQ(read_api_error(R"({"error":{"code":"slow_down"}})").code, "slow_down");
  EXPECT_EQ(read_api_error(R"({"error":{"code":429}})").code, "429");
  EXPECT_EQ(read_api_error(R"({"error":{"code":4.5}})").code, "");
  EXPECT_EQ(read_api_error(R"({"error":{"code":true}})").code, "");
}

}  // namespace
}  // namespace airforce
