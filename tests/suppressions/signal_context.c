// SPDX-License-Identifier: LGPL-2.1-or-later
// Preloaded under ThreadSanitizer. At its first blocking call a thread gets the place in which the
// sanitizer keeps signals for it, and a signal that comes while that is made is kept in another
// one, which nobody looks at (`SigCtx()` in tsan_interceptors_posix.cpp of LLVM's compiler-rt). So
// the main thread, to which signals go, has its place before there is anybody who sends one.
#include <poll.h>
#include <stddef.h>

__attribute__((constructor)) static void make_signal_context(void) {
  poll(NULL, 0, 0);
}
