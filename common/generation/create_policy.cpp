// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/create_policy.h"

namespace airforce {
namespace {

constexpr std::int64_t kClockToleranceSeconds = 15;

}  // namespace

CreateOutcome create_outcome(const Error& error) {
  if (error.kind == ErrorKind::Cancelled) return CreateOutcome::Cancelled;
  if (!error.delivered) return CreateOutcome::NotDelivered;
  const int status = error.http_status;
  if (status == 429) return CreateOutcome::Paced;
  if (status == 503 && error.retry_after_seconds >= 0) return CreateOutcome::Paced;
  if (status == 408) return CreateOutcome::Unknown;
  // The request was redirected and not carried out.
  if (status >= 300 && status < 500) return CreateOutcome::Refused;
  // 501 and 505 say that the server does not do such things at all.
  if (status == 501 || status == 505) return CreateOutcome::Refused;
  return CreateOutcome::Unknown;
}

CreateWindow create_window(std::int64_t sent_at, std::int64_t lost_at) {
  return {sent_at - kClockToleranceSeconds, lost_at + kClockToleranceSeconds};
}

std::vector<Task> matching_tasks(const std::vector<Task>& tasks, const std::string& model,
                                 const std::string& prompt, int duration_seconds,
                                 const CreateWindow& window) {
  std::vector<Task> matching;
  for (const Task& task : tasks) {
    if (task.task_id.empty()) continue;
    if (!task.model.empty() && task.model != model) continue;
    if (!task.prompt.empty() && task.prompt != prompt) continue;
    if (task.duration_seconds && duration_seconds > 0 && *task.duration_seconds != duration_seconds)
      continue;
    if (task.created && (*task.created < window.from || *task.created > window.to)) continue;
    matching.push_back(task);
  }
  return matching;
}

}  // namespace airforce
