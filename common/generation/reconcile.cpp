// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/reconcile.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "generation/budget.h"
#include "generation/charge.h"
#include "retry/policies.h"
#include "retry/retry.h"
#include "store/claim_rules.h"
#include "values/text.h"

namespace airforce {
namespace {

constexpr int kMaxList = 200;  // contract: List
// A task that is proven by its model, duration, cost and time alone is adopted when so many reads
// in a row agree: another one that fits as well may appear a moment later.
constexpr int kAgreeingReads = 2;

// Whether the task is the intent's: a list may write its id in another way than the create did.
bool names_task_of(const Intent& intent, const Task& task) {
  return !intent.task_id.empty() &&
         (task.task_id == intent.task_id || is_same_task(task.task_id, intent.task_id) ||
          (!task.other_id.empty() && is_same_task(task.other_id, intent.task_id)));
}

// Failed, and the service says that it costs nothing.
bool is_refunded(const Task& task) {
  return (task.status == TaskStatus::Failed || task.status == TaskStatus::Expired) &&
         charge_of(task) == Charge::Refunded;
}

class Search {
 public:
  Search(const GenerationContext& context, Store& store, const Intent& intent,
         const LostCreate& lost, const std::string& why, CreateTurn& turn)
      : context_(context), store_(store), intent_(intent), lost_(lost), why_(why), turn_(turn) {}

  std::optional<Task> run(Seconds look) {
    const Deadline end = context_.deadline.within(look);
    Backoff pauses(kLostTaskReads, context_.random);
    for (int agreeing = 0, reads = 0;;) {
      const Deadline pause = end.within(pauses.next());
      wait_cancellably(pause.left(), pause, context_.cancellable);
      context_.check_cancelled();
      // Before the list is read, and after it: a create may end meanwhile, whose task is in the
      // list and was not known yet.
      std::vector<Intent> others = others_sending();
      const std::vector<Task> tasks = unknown_tasks(end);
      if (recorded_) return recorded_;
      last_ = judge_list(tasks, lost_);
      if (!last_.ours) last_.ours = appeared();
      for (Intent& other : others_sending()) others.push_back(std::move(other));
      const bool is_prompt_echoed = last_.ours && !last_.ours->prompt.empty();
      const bool is_contested = std::any_of(others.begin(), others.end(), [&](const Intent& other) {
        return !is_prompt_echoed || other.summary == intent_.summary;
      });
      if (last_.ours && !is_contested) {
        if (is_prompt_echoed || ++agreeing >= kAgreeingReads) return last_.ours;
      } else {
        agreeing = 0;
      }
      // Whether one that was refunded is ours makes no difference: it costs nothing and has no
      // clip.
      const bool is_none_paid =
          std::all_of(last_.candidates.begin(), last_.candidates.end(), is_refunded);
      if (is_none_paid && is_permanently_over()) return std::nullopt;
      const bool is_looked_for = ++reads >= kAgreeingReads;
      // What may be ours now will not be proven by looking on.
      if (!last_.ours && is_looked_for && is_past()) throw unknown("no task is proven to be yours");
      if (!last_.ours && is_looked_for) turn_.release();
      if (end.has_passed()) throw unknown("no task is proven to be yours");
    }
  }

 private:
  // The list without what the store knows to be others'.
  std::vector<Task> unknown_tasks(const Deadline& end) {
    std::vector<Task> tasks;
    try {
      tasks = retry_until(
          end, kListRetry, context_.random, context_.cancellable,
          [&] { return context_.client.tasks(kMaxList, "", context_.cancellable); },
          [](const Error& error) { return error.kind != ErrorKind::Cancelled; });
    } catch (const Error& error) {
      if (error.kind == ErrorKind::Cancelled) throw;
      throw unknown("the list of tasks can't be read (" + error.message + ")");
    }
    reaches_back_ = tasks.size() < static_cast<std::size_t>(kMaxList) ||
                    std::any_of(tasks.begin(), tasks.end(), [&](const Task& task) {
                      return task.created && *task.created < lost_.sent_at;
                    });
    recorded_ = recorded_task(tasks);
    if (const auto skew = created_skew(tasks)) lost_.created_skew = skew;
    const std::vector<Intent> intents = store_.intents(intent_.account, kMaxList);
    std::erase_if(tasks, [&](const Task& task) {
      return !task.task_id.empty() &&
             (store_.knows_task(intent_.account, task.task_id) ||
              std::any_of(intents.begin(), intents.end(),
                          [&](auto& known) { return names_task_of(known, task); }));
    });
    if (!first_read_) {
      first_read_.emplace();
      for (const Task& task : tasks) first_read_->insert(task.task_id);
    }
    return tasks;
  }

