// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "retry/deadline.h"

namespace airforce {

// A number in [0, 1).
using Random = std::function<double()>;

// The system's.
Random system_random();

// How often something is tried, and how long the pauses are. The policies in use are in policies.h.
struct RetryPolicy {
  Seconds first{0.5};  // pause after the first failure; doubles with each further one
  Seconds longest{15};
  unsigned tries = 0;  // in all; 0: until the deadline
};

// The pause after so many failures in a row, at least 1; `random` is in [0, 1).
inline Seconds pause_after(const RetryPolicy& policy, unsigned failures, double random) {
  constexpr unsigned kMaxExponent = 20;
  const double doublings = std::min(failures - 1, kMaxExponent);
  const Seconds ceiling = std::min(policy.longest, policy.first * std::exp2(doublings));
  return ceiling * (0.5 + random / 2);
}

// The pauses of a policy: full jitter over their upper half, so that many clients that failed
// together do not come back together; never shorter than the service asked for.
class Backoff {
 public:
  Backoff(const RetryPolicy& policy, Random random) : policy_(policy), random_(std::move(random)) {}

  // The pause before the next try. `asked` is a Retry-After, negative if there was none.
  Seconds next(Seconds asked = Seconds(-1)) {
    ++failures_;
    return std::max(asked, pause_after(policy_, failures_, random_()));
  }
  // Whether the policy allows another try after the failures so far and one more.
  bool is_exhausted_by_one_more() const {
    return policy_.tries > 0 && failures_ + 1 >= policy_.tries;
  }
  // It worked: the next failure is a first one.
  void reset() { failures_ = 0; }
  unsigned failures() const { return failures_; }

 private:
  RetryPolicy policy_;
  Random random_;
  unsigned failures_ = 0;
};

}  // namespace airforce
