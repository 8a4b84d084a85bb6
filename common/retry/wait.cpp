// SPDX-License-Identifier: LGPL-2.1-or-later
#include "retry/wait.h"

#include <algorithm>
#include <cmath>

namespace airforce {
namespace {

// A suspended machine stops poll()'s clock but not the deadline's: it is compared again this often.
constexpr Seconds kMaxPoll{5};
// Without a descriptor to wait for, a cancellation is looked for this often.
constexpr Seconds kLook{0.05};

}  // namespace

bool wait_cancellably(Seconds seconds, const Deadline& deadline, GCancellable* cancellable) {
  const Deadline end = deadline.within(seconds);
  GPollFD fd{};
  const bool has_fd =
      cancellable != nullptr && g_cancellable_make_pollfd(cancellable, &fd) != FALSE;
  while (!end.has_passed() && !g_cancellable_is_cancelled(cancellable)) {
    const Seconds step = std::min(end.left(), has_fd ? kMaxPoll : kLook);
    g_poll(&fd, has_fd ? 1 : 0, static_cast<int>(std::ceil(step.count() * 1000)));
  }
  if (has_fd) g_cancellable_release_fd(cancellable);
  return !g_cancellable_is_cancelled(cancellable);
}

}  // namespace airforce
