// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cstdio>
#include <thread>

namespace airforce::test {

// How many times slower a program is than without a sanitizer.
// Of valgrind a program knows nothing when it is compiled: tools/test.sh sets this.
#if defined(AIRFORCE_TEST_SLOWNESS)
inline constexpr int kSlowness = AIRFORCE_TEST_SLOWNESS;
#elif defined(__SANITIZE_THREAD__)
inline constexpr int kSlowness = 4;
#elif defined(__SANITIZE_ADDRESS__)
inline constexpr int kSlowness = 2;
#else
inline constexpr int kSlowness = 1;
#endif

// The same, on this machine as busy as it was when first asked: how many processes share a
// processor, 1 to 4, comes on top. For limits on a real clock.
inline double slowness() {
  static const double factor = [] {
    double load = 1;
    int running = 1;
    if (FILE* file = std::fopen("/proc/loadavg", "r")) {
      if (std::fscanf(file, "%lf %*f %*f %d", &load, &running) < 2) running = 1;
      std::fclose(file);
    }
    const double processors = std::max(1U, std::thread::hardware_concurrency());
    return kSlowness * std::clamp(std::max(load, double{1} * running) / processors, 1.0, 4.0);
  }();
  return factor;
}

}  // namespace airforce::test
