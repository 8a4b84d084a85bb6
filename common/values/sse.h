// SPDX-License-Identifier: LGPL-2.1-or-later
// Server-sent events: bytes in, events out
// (https://html.spec.whatwg.org/multipage/server-sent-events.html, 9.2.6).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace airforce {

struct Event {
  std::string type = "message";
  std::string data;
  std::string last_event_id;
  bool operator==(const Event&) const = default;
};

// Feed it chunks as they come, split anywhere; the time is linear in the bytes, however small the
// chunks. Buffers at most `largest_event` bytes of an unfinished event; a longer one throws
// Error{Protocol}, and the parser is of no use after that. Strings are the stream's bytes, which
// may not be UTF-8.
class EventStreamParser {
 public:
  explicit EventStreamParser(std::size_t largest_event = 1u << 20);

  // Appends to `events` each event that is now complete.
  void feed(std::string_view chunk, std::vector<Event>& events);
  // The last `retry:` in milliseconds.
  std::optional<std::uint64_t> retry_ms() const { return retry_ms_; }
  // What Last-Event-ID should be after the last complete event.
  const std::string& last_event_id() const { return last_event_id_; }
  // How many comment lines came: they count as life.
  std::size_t comments() const { return comments_; }

 private:
  void keep(std::string_view part);
  void end_line(std::vector<Event>& events);
  void field(std::string_view name, std::string_view value);
  void dispatch(std::vector<Event>& events);

  std::size_t largest_event_;
  std::string line_;  // the unfinished line
  std::string data_;  // each line of it with an LF
  std::string type_;
  std::string id_;             // of the unfinished event and those after it
  std::string last_event_id_;  // id_ at the last blank line
  std::optional<std::uint64_t> retry_ms_;
  std::size_t comments_ = 0;
  bool at_start_ = true;   // a BOM may come
  bool after_cr_ = false;  // an LF here belongs to the CR before it
};

}  // namespace airforce
