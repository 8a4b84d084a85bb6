// SPDX-License-Identifier: LGPL-2.1-or-later
// What a generation reports of its task, and what the task costs.
#include "generation/budget.h"
#include "generation/charge.h"
#include "generation/generation_state.h"
#include "generation/remember.h"
#include "values/text.h"

namespace airforce {

Error failed_task(const Task& task) {
  const bool expired = task.status == TaskStatus::Expired;
  std::string message = "task " + shell_quoted(task.task_id) + (expired ? " expired" : " failed");
  if (!task.error_type.empty()) message += ", " + task.error_type;
  if (!task.error_message.empty()) message += ": " + task.error_message;
  message += refund_remark(task);
  Error error(ErrorKind::TaskFailed, Step::Follow, message,
              expired ? "ask again" : "change the request, or ask again");
  error.api_type = task.error_type;
  error.task_id = task.task_id;
  error.charge = charge_of(task);
  return error;
}

void Generation::State::report(GenerationEvent event) {
  std::optional<Task> task;
  {
    const auto state = shared.lock();
    if (event.kind == GenerationEvent::Kind::Progress) state->phase = event.phase;
    event.phase = state->phase;
    if (!state->task.task_id.empty()) task = state->task;
  }
  if (listener) listener(event, task ? &*task : nullptr);
}

void Generation::State::report_held_warnings() {
  std::vector<GenerationEvent> warnings;
  warnings.swap(shared.lock()->held_warnings);
  for (GenerationEvent& warning : warnings) report(std::move(warning));
}

void Generation::State::set_task(const Task& task) {
  shared.lock()->task = task;
}

// The service may charge more than was announced, which no ceiling can prevent any more.
void Generation::State::warn_of_excess(const Task& task) {
  const double limit = settings.number(Parameter::max_cost_cents);
  if (!task.cost_cents || is_excess_reported) return;
  const bool is_above_price = announced_cents && *task.cost_cents > *announced_cents + 0.005;
  const bool is_above_limit = limit >= 0 && *task.cost_cents > limit + 0.005;
  if (!is_above_price && !is_above_limit) return;
  is_excess_reported = true;
  GenerationEvent event;
  event.kind = GenerationEvent::Kind::Warning;
  event.text = "the service charges " + cents_text(*task.cost_cents) + " for task " +
               shell_quoted(task.task_id);
  if (announced_cents) event.text += ", though " + cents_text(*announced_cents) + " was announced";
  if (is_above_limit) event.text += ", above the max_cost_cents of " + cents_text(limit);
  report(event);
}

void Generation::State::record_charge(const GenerationContext& context, const Task& task) {
  if (store && known_intent() != 0) remember_charge(context, *store, known_intent(), task);
}

void Generation::State::report_task(const Task& task) {
  set_task(task);
  warn_of_excess(task);
  GenerationEvent event;
  event.kind = GenerationEvent::Kind::Task;
  event.text = "task " + shell_quoted(task.task_id) + ": " + task.status_text;
  report(event);
  if (is_final(task.status)) return;
  event.kind = GenerationEvent::Kind::Progress;
  event.phase =
      task.status == TaskStatus::Running ? GenerationPhase::Running : GenerationPhase::Queued;
  event.percent = task.progress.value_or(event.phase == GenerationPhase::Running ? 0 : -1);
  event.text = task.status_text;
  if (task.progress) event.text += " " + std::to_string(*task.progress) + " %";
  report(event);
}

}  // namespace airforce