  // The one candidate that echoes our prompt, where it was not in the list at first: whatever its
  // clock says, it was created after our request.
  std::optional<Task> appeared() const {
    if (last_.candidates.size() != 1) return std::nullopt;
    const Task& task = last_.candidates.front();
    if (task.prompt.empty() || first_read_->count(task.task_id) > 0) return std::nullopt;
    return task;
  }

  // What the tasks of answered creates say of the service's clocks.
  std::optional<std::int64_t> created_skew(const std::vector<Task>& tasks) {
    std::optional<std::int64_t> skew;
    for (const Intent& intent : store_.intents(intent_.account, kMaxList)) {
      if (intent.id == intent_.id || intent.task_id.empty() || intent.sent_at <= 0) continue;
      for (const Task& task : tasks) {
        if (!names_task_of(intent, task) || !task.created) continue;
        const std::int64_t offset = *task.created - intent.sent_at;
        const bool is_late = offset >= -kClockToleranceSeconds &&
                             offset <= lost_.late_seconds + kClockToleranceSeconds;
        if (is_late) return 0;
        if (!skew || std::abs(offset) < std::abs(*skew)) skew = offset;
      }
    }
    return skew;
  }

  // An earlier owner of the intent, which was suspended, has heard of its task meanwhile.
  std::optional<Task> recorded_task(const std::vector<Task>& tasks) {
    for (const Intent& intent : store_.intents(intent_.account, kMaxList)) {
      if (intent.id != intent_.id || intent.task_id.empty()) continue;
      const auto found = std::find_if(tasks.begin(), tasks.end(), [&](const Task& task) {
        return names_task_of(intent, task);
      });
      if (found != tasks.end()) return *found;
    }
    return std::nullopt;
  }

  // Other creates of the model that are under way. A candidate may be the task of one of them,
  // where prompts are echoed of one with the same prompt, whatever else differs.
  std::vector<Intent> others_sending() {
    std::vector<Intent> intents = store_.intents(intent_.account, kMaxList);
    std::erase_if(intents, [&](const Intent& intent) {
      return intent.id == intent_.id || intent.state != IntentState::Sending || !intent.owned ||
             intent.model != intent_.model;
    });
    return intents;
  }

  bool is_past() const {
    return context_.client.service_time() - lost_.sent_at > lost_.late_seconds;
  }

  // Nothing that left us can be carried out any more, and the list would show it.
  bool is_permanently_over() const {
    const std::int64_t age = context_.client.service_time() - lost_.sent_at;
    if (lost_.by_service_clock && age > kTaskLifeSeconds + lost_.late_seconds) return true;
    return reaches_back_ && age > lost_.late_seconds;
  }

  Error unknown(const std::string& what) const {
    const std::int64_t age = context_.client.service_time() - lost_.sent_at;
    const std::int64_t left = std::max<std::int64_t>(lost_.late_seconds - age, 0);
    std::string next =
        "run the same request again: it looks for the task first, at no charge, and creates "
        "another only when none can appear any more";
    if (left > 0) next += " (in " + std::to_string(left) + " s)";
    Error error(ErrorKind::UnknownCreate, Step::Create,
                "it is unknown whether a task was created (" + why_ + "), and " + what, next);
    error.charge = Charge::Unknown;
    for (const Task& task : last_.candidates) {
      if (!task.task_id.empty()) error.candidates.push_back(task.task_id);
    }
    if (error.candidates.empty()) return error;
    error.message += "; it may be one of: ";
    std::vector<std::string> ids;
    for (const std::string& id : error.candidates) ids.push_back(shell_quoted(id));
    error.message += listed(ids);
    error.next_step =
        "look at them (airforce-video list) and resume yours with task_id=ID, at no "
        "charge; or buy again with reuse=never";
    if (lost_.price_cents) error.next_step += ", for " + cents_text(*lost_.price_cents);
    return error;
  }

  const GenerationContext& context_;
  Store& store_;
  const Intent& intent_;
  LostCreate lost_;
  const std::string& why_;
  CreateTurn& turn_;
  std::optional<Task> recorded_;
  std::optional<std::set<std::string>> first_read_;  // of the list, without what the store knows
  LostTaskMatch last_;
  bool reaches_back_ = false;
};

}  // namespace

std::optional<Task> find_lost_task(const GenerationContext& context, Store& store,
                                   const Intent& intent, const LostCreate& lost, Seconds look,
                                   const std::string& why, CreateTurn& turn) {
  return Search(context, store, intent, lost, why, turn).run(look);
}

Error no_task_appeared(const std::string& why) {
  Error error(ErrorKind::UnknownCreate, Step::Create, why + ", and no task of it appeared",
              "run the same request again: it looks once more, and then creates the task");
  error.charge = Charge::Unknown;
  return error;
}

}  // namespace airforce
