// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/sse.h"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sse_reading.h"
#include "support/error_of.h"

namespace airforce {
namespace {

using test::text_of_error;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::string_literals;
using namespace std::string_view_literals;

Reading read_in_chunks(std::string_view stream, std::size_t chunk) {
  EventStreamParser parser;
  std::vector<Event> events;
  for (std::size_t at = 0; at < stream.size(); at += chunk)
    parser.feed(stream.substr(at, chunk), events);
  return reading_of(parser, std::move(events));
}

// Every test of what is read holds however the stream is cut.
Reading read(std::string_view stream) {
  Reading whole = read_in_chunks(stream, stream.size() + 1);
  for (std::size_t chunk = 1; chunk <= stream.size(); ++chunk) {
    EXPECT_EQ(read_in_chunks(stream, chunk), whole) << "in chunks of " << chunk;
  }
  return whole;
}

std::vector<std::string> data_of(std::string_view stream) {
  std::vector<std::string> all;
  for (const Event& event : read(stream).events) all.push_back(event.data);
  return all;
}

TEST(EventStream, reads_the_progress_and_the_end_of_a_task) {
  const Reading reading = read(
      "event: progress\ndata: {\"status\":\"running\",\"progress\":12}\n\n"
      "event: completed\ndata: {\"status\":\"completed\"}\n\n");
  EXPECT_THAT(reading.events,
              ElementsAre(Event{"progress", "{\"status\":\"running\",\"progress\":12}", ""},
                          Event{"completed", "{\"status\":\"completed\"}", ""}));
}

TEST(EventStream, ends_a_line_at_lf_cr_and_crlf_alike) {
  for (const std::string end : {"\n", "\r", "\r\n"}) {
    EXPECT_THAT(data_of("data: a" + end + "data: b" + end + end + "data: c" + end + end),
                ElementsAre("a\nb", "c"));
  }
}

TEST(EventStream, gives_an_event_at_a_lone_cr_without_waiting_for_the_next_byte) {
  EventStreamParser parser;
  std::vector<Event> events;
  parser.feed("data: a\r\r", events);
  EXPECT_EQ(events.size(), 1u);
}

TEST(EventStream, takes_a_crlf_that_is_split_over_chunks_as_one_end_of_line) {
  EventStreamParser parser;
  std::vector<Event> events;
  for (const std::string_view chunk : {"data: a\r"sv, "\ndata: b\r"sv, ""sv, "\n\r"sv, "\n"sv})
    parser.feed(chunk, events);
  EXPECT_THAT(events, ElementsAre(Event{"message", "a\nb", ""}));
}

TEST(EventStream, skips_one_byte_order_mark_at_the_very_start_only) {
  EXPECT_THAT(data_of("\xEF\xBB\xBF"
                      "data: a\n\n\xEF\xBB\xBF"
                      "data: b\n\ndata: c\n\n"),
              ElementsAre("a", "c"));
  EXPECT_THAT(data_of("\xEF\xBB\xBF\xEF\xBB\xBF"
                      "data: a\n\n"),
              IsEmpty());
  EXPECT_THAT(data_of("\n\xEF\xBB\xBF"
                      "data: a\n\n"),
              IsEmpty());
  EXPECT_EQ(read("\xEF\xBB\xBF: a comment\n").comments, 1u);
}

TEST(EventStream, keeps_a_character_that_is_split_over_chunks) {
  EXPECT_THAT(data_of("data: f\xC3\xBC"
                      "chsin \xF0\x9F\xA6\x8A\n\n"),
              ElementsAre("f\xC3\xBC"
                          "chsin \xF0\x9F\xA6\x8A"));
}

TEST(EventStream, joins_lines_of_data_with_lf_and_takes_one_space_off_each) {
  EXPECT_THAT(data_of("data:a\ndata: b\ndata:  c\ndata:\td\n\n"), ElementsAre("a\nb\n c\n\td"));
}

TEST(EventStream, gives_empty_data_but_no_event_without_data) {
  EXPECT_THAT(data_of("data:\n\ndata\n\ndata\ndata\n\n"), ElementsAre("", "", "\n"));
  EXPECT_THAT(data_of("event: completed\n\nid: 1\n\n\n\n"), IsEmpty());
}

TEST(EventStream, takes_a_line_without_a_colon_as_a_field_with_an_empty_value) {
  const Reading reading = read("event: a\nevent\ndata: x\nid: 1\nid\n\n");
  EXPECT_THAT(reading.events, ElementsAre(Event{"message", "x", ""}));
}

TEST(EventStream, ignores_fields_that_it_does_not_know) {
  EXPECT_THAT(data_of("Data: a\n data: b\ndata : c\ndataset: d\nfoo\nda\0ta: e\ndata: x\n\n"sv),
              ElementsAre("x"));
}

TEST(EventStream, forgets_the_type_but_keeps_the_id_after_an_event) {
  const Reading reading = read("event: progress\nid: 7\ndata: a\n\ndata: b\n\nid\ndata: c\n\n");
  EXPECT_THAT(reading.events, ElementsAre(Event{"progress", "a", "7"}, Event{"message", "b", "7"},
                                          Event{"message", "c", ""}));
}

TEST(EventStream, ignores_an_id_with_a_nul_in_it) {
  const Reading reading = read("id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n"sv);
  EXPECT_THAT(reading.events, ElementsAre(Event{"message", "a", "1"}, Event{"message", "b", "1"}));
}

TEST(EventStream, does_not_remember_the_id_of_an_event_that_never_ended) {
  EXPECT_EQ(read("id: 1\ndata: a\n\nid: 2\ndata: b\n").last_event_id, "1");
  EXPECT_EQ(read("id: 1\n\n").last_event_id, "1");
}

TEST(EventStream, drops_an_event_that_the_stream_ends_in) {
  EXPECT_THAT(data_of("data: a\n\ndata: b\n"), ElementsAre("a"));
  EXPECT_THAT(data_of("data: a\n\ndata: b"), ElementsAre("a"));
}

TEST(EventStream, takes_retry_as_decimal_milliseconds_and_nothing_else) {
  EXPECT_EQ(read("retry: 3000\n").retry_ms, 3000u);
  EXPECT_EQ(read("retry: 010\n").retry_ms, 10u);
  EXPECT_EQ(read("retry:0\n").retry_ms, 0u);
  for (const char* wrong : {"retry\n", "retry: \n", "retry: -1\n", "retry: 1.5\n", "retry: 5s\n",
                            "retry: +5\n", "retry:  5\n"}) {
    EXPECT_EQ(read("retry: 200\n"s + wrong).retry_ms, 200u) << wrong;
  }
  EXPECT_EQ(read("data: no\n\n").retry_ms, std::nullopt);
}

TEST(EventStream, reads_a_retry_beyond_all_numbers_as_the_largest) {
  EXPECT_EQ(read("retry: 99999999999999999999999\n").retry_ms, UINT64_MAX);
}

TEST(EventStream, counts_comments_and_puts_them_into_no_event) {
  const Reading reading = read(":\n: keep-alive\ndata: a\n:data: b\ndata: c\n\n");
  EXPECT_EQ(reading.comments, 3u);
  EXPECT_THAT(reading.events, ElementsAre(Event{"message", "a\nc", ""}));
}

TEST(EventStream, passes_on_bytes_that_are_not_utf8) {
  EXPECT_THAT(data_of("data: \xFF\xC3\n\n"), ElementsAre("\xFF\xC3"));
}

TEST(EventStream, refuses_an_event_longer_than_the_limit_however_it_comes) {
  const auto refusal = [](std::string_view stream, std::size_t chunk) {
    return text_of_error([=] {
      EventStreamParser parser(100);
      std::vector<Event> events;
      for (std::size_t at = 0; at < stream.size(); at += chunk)
        parser.feed(stream.substr(at, chunk), events);
    });
  };
  const std::string one_line = "data: " + std::string(200, 'x');
  std::string many_lines;
  for (int i = 0; i < 40; ++i) many_lines += "data: xx\n";
  for (const std::size_t chunk : {1u, 7u, 1000u}) {
    EXPECT_THAT(refusal(one_line, chunk), HasSubstr("longer than 100 bytes"));
    EXPECT_THAT(refusal(many_lines, chunk), HasSubstr("longer than 100 bytes"));
  }
}

TEST(EventStream, does_not_add_up_the_lengths_of_events_that_ended) {
  EventStreamParser parser(100);
  std::vector<Event> events;
  for (int i = 0; i < 1000; ++i) parser.feed("data: " + std::string(50, 'x') + "\n\n", events);
  EXPECT_EQ(events.size(), 1000u);
}

TEST(EventStream, lives_on_comments_of_any_length) {
  EventStreamParser parser(100);
  std::vector<Event> events;
  parser.feed("data: a\n:", events);
  for (int i = 0; i < 1000; ++i) parser.feed(std::string(1000, 'x'), events);
  parser.feed("\n\n", events);
  EXPECT_THAT(events, ElementsAre(Event{"message", "a", ""}));
  EXPECT_EQ(parser.comments(), 1u);
}

// Quadratic time would need minutes for this.
TEST(EventStream, needs_linear_time_for_single_bytes) {
  EventStreamParser parser(2u << 20);
  std::vector<Event> events;
  const std::string stream = "data: " + std::string(1u << 20, 'x') + "\n\n";
  const auto start = std::chrono::steady_clock::now();
  for (const char& byte : stream) parser.feed(std::string_view(&byte, 1), events);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].data.size(), 1u << 20);
}

}  // namespace
}  // namespace airforce
