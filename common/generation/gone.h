// SPDX-License-Identifier: LGPL-2.1-or-later
// When a 404 or a 410 means that a paid task is gone. One rule for every path: follow, resume,
// replay, a fresh URL, download. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "retry/deadline.h"
#include "values/error.h"

namespace airforce {

// Whether an answer says that there is no such task.
bool is_not_found(const Error& error);

class GoneRule {
 public:
  explicit GoneRule(Seconds gone) : gone_(gone) {}

  // The service knew the task.
  void answered() { since_.reset(); }
  // A question failed at `now` (Clock::elapsed()). True: the task is gone, as the service itself
  // (in JSON, not a proxy in HTML) has not known it for so long, or does not know it after
  // `expires_at`; `service_now` and `expires_at` are by the service's clock.
  bool failed(const Error& error, double now, std::optional<std::int64_t> expires_at,
              std::int64_t service_now);

 private:
  Seconds gone_;
  std::optional<double> since_;  // of the first such answer in a row
};

}  // namespace airforce
