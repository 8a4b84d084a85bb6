// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/sse.h"

#include "fuzz.h"
#include "values/error.h"
#include "values/sse_reading.h"

namespace {

using airforce::Event;
using airforce::EventStreamParser;

constexpr std::size_t kMaxEvent = 64;  // small, so that the limit is met often

struct Outcome {
  airforce::Reading reading;
  bool refused = false;
  bool operator==(const Outcome&) const = default;
};

Outcome read(std::string_view stream, std::size_t chunk) {
  EventStreamParser parser(kMaxEvent);
  std::vector<Event> events;
  bool refused = false;
  try {
    for (std::size_t at = 0; at < stream.size(); at += chunk)
      parser.feed(stream.substr(at, chunk), events);
  } catch (const airforce::Error& error) {
    fuzz::require(error.kind == airforce::ErrorKind::Protocol,
                  "a stream is refused as a protocol error");
    refused = true;
  }
  return {airforce::reading_of(parser, std::move(events)), refused};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t chunk = 1 + data[0] % 16;
  const std::string_view stream = fuzz::text_of(data + 1, size - 1);
  const Outcome whole = read(stream, size);
  for (const Event& event : whole.reading.events) {
    fuzz::require(event.data.size() <= kMaxEvent, "no event is longer than the limit");
    fuzz::require(!event.type.empty(), "every event has a type");
    fuzz::require(event.last_event_id.find('\0') == std::string::npos, "no id holds a NUL");
  }
  fuzz::require(read(stream, 1) == whole, "single bytes give the same events");
  fuzz::require(read(stream, chunk) == whole, "chunks give the same events");
  return 0;
}
