// SPDX-License-Identifier: LGPL-2.1-or-later
// Server-sent events: bytes in, events out (https://html.spec.whatwg.org/multipage/server-sent-events.html, 9.2.6).
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

// Feed it chunks as they come, split anywhere. Buffers at most `largest_event` bytes of an unfinished event; a longer one throws
// Error{Protocol}.
class EventStreamParser {
 public:
  explicit EventStreamParser(std::size_t largest_event = 1u << 20);

  // Appends to `events` each event that is now complete.
  void feed(std::string_view chunk, std::vector<Event>& events);
  // The last `retry:` in milliseconds.
  std::optional<std::uint64_t> retry_ms() const { return retry_ms_; }
  const std::string& last_event_id() const { return last_event_id_; }
  // How many comment lines came: they count as life.
  std::size_t comments() const { return comments_; }

 private:
  void line(std::string_view text, std::vector<Event>& events);

  std::size_t largest_event_;
  std::string line_;  // the unfinished line
  std::string data_;
  bool has_data_ = false;
  std::string type_;
  std::string last_event_id_;
  std::optional<std::uint64_t> retry_ms_;
  std::size_t comments_ = 0;
  bool at_start_ = true;   // a BOM may come
  bool after_cr_ = false;  // an LF here belongs to the CR before it
};

}  // namespace airforce
