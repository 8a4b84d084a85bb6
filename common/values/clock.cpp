// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/clock.h"

#include <ctime>

namespace airforce {
namespace {

struct SystemClock final : Clock {
  double elapsed() const override {
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
  }
  std::int64_t unix_time() const override { return std::time(nullptr); }
};

}  // namespace

const Clock& system_clock() {
  // Never destroyed: threads of a generation that is still open use it while the process exits.
  static const auto* const clock = new SystemClock;
  return *clock;
}

}  // namespace airforce
