// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/sse.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "values/error.h"
#include "values/trim.h"

namespace airforce {
namespace {

bool is_all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

EventStreamParser::EventStreamParser(std::size_t largest_event) : largest_event_(largest_event) {}

void EventStreamParser::feed(std::string_view chunk, std::vector<Event>& events) {
  while (!chunk.empty()) {
    if (after_cr_) {
      after_cr_ = false;
      if (chunk.front() == '\n') chunk.remove_prefix(1);
    }
    const std::size_t end = chunk.find_first_of("\r\n");
    keep(chunk.substr(0, end));
    if (end == std::string_view::npos) return;
    // A lone CR ends its line at once: waiting for an LF would hold the event back until the next
    // one.
    after_cr_ = chunk[end] == '\r';
    chunk.remove_prefix(end + 1);
    end_line(events);
  }
}

void EventStreamParser::keep(std::string_view part) {
  const bool is_comment = !line_.empty() && line_.front() == ':';
  if (is_comment || part.empty())
    return;  // a comment's text is of no use, so that a long one costs nothing
  if (line_.empty() && part.front() == ':') part = part.substr(0, 1);
  if (part.size() > largest_event_ - std::min(largest_event_, line_.size() + data_.size())) {
    throw Error(
        ErrorKind::Protocol, Step::Follow,
        "an event of the stream is longer than " + std::to_string(largest_event_) + " bytes");
  }
  line_ += part;
}

void EventStreamParser::end_line(std::vector<Event>& events) {
  std::string_view text = line_;
  if (at_start_) text = without_byte_order_mark(text);
  at_start_ = false;
  const std::size_t colon = text.find(':');
  if (text.empty()) {
    dispatch(events);
  } else if (colon == 0) {
    ++comments_;
  } else if (colon == std::string_view::npos) {
    field(text, {});
  } else {
    std::string_view value = text.substr(colon + 1);
    if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    field(text.substr(0, colon), value);
  }
  line_.clear();
}

void EventStreamParser::field(std::string_view name, std::string_view value) {
  if (name == "data") {
    data_ += value;
    data_ += '\n';
  } else if (name == "event") {
    type_ = value;
  } else if (name == "id") {
    if (value.find('\0') == std::string_view::npos) id_ = value;
  } else if (name == "retry" && is_all_digits(value)) {
    std::uint64_t milliseconds = 0;
    const auto result = std::from_chars(value.data(), value.data() + value.size(), milliseconds);
    // Too large to be a number here is still a wish to wait as long as can be.
    retry_ms_ = result.ec == std::errc() ? milliseconds : std::numeric_limits<std::uint64_t>::max();
  }
}

void EventStreamParser::dispatch(std::vector<Event>& events) {
  last_event_id_ = id_;
  if (!data_.empty()) {
    data_.pop_back();
    events.push_back(
        {type_.empty() ? "message" : std::move(type_), std::move(data_), last_event_id_});
  }
  data_.clear();
  type_.clear();
}

}  // namespace airforce
