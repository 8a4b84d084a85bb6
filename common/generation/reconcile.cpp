// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/reconcile.h"

#include <algorithm>

#include "generation/create_policy.h"

namespace airforce {
namespace {

constexpr int kLargestList = 200;  // contract: List
// How long to wait for other creates that are on their way now, each of which may turn out to have
// made one of the candidates.
constexpr int kMostReads = 20;

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

std::vector<Task> list_well(const Work& work) {
  Backoff backoff(0.5, 15, work.random);
  for (;;) {
    try {
      return work.client.tasks(kLargestList, "", work.cancellable);
    } catch (const Error& error) {
      if (error.kind == ErrorKind::Cancelled) throw;
      const double seconds =
          backoff.next(std::min(error.retry_after_seconds, kLongestRetryAfterSeconds));
      if (work.now() + seconds >= work.deadline)
        throw unknown("the answer to the create was lost, and the list of tasks can't be read (" +
                          error.message + ")",
                      {});
      work.wait(seconds);
    }
  }
}

// A full list that does not reach back to the window proves nothing.
bool reaches_back(const std::vector<Task>& tasks, const CreateWindow& window) {
  if (tasks.size() < kLargestList) return true;
  return std::any_of(tasks.begin(), tasks.end(),
                     [&](const Task& task) { return task.created && *task.created < window.from; });
}

// Another process is in the middle of a create of the same model: a candidate may be its task.
bool others_are_buying(Store& store, const Intent& ours) {
  const std::vector<Intent> intents = store.intents(ours.account, kLargestList);
  return std::any_of(intents.begin(), intents.end(), [&](const Intent& intent) {
    return intent.id != ours.id && intent.state == IntentState::Sending && intent.owned &&
           intent.model == ours.model;
  });
}

}  // namespace

std::optional<Task> find_lost_task(const Work& work, Store& store, const Intent& intent,
                                   const Inputs& inputs, std::int64_t sent_at,
                                   std::int64_t lost_at) {
  const CreateWindow window = create_window(sent_at, lost_at);
  const int duration = static_cast<int>(work.settings.integer(Parameter::duration_seconds));
  const std::vector<double>& waits = work.patience.lost_create_reads;
  std::size_t empty_reads = 0;
  for (int reads = 0;; ++reads) {
    work.wait(waits[std::min(empty_reads, waits.size() - 1)]);
    const std::vector<Task> tasks = list_well(work);
    std::vector<Task> candidates =
        matching_tasks(tasks, intent.model, inputs.prompt, duration, window);
    std::erase_if(candidates,
                  [&](const Task& task) { return store.knows_task(intent.account, task.task_id); });
    const bool contested = others_are_buying(store, intent);
    if (candidates.size() == 1 && !contested) return candidates.front();
    if (!candidates.empty() && (!contested || reads >= kMostReads || work.past_deadline()))
      throw unknown("the answer to the create was lost, and several tasks may be it", candidates);
    if (candidates.empty()) {
      if (!reaches_back(tasks, window))
        throw unknown(
            "the answer to the create was lost, and the list of tasks does not reach back to it",
            {});
      if (++empty_reads == waits.size()) return std::nullopt;
    }
    if (work.past_deadline())
      throw unknown("the answer to the create was lost, and there was no time to look for it",
                    candidates);
  }
}

}  // namespace airforce
