// SPDX-License-Identifier: LGPL-2.1-or-later
// The simulator's idea of time: wall-clock instants, read from a clock that a test can replace.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace airforce::simulator {

using Duration = std::chrono::microseconds;
using Time = std::chrono::sys_time<Duration>;

/// Gives the present. Must not go back.
using Clock = std::function<Time()>;

/// The time of day at the first call, and from then on what the steady clock adds to it, so that
/// setting the machine's clock changes nothing.
inline Time wall_clock() {
  using std::chrono::steady_clock;
  static const auto start =
      std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  static const auto steady_start = steady_clock::now();
  return start + std::chrono::duration_cast<Duration>(steady_clock::now() - steady_start);
}

/// Seconds, with fractions, as a Duration.
inline Duration seconds(double count) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(count));
}

inline double in_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// The instant as the API writes it: whole seconds since 1970.
inline int64_t unix_seconds(Time time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace airforce::simulator
