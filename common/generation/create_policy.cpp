// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/create_policy.h"

#include <cmath>
#include <limits>

#include "retry/retry.h"
#include "values/trim.h"

namespace airforce {
namespace {

bool is_contradicted(const Task& task, const LostCreate& lost) {
  if (!task.model.empty() && task.model != lost.model) return true;
  if (!task.prompt.empty() && trimmed(task.prompt) != trimmed(lost.prompt)) return true;
  // A duration that is reported may be rounded; it is known in whole seconds.
  if (task.duration_seconds && lost.duration_seconds > 0 &&
      *task.duration_seconds != lost.duration_seconds)
    return true;
  // A task that is older than our request is not its task, however late that is carried out.
  return lost.by_service_clock && task.created &&
         (*task.created < lost.sent_at - kClockToleranceSeconds ||
          *task.created > lost.sent_at + lost.late_seconds + kClockToleranceSeconds);
}

bool has_same_cost(const Task& task, const LostCreate& lost) {
  return task.cost_cents && lost.price_cents &&
         std::abs(*task.cost_cents - *lost.price_cents) < 0.01;
}

bool is_proven(const Task& task, const LostCreate& lost) {
  // Not contradicted; but without the service's clock an old task may have our prompt as well.
  if (!task.prompt.empty()) return lost.by_service_clock || !task.created;
  // The time of our request is known from below: answers take time, and Date has no fractions. So
  // what was created in an earlier second is not ours.
  return lost.by_service_clock && task.created && *task.created >= lost.sent_at &&
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
  if (status == 408) return CreateOutcome::Unknown;
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
    if (!task.prompt.empty()) echoed.push_back(task);
  }
  // Where the service echoes prompts, a task without one is somebody else's odd entry.
  const std::vector<Task>& fitting = echoed.empty() ? match.candidates : echoed;
  if (fitting.size() == 1 && !fitting.front().task_id.empty() && is_proven(fitting.front(), lost))
    match.ours = fitting.front();
  return match;
}

}  // namespace airforce
