// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/create_policy.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <glib.h>

#include "retry/retry.h"
#include "values/trim.h"

namespace airforce {
namespace {

// Whether the task was created when a create of ours could be carried out: not before the request,
// however late after it.
bool is_in_time(const Task& task, const LostCreate& lost) {
  if (!lost.by_service_clock || !task.created) return true;
  const std::int64_t skew = lost.created_skew.value_or(0);
  // Which was learned from another create, that took its own seconds.
  const std::int64_t tolerance = kClockToleranceSeconds + (skew != 0 ? kCreateSeconds : 0);
  const std::int64_t age = *task.created - skew - lost.sent_at;
  return age >= -tolerance && age <= lost.late_seconds + tolerance;
}

bool has_same_cost(const Task& task, const LostCreate& lost) {
  return task.cost_cents && lost.price_cents &&
         std::abs(*task.cost_cents - *lost.price_cents) < 0.01;
}

// Whether it would be, by a clock that nothing is known of.
bool may_be_in_time(const Task& task, const LostCreate& lost) {
  if (is_in_time(task, lost)) return true;
  const bool is_alike =
      !task.prompt.empty() || (task.duration_seconds && has_same_cost(task, lost));
  const std::int64_t age = *task.created - lost.sent_at;
  return !lost.created_skew && is_alike && age >= -kMaxSkewSeconds &&
         age <= lost.late_seconds + kMaxSkewSeconds;
}

bool differs(const std::string& reported, const std::string& asked) {
  return !reported.empty() && !asked.empty() &&
         g_ascii_strcasecmp(reported.c_str(), asked.c_str()) != 0;
}

bool is_contradicted(const Task& task, const LostCreate& lost) {
  if (differs(task.aspect_ratio, lost.aspect_ratio) || differs(task.quality, lost.quality))
    return true;
  if (!task.model.empty() && task.model != lost.model) return true;
  if (!task.prompt.empty() && trimmed(task.prompt) != trimmed(lost.prompt)) return true;
  // A duration that is reported may be rounded; it is known in whole seconds.
  if (task.duration_seconds && lost.duration_seconds > 0 &&
      *task.duration_seconds != lost.duration_seconds)
    return true;
  return !may_be_in_time(task, lost);
}

bool is_proven(const Task& task, const LostCreate& lost) {
  // Not contradicted; but without the service's clock an old task may have our prompt as well.
  if (!task.prompt.empty())
    return (lost.by_service_clock || !task.created) && is_in_time(task, lost);
  // The time of our request is known from below: answers take time, and Date has no fractions. So
  // what was created in an earlier second is not ours.
  return lost.by_service_clock && lost.created_skew.value_or(0) == 0 && task.created &&
         *task.created >= lost.sent_at &&
         *task.created <= lost.sent_at + kCreateSeconds + kClockToleranceSeconds &&
         task.model == lost.model && task.duration_seconds && lost.duration_seconds > 0 &&
         has_same_cost(task, lost);
}

}  // namespace

CreateOutcome create_outcome(const Error& error) {
  if (error.kind == ErrorKind::Cancelled) return CreateOutcome::Cancelled;
  if (!error.delivered) return CreateOutcome::NotDelivered;
  const int status = error.http_status;
  if (status == 429 && is_locked(error) && error.retry_after_seconds < 0)
    return CreateOutcome::Refused;
  if (status == 429) return CreateOutcome::Paced;
  if (status == 503 && error.retry_after_seconds >= 0) return CreateOutcome::Paced;
  // Of gateways whose client went away, which says nothing of the service behind them.
  constexpr int kClientClosedRequest = 499;  // nginx
  constexpr int kClientClosed = 460;         // AWS
  if (status == 408 || status == kClientClosedRequest || status == kClientClosed)
    return CreateOutcome::Unknown;
  // "See Other" is said of a request that was carried out (RFC 9110, 15.4.4).
  if (status == 303) return CreateOutcome::Unknown;
  // The request was redirected and not carried out.
  if (status >= 300 && status < 500) return CreateOutcome::Refused;
  // 501 and 505 say that the server does not do such things at all.
  if (status == 501 || status == 505) return CreateOutcome::Refused;
  return CreateOutcome::Unknown;
}

LostTaskMatch judge_list(const std::vector<Task>& tasks, const LostCreate& lost) {
  LostTaskMatch match;
  std::vector<Task> echoed;
  for (const Task& task : tasks) {
    if (is_contradicted(task, lost)) continue;
    match.candidates.push_back(task);
  }
  // A clock is doubted only where it leaves nothing.
  const bool is_any_in_time = std::any_of(match.candidates.begin(), match.candidates.end(),
                                          [&](const Task& task) { return is_in_time(task, lost); });
  if (is_any_in_time)
    std::erase_if(match.candidates, [&](const Task& task) { return !is_in_time(task, lost); });
  for (const Task& task : match.candidates) {
    if (!task.prompt.empty()) echoed.push_back(task);
  }
  // Where the service echoes prompts, a task without one is somebody else's odd entry.
  const std::vector<Task>& fitting = echoed.empty() ? match.candidates : echoed;
  if (fitting.size() == 1 && !fitting.front().task_id.empty() && is_proven(fitting.front(), lost))
    match.ours = fitting.front();
  return match;
}

}  // namespace airforce
