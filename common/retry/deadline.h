// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <chrono>
#include <limits>

#include "values/clock.h"

namespace airforce {

using Seconds = std::chrono::duration<double>;

// When all of a piece of work has to be done, handed down to every wait in it.
class Deadline {
 public:
  // `clock` outlives it.
  Deadline(const Clock& clock, Seconds from_now)
      : clock_(&clock), at_(clock.elapsed() + from_now.count()) {}
  static Deadline never(const Clock& clock) {
    return {clock, Seconds(std::numeric_limits<double>::infinity())};
  }

  // By Clock::elapsed(); infinity for never.
  double elapsed() const { return at_; }
  // 0 when it has passed.
  Seconds left() const { return Seconds(std::max(at_ - clock_->elapsed(), 0.0)); }
  bool has_passed() const { return clock_->elapsed() >= at_; }
  // The earlier of this and `from_now`.
  Deadline within(Seconds from_now) const { return {*clock_, std::min(left(), from_now)}; }
  const Clock& clock() const { return *clock_; }

 private:
  const Clock* clock_;
  double at_;  // Clock::elapsed()
};

}  // namespace airforce
