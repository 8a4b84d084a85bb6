// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/reconcile.h"

#include <algorithm>
#include <limits>

#include "store/claim_rules.h"

namespace airforce {
namespace {

constexpr int kMaxList = 200;  // contract: List
// How long to wait for other creates that are on their way now, each of which may turn out to have
// made one of the candidates.
constexpr int kMaxReads = 20;
constexpr CreateWindow kAnyTime = {std::numeric_limits<std::int64_t>::min(),
                                   std::numeric_limits<std::int64_t>::max()};

Error unknown(const std::string& what, const std::vector<Task>& candidates) {
  Error error(ErrorKind::UnknownCreate, Step::Create, what,
              "look at the list of tasks (airforce-video list) and attach to yours with task_id "
              "before asking again");
  error.charge = Charge::Unknown;
  for (const Task& task : candidates) error.candidates.push_back(task.task_id);
  if (!error.candidates.empty()) {
    error.message += ": ";
    for (const std::string& id : error.candidates)
      error.message += (id == error.candidates.front() ? "" : ", ") + id;
  }
  return error;
}

std::vector<Task> list_well(const GenerationContext& context) {
  Backoff backoff(0.5, 15, context.random);
  for (;;) {
    try {
      return context.client.tasks(kMaxList, "", context.cancellable);
    } catch (const Error& error) {
      if (error.kind == ErrorKind::Cancelled) throw;
      const double seconds =
          backoff.next(std::min(error.retry_after_seconds, kMaxRetryAfterSeconds));
      if (context.now() + seconds >= context.deadline)
        throw unknown("the answer to the create was lost, and the list of tasks can't be read (" +
                          error.message + ")",
                      {});
      context.wait(seconds);
    }
  }
}

// A full list that does not reach back to the window proves nothing.
bool reaches_back(const std::vector<Task>& tasks, const CreateWindow& window) {
  if (tasks.size() < kMaxList) return true;
  return std::any_of(tasks.begin(), tasks.end(),
                     [&](const Task& task) { return task.created && *task.created < window.from; });
}

// Another process is in the middle of a create of the same model: a candidate may be its task.
bool others_are_buying(Store& store, const Intent& ours) {
  const std::vector<Intent> intents = store.intents(ours.account, kMaxList);
  return std::any_of(intents.begin(), intents.end(), [&](const Intent& intent) {
    return intent.id != ours.id && intent.state == IntentState::Sending && intent.owned &&
           intent.model == ours.model;
  });
}

// By the service's clock, as far as the answers so far tell it.
CreateWindow window_of(const GenerationContext& context, const LostCreate& lost) {
  std::int64_t offset = 0;
  if (!lost.by_service_clock) offset = context.client.service_time() - context.clock.unix_time();
  return create_window(lost.sent_at + offset, lost.lost_at + offset);
}

}  // namespace

std::optional<Task> find_lost_task(const GenerationContext& context, Store& store,
                                   const Intent& intent, const Inputs& inputs,
                                   const LostCreate& lost) {
  const int duration = static_cast<int>(context.settings.integer(Parameter::duration_seconds));
  const auto candidates_in = [&](const std::vector<Task>& tasks, const CreateWindow& window) {
    std::vector<Task> candidates =
        matching_tasks(tasks, intent.model, inputs.prompt, duration, window);
    std::erase_if(candidates,
                  [&](const Task& task) { return store.knows_task(intent.account, task.task_id); });
    return candidates;
  };
  const std::vector<double>& waits = context.timeouts.lost_create_reads;
  std::size_t empty_reads = 0;
  for (int reads = 0;; ++reads) {
    context.wait(waits[std::min(empty_reads, waits.size() - 1)]);
    const std::vector<Task> tasks = list_well(context);
    const CreateWindow window = window_of(context, lost);
    const bool purged = window.to + kTaskLifeSeconds < context.client.service_time();
    const std::vector<Task> candidates = candidates_in(tasks, window);
    const bool contested = others_are_buying(store, intent);
    if (candidates.size() == 1 && !contested) return candidates.front();
    if (!candidates.empty() && (!contested || reads >= kMaxReads || context.past_deadline()))
      throw unknown("the answer to the create was lost, and several tasks may be it", candidates);
    if (candidates.empty()) {
      if (!purged && !reaches_back(tasks, window))
        throw unknown(
            "the answer to the create was lost, and the list of tasks does not reach back to it",
            {});
      if (++empty_reads == waits.size()) {
        if (lost.by_service_clock) return std::nullopt;
        const std::vector<Task> of_any_time = candidates_in(tasks, kAnyTime);
        if (of_any_time.empty()) return std::nullopt;
        throw unknown(
            "the answer to the create was lost, and no clock tells whether one of these tasks is "
            "it",
            of_any_time);
      }
    }
    if (context.past_deadline())
      throw unknown("the answer to the create was lost, and there was no time to look for it",
                    candidates);
  }
}

}  // namespace airforce
