// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace airforce::test {

// How many times slower a program is than without a sanitizer, and what waits for it more patient.
// Of valgrind a program knows nothing when it is compiled: tools/test.sh tells it.
#if defined(AIRFORCE_TEST_SLOWNESS)
inline constexpr int kSlowness = AIRFORCE_TEST_SLOWNESS;
#elif defined(__SANITIZE_THREAD__)
inline constexpr int kSlowness = 4;
#elif defined(__SANITIZE_ADDRESS__)
inline constexpr int kSlowness = 2;
#else
inline constexpr int kSlowness = 1;
#endif

}  // namespace airforce::test
