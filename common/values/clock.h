// SPDX-License-Identifier: LGPL-2.1-or-later
// Time as the core sees it, so that tests can give it.
#pragma once

#include <cstdint>

namespace airforce {

struct Clock {
  virtual ~Clock() = default;
  // Seconds since an arbitrary start; continues while the machine sleeps (CLOCK_BOOTTIME). For
  // waits and deadlines.
  virtual double elapsed() const = 0;
  // Unix seconds. Only to compare with times that the service or another machine gave.
  virtual std::int64_t unix_time() const = 0;
};

// The system's clocks.
const Clock& system_clock();

}  // namespace airforce
