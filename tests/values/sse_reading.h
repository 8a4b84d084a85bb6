// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "values/sse.h"

namespace airforce {

// All that a parser made of a stream.
struct Reading {
  std::vector<Event> events;
  std::optional<std::uint64_t> retry_ms;
  std::string last_event_id;
  std::size_t comments = 0;
  bool operator==(const Reading&) const = default;
};

inline void PrintTo(const Reading& reading, std::ostream* out) {
  for (const Event& event : reading.events)
    *out << "{" << event.type << ", \"" << event.data << "\", " << event.last_event_id << "} ";
  *out << "retry " << (reading.retry_ms ? std::to_string(*reading.retry_ms) : "none")
       << ", last id " << reading.last_event_id << ", comments " << reading.comments;
}

inline Reading reading_of(const EventStreamParser& parser, std::vector<Event> events) {
  return {std::move(events), parser.retry_ms(), parser.last_event_id(), parser.comments()};
}

}  // namespace airforce
