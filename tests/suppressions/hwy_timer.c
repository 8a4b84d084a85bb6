// SPDX-License-Identifier: LGPL-2.1-or-later
// Preloaded under valgrind. libhwy, which comes with libav's libjxl, asks for the timer's
// resolution when it is loaded, by an instruction that valgrind does not know (3.19 and 3.24 end
// with SIGILL).
#include <stdint.h>

uint64_t airforce_hwy_timer_resolution(void) __asm__("_ZN3hwy8platform15TimerResolutionEv");

uint64_t airforce_hwy_timer_resolution(void) {
  return 1;
}
