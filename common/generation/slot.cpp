// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/slot.h"

#include <map>
#include <optional>

#include "generation/gone.h"
#include "generation/remember.h"

namespace airforce {
namespace {

constexpr int kSlotsPerKey = 4;  // contract: Limits
constexpr Seconds kSlotPoll{0.2};
// How often those who wait look whether tasks that dead processes left in their slots have ended.
constexpr Seconds kOrphanCheck{5};
constexpr Seconds kFirstOrphanCheck{0.5};
constexpr int kMaxOrphans = 200;

class SlotWait {
 public:
  SlotWait(const GenerationContext& context, Store& store, const Intent& intent,
           const BudgetRequest& budget)
      : context_(context), store_(store), intent_(intent), budget_(budget) {}

  void run() {
    Deadline orphan_check(context_.clock, kFirstOrphanCheck);
    for (int last_place = 0;;) {
      const std::optional<int> answer = ask();
      if (answer == 0) return;
      const int place = answer.value_or(last_place);
      if (place != last_place) report(last_place = place);
      if (context_.past_deadline()) throw given_up();
      if (answer && orphan_check.has_passed()) {
        remember(context_, [&] { free_ended_orphans(); });
        orphan_check = Deadline(context_.clock, kOrphanCheck);
      }
      context_.wait(kSlotPoll);
    }
  }

 private:
  // The place in the queue, 0 with the slot; unset while the store can't be asked. Nothing is
  // bought meanwhile, so a store that comes back, perhaps restarted, costs only time.
  std::optional<int> ask() {
    try {
      const int place = store_.take_slot(intent_.id, kSlotsPerKey, budget_);
      failure_.reset();
      return place;
    } catch (const Error& error) {
      if (error.kind != ErrorKind::Store) throw;
      if (!failure_)
        context_.warn("the store failed while waiting for a slot, trying again: " + error.message);
      failure_ = error;
      return std::nullopt;
    }
  }

  void report(int place) const {
    GenerationEvent event = progress_event(
        GenerationPhase::Wait, "waiting for one of the key's " + std::to_string(kSlotsPerKey) +
                                   " slots, place " + std::to_string(place));
    event.place = place;
    context_.report(event);
  }

  Error given_up() const {
    if (failure_) return *failure_;
    return {ErrorKind::Busy, Step::Slot,
            "none of the key's " + std::to_string(kSlotsPerKey) + " slots became free in time",
            "wait for running tasks to end, or raise timeout"};
  }

  void free_ended_orphans() {
    for (const Intent& orphan : store_.intents(intent_.account, kMaxOrphans)) {
      if (orphan.owned || !orphan.holds_slot || orphan.task_id.empty()) continue;
      GoneRule& gone = gone_.try_emplace(orphan.id, context_.timeouts.gone).first->second;
      try {
        const bool has_ended =
            is_final(context_.client.task(orphan.task_id, context_.cancellable).status);
        gone.answered();
        if (has_ended) store_.free_slot(orphan.id);
      } catch (const Error& error) {
        if (error.kind == ErrorKind::Cancelled) throw;
        if (gone.failed(error, context_.now(), orphan.expires_at, context_.client.service_time()))
          store_.free_slot(orphan.id);
      }
    }
  }

  const GenerationContext& context_;
  Store& store_;
  const Intent& intent_;
  const BudgetRequest& budget_;
  std::optional<Error> failure_;           // of the last question
  std::map<std::int64_t, GoneRule> gone_;  // by the orphan's intent
};

}  // namespace

void wait_for_slot(const GenerationContext& context, Store& store, const Intent& intent,
                   const BudgetRequest& budget) {
  SlotWait(context, store, intent, budget).run();
  context.restart_timeout();
}

}  // namespace airforce
