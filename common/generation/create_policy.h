// SPDX-License-Identifier: LGPL-2.1-or-later
// What a failed create means, and which task proves to be ours. Pure: values in, a decision out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "values/error.h"
#include "values/task.h"

namespace airforce {

enum class CreateOutcome {
  NotDelivered,  // name, connect or TLS failed: the request never left, try again soon
  Paced,         // 429, or 503 with Retry-After: try again when the service says
  Refused,       // permanently; nothing was charged
  // The request left, and no answer that can be understood came back: a lost connection, 408, 500,
  // 502, 503, 504, 52x, a 2xx that can't be read or holds an error. Never sent again in this run.
  Unknown,
  Cancelled,
};

CreateOutcome create_outcome(const Error& error);

// A create whose outcome is unknown, in Unix seconds by the service's clock.
struct LostCreate {
  std::int64_t sent_at = 0;
  // This machine's clock was used, which may have been set since: then the times of tasks prove
  // nothing.
  bool by_service_clock = true;
  std::string model;
  std::string prompt;
  std::string aspect_ratio;  // "": not asked for, as the next
  std::string quality;
  int duration_seconds = 0;           // 0: unknown
  std::optional<double> price_cents;  // unset: unknown
  std::int64_t late_seconds = 180;    // how long after sent_at it may still be carried out
  // By how much the service's `created` differs from the clock of its answers, as tasks show whose
  // create was answered. Unset: nothing is known; then a task within kMaxSkewSeconds may be ours
  // that echoes our prompt, or has our duration and cost.
  std::optional<std::int64_t> created_skew;
};

// What a list of tasks says of a lost create.
struct LostTaskMatch {
  // Proven to be ours: it echoes our prompt; or, where the service echoes none, it has our model,
  // duration and cost and was created in the seconds of our request. And no other task fits.
  std::optional<Task> ours;
  // Tasks that may be ours, and are not proven to be.
  std::vector<Task> candidates;
};

// `tasks`: those that the store does not know.
LostTaskMatch judge_list(const std::vector<Task>& tasks, const LostCreate& lost);

// By whole seconds, and by what clocks differ after Client::service_time has corrected them.
inline constexpr std::int64_t kClockToleranceSeconds = 2;
// A database that takes local time for UTC, one zone or summer time away.
inline constexpr std::int64_t kMaxSkewSeconds = 3600 + kClockToleranceSeconds;
// "The seconds of our request": a service that is healthy enters a task within these; a later one
// of the same model may be another client's.
inline constexpr std::int64_t kCreateSeconds = 10;

}  // namespace airforce
