// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>

namespace airforce::cli {

// Runs `work` on a thread of its own. Meanwhile this thread calls `tick` some ten times a second
// and, at SIGINT, SIGTERM or SIGHUP, `cancel`, which must not block; the same signal a second time
// ends the process at once. Returns the signal, or 0. Rethrows what `work` has thrown, after
// `signal` is set.
void run_interruptibly(const std::function<void()>& work, const std::function<void()>& cancel,
                       const std::function<void()>& tick, int& signal);

}  // namespace airforce::cli
