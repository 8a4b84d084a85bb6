// SPDX-License-Identifier: LGPL-2.1-or-later
// A service that answers from a script, and a clock that a test sets: for moments that can't be hit
// otherwise.
#pragma once

#include <functional>

#include "http/session.h"
#include "values/clock.h"

namespace airforce {

class ScriptedService final : public http::Session {
 public:
  // Answers a request; what it leaves as it is, is 200 without a body.
  using Script = std::function<void(const http::Request& request, http::Response& answer)>;
  explicit ScriptedService(Script script) : script_(std::move(script)) {}

  http::Response send(const http::Request& request, GCancellable*) override {
    http::Response answer;
    answer.status = 200;
    if (connect) connect(request);
    if (request.about_to_send) request.about_to_send();
    script_(request, answer);
    return answer;
  }
  // There are no event streams here where the test has none.
  std::unique_ptr<http::ByteStream> open(const http::Request&, GCancellable*) override {
    if (!stream) throw http::TransportError(http::TransportError::Kind::Lost, "no stream");
    return stream();
  }

  std::function<std::unique_ptr<http::ByteStream>()> stream;
  // May throw TransportError, as a connection that is not made.
  std::function<void(const http::Request& request)> connect;

 private:
  Script script_;
};

// The system's clocks, and what a test adds: `slept` as a suspended machine does, `set` as somebody
// who sets the wall clock does. Seconds.
struct ShiftedClock final : Clock {
  double elapsed() const override { return system_clock().elapsed() + slept; }
  std::int64_t unix_time() const override {
    return system_clock().unix_time() + static_cast<std::int64_t>(slept) + set;
  }
  double slept = 0;
  std::int64_t set = 0;
};

}  // namespace airforce
