// SPDX-License-Identifier: LGPL-2.1-or-later
// The end of a generation: delivered, stopped, or failed with its charge status.
#include "generation/charge.h"
#include "generation/generation_state.h"
#include "generation/known_task.h"
#include "generation/remember.h"
#include "values/text.h"

namespace airforce {
namespace {

// on_stop=delete is the one thing that may hold up a cancellation: it is asked for, and bounded.
constexpr double kDeleteOnStopSeconds = 2;

}  // namespace

// In the clip's thread.
void Generation::State::completed(const Clip& clip) {
  const GenerationContext download_context = context();
  wait_for_recording();
  report_held_warnings();
  client->set_deadline(Deadline::never(clock).elapsed());
  if (store && intent != 0) {
    const Reuse reuse = settings.choice<Reuse>(Parameter::reuse);
    if (reuse == Reuse::Always && !identity.request.empty())
      remember(download_context, [&] { store->keep_clip(intent, identity, clip.path()); });
  }
  if (has_become_delivered(&Shared::is_downloaded)) settle_as_delivered();
  has_clip(download_context, clip.path(), settings.flag(Parameter::delete_task));
  GenerationEvent event;
  event.phase = GenerationPhase::Done;
  event.percent = 100;
  event.text = "the clip has been downloaded";
  report(event);
}

// The task is deleted where that is wished, once all sources of this process that share it have the
// clip.
void Generation::State::has_clip(const GenerationContext& context, const std::string& path,
                                 bool delete_task) {
  if (share) delete_task = share->downloaded(path, delete_task);
  if (!delete_task) return;
  const std::string task_id = task_copy().task_id;
  try {
    delete_known_task(context, task_id, task_copy().expires_at.value_or(0));
  } catch (const Error& error) {
    if (error.kind != ErrorKind::NotFound)
      context.warn("task " + shell_quoted(task_id) + " could not be deleted: " + error.message);
  }
}

// Records one of the two facts; true for the one that completes them.
bool Generation::State::has_become_delivered(bool Shared::*fact) {
  const auto state = shared.lock();
  (*state).*fact = true;
  if (!settings.string(Parameter::location).empty() && !settings.is_delivered_later())
    state->is_consumed = true;
  return state->is_downloaded && state->is_consumed && !std::exchange(state->is_settled, true);
}

void Generation::State::set_delivered() {
  // What is only played once more is no news.
  const bool is_recorded = was_delivered && settings.string(Parameter::location).empty();
  if (!is_recorded) {
    note(context(), [&](History& file) {
      const Task task = task_copy();
      file.delivered(identity.account, task.task_id, absolute_path(clip().location()),
                     task.cost_cents.value_or(-1));
    });
  }
  if (has_become_delivered(&Shared::is_consumed)) settle_as_delivered();
}

void Generation::State::settle_as_delivered() {
  if (share) share->set_delivered();  // the one who owns the purchase may outlive this
  if (!store || delivers == 0 || was_delivered) return;
  remember_at_last(context(), [&] { store->settle(delivers, IntentState::Delivered); });
}

// Adds the charge status, and how to resume.
void Generation::State::explain(Error& error) {
  const Task task = task_copy();
  if (task.task_id.empty() || !ours || error.kind == ErrorKind::TaskFailed) return;
  error.task_id = task.task_id;
  if (error.charge == Charge::Unknown) return;
  if (error.kind == ErrorKind::NotFound && !is_final(task.status)) {
    error.charge = Charge::Unknown;
    error.next_step = "the task was deleted or is older than 24 h";
    if (intent != 0)
      error.next_step +=
          "; the same request asks for it once more, and buys only if it is still gone";
    return;
  }
  error.charge = charge_of(task);
  if (is_task_deleted) {
    error.message += "; task " + shell_quoted(task.task_id) + " was deleted, which is not refunded";
    error.next_step.clear();
    return;
  }
  error.resumable = true;
  if (!is_final(task.status))
    error.message += "; task " + shell_quoted(task.task_id) + " still runs";
  if (error.next_step.find(shell_quoted(task.task_id)) != std::string::npos) return;
  error.next_step =
      resume_advice(task.task_id) + (error.next_step.empty() ? "" : "; " + error.next_step);
}

// The consumer of another source of this process had all of the clip, which this one has bought.
void Generation::State::settle_for_others() {
  if (!share || !share->is_delivered() || !store || intent == 0) return;
  if (std::exchange(shared.lock()->is_settled, true)) return;
  remember(context(), [&] { store->settle(intent, IntentState::Delivered); });
}

// on_stop=delete.
void Generation::State::stop_task(const GenerationContext& context) {
  const Task task = task_copy();
  if (settings.choice<OnStop>(Parameter::on_stop) != OnStop::Delete || task.task_id.empty() ||
      is_final(task.status) || is_task_of_another)
    return;
  if (share && share->leave()) return;
  try {
    client->remove(task.task_id, nullptr, kDeleteOnStopSeconds);
    is_task_deleted = true;
    if (store && intent != 0)
      remember(context, [&] { store->settle(intent, IntentState::Failed); });
    intent = 0;
  } catch (const Error& error) {
    context.warn("task " + shell_quoted(task.task_id) + " could not be deleted: " + error.message);
  }
}

}  // namespace airforce
