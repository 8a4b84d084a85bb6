// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <functional>

namespace airforce {

// A number in [0, 1).
using Random = std::function<double()>;

// The system's.
Random system_random();

// The longest Retry-After that is obeyed where money is already in a task: what is absurd must not
// lose it.
inline constexpr double kMaxRetryAfterSeconds = 60;

// Waits between tries of what failed: doubling with full jitter over their upper half, so that many
// clients that failed together do not come back together; never sooner than the service asked for.
class Backoff {
 public:
  Backoff(double first_seconds, double longest_seconds, Random random)
      : first_(first_seconds), longest_(longest_seconds), random_(std::move(random)) {}

  // The next wait. `asked` is a Retry-After in seconds, negative if there was none.
  double next(double asked = -1) {
    const double ceiling =
        std::min(longest_, first_ * static_cast<double>(1u << std::min(tries_, 20u)));
    ++tries_;
    return std::max(asked, ceiling * (0.5 + random_() / 2));
  }
  // It worked: begin anew.
  void reset() { tries_ = 0; }
  unsigned tries() const { return tries_; }

 private:
  double first_;
  double longest_;
  Random random_;
  unsigned tries_ = 0;
};

}  // namespace airforce
