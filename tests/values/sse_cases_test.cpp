// SPDX-License-Identifier: LGPL-2.1-or-later
// Event streams with the events that they mean, from files of cases: the project's own, and that in
// AIRFORCE_SSE_CASES, so that a collection of other parsers' cases can be run as well.
//
// A file is a JSON array of {"name", "bytes_b64": the stream, "chunk_sizes": how it came,
// "events": [{"event", "data", "id"}], "retry_ms": number or null, "last_event_id", "comments"}.
#include <algorithm>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <json-glib/json-glib.h>

#include "sse_reading.h"
#include "values/glib_ptr.h"

namespace airforce {
namespace {

struct Case {
  std::string name;
  std::string bytes;
  std::vector<std::size_t> chunk_sizes;
  Reading expected;
};

Reading read_in_chunks(const std::string& bytes, const std::vector<std::size_t>& sizes) {
  EventStreamParser parser;
  std::vector<Event> events;
  std::string_view rest = bytes;
  for (const std::size_t size : sizes) {
    parser.feed(rest.substr(0, size), events);
    rest.remove_prefix(std::min(size, rest.size()));
  }
  EXPECT_TRUE(rest.empty()) << "the chunks do not make up the stream";
  return reading_of(parser, std::move(events));
}

// json-glib's strings end at a NUL, which an event may hold: a character of private use stands for
// it from the file to here.
constexpr const char* kEscapedNul = "\\u0000";
constexpr const char* kNulStandIn = "\uF8FF";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
  return text;
}

std::string string_of(JsonObject* object, const char* name) {
  return replaced(json_object_get_string_member(object, name), kNulStandIn, std::string(1, '\0'));
}

Case case_of(JsonObject* object) {
  Case result;
  result.name = string_of(object, "name");
  gsize size = 0;
  const GCharPtr bytes(
      reinterpret_cast<char*>(g_base64_decode(string_of(object, "bytes_b64").c_str(), &size)));
  result.bytes.assign(bytes.get(), size);
  JsonArray* const chunks = json_object_get_array_member(object, "chunk_sizes");
  for (guint i = 0; i < json_array_get_length(chunks); ++i)
    result.chunk_sizes.push_back(static_cast<std::size_t>(json_array_get_int_element(chunks, i)));
  JsonArray* const events = json_object_get_array_member(object, "events");
  for (guint i = 0; i < json_array_get_length(events); ++i) {
    JsonObject* const event = json_array_get_object_element(events, i);
    result.expected.events.push_back(
        {string_of(event, "event"), string_of(event, "data"), string_of(event, "id")});
  }
  if (!json_object_get_null_member(object, "retry_ms"))
    result.expected.retry_ms = json_object_get_int_member(object, "retry_ms");
  result.expected.last_event_id = string_of(object, "last_event_id");
  result.expected.comments =
      json_array_get_length(json_object_get_array_member(object, "comments"));
  return result;
}

std::vector<Case> cases_in(const char* path) {
  const GObjectPtr<JsonParser> parser(json_parser_new());
  GErrorSlot error;
  std::stringstream file;
  file << std::ifstream(path).rdbuf();
  const std::string text = replaced(file.str(), kEscapedNul, kNulStandIn);
  if (!json_parser_load_from_data(parser.get(), text.c_str(), -1, error)) {
    ADD_FAILURE() << error->message;
    return {};
  }
  JsonArray* const array = json_node_get_array(json_parser_get_root(parser.get()));
  std::vector<Case> cases;
  for (guint i = 0; i < json_array_get_length(array); ++i)
    cases.push_back(case_of(json_array_get_object_element(array, i)));
  return cases;
}

void check_all(const char* path) {
  const std::vector<Case> cases = cases_in(path);
  EXPECT_FALSE(cases.empty());
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    EXPECT_EQ(read_in_chunks(each.bytes, {each.bytes.size()}), each.expected) << "whole";
    EXPECT_EQ(read_in_chunks(each.bytes, each.chunk_sizes), each.expected) << "as it came";
    EXPECT_EQ(read_in_chunks(each.bytes, std::vector<std::size_t>(each.bytes.size(), 1)),
              each.expected)
        << "byte by byte";
  }
  testing::Test::RecordProperty("cases", static_cast<int>(cases.size()));
  std::cout << cases.size() << " cases of " << path << "\n";
}

TEST(EventStreamCases, have_one_meaning_however_they_are_cut) {
  check_all(AIRFORCE_SSE_CASES_FILE);
}

TEST(EventStreamCases, have_one_meaning_in_a_given_file_however_they_are_cut) {
  const char* const path = std::getenv("AIRFORCE_SSE_CASES");
  if (path == nullptr || *path == '\0') GTEST_SKIP() << "AIRFORCE_SSE_CASES names no file";
  check_all(path);
}

}  // namespace
}  // namespace airforce
