// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/task.h"

#include <algorithm>

namespace airforce::simulator {
namespace {

constexpr int kSteps = 25;  // so many changes of progress a task shows: 0, 4, 8 … 96
constexpr int kPercentPerStep = 100 / kSteps;

int step_at(const Task& task, Time now) {
  const Duration whole = task.ends_at - task.runs_at;
  if (whole <= Duration::zero()) return kSteps - 1;
  const auto step = (now - task.runs_at) * kSteps / whole;
  return static_cast<int>(std::clamp<int64_t>(step, 0, kSteps - 1));
}

}  // namespace

TaskView view_of(const Task& task, Time now) {
  if (task.final) {
    if (task.plan.ending == "completed")
      return {"completed", 100, now >= task.finished_at + seconds(task.plan.url_late)};
    return {task.plan.ending, std::nullopt};
  }
  if (now < task.runs_at) return {"queued", std::nullopt};
  const int step = step_at(task, now);
  return {task.plan.shown_status.empty() ? "running" : task.plan.shown_status,
          (task.plan.backwards ? kSteps - 1 - step : step) * kPercentPerStep};
}

std::optional<Time> next_change(const Task& task, Time now) {
  if (task.final) return std::nullopt;
  if (now < task.runs_at) return task.runs_at;
  if (now >= task.ends_at) return std::nullopt;
  const int next = step_at(task, now) + 1;
  if (next >= kSteps) return task.ends_at;
  // Rounded up, so that the step is really reached then.
  return task.runs_at + (task.ends_at - task.runs_at) * next / kSteps + Duration(1);
}

}  // namespace airforce::simulator
