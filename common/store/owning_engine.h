// SPDX-License-Identifier: LGPL-2.1-or-later
// What every engine does alike: it keeps an owner's intents as they should be, so that a fact that
// could not be written is written later.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "store/store_engine.h"
#include "values/error.h"

namespace airforce {

// An intent of ours, as the engine should have it. Engines derive from it what they need besides.
struct OwnIntent {
  Intent intent;
  bool recorded = true;                   // the engine has it like this
  bool released = false;                  // forget it once it is recorded
  Reusable reusable = Reusable::Nothing;  // what it was claimed with
  std::string corrects;                   // the id of a task that the service does not know
};

template <typename Mine>
class OwningEngine : public StoreEngine {
 public:
  void created(std::int64_t intent, const std::string& task_id, std::int64_t expires_at,
               double cost_cents) final {
    Mine& entry = mine(intent);
    if (entry.intent.task_id != task_id) entry.corrects = entry.intent.task_id;
    entry.intent.state = IntentState::Created;
    entry.intent.task_id = task_id;
    entry.intent.expires_at = expires_at;
    entry.intent.cost_cents = cost_cents;
    if (cost_cents >= 0 && entry.intent.budget.state == BudgetShare::State::Reserved)
      entry.intent.budget.cents = cost_cents;
    entry.recorded = false;
    write_mine();
  }

  void settle(std::int64_t intent, IntentState state) final {
    const auto found = mine_.find(intent);
    if (found == mine_.end()) {
      // An intent that was lost to another owner is never abandoned for him.
      if (state != IntentState::Abandoned) settle_not_mine(intent, state);
      return;
    }
    found->second.intent.state = state;
    found->second.intent.holds_slot = false;
    // Certainly not created, so not charged.
    if (state == IntentState::Abandoned) found->second.intent.budget = {};
    release_entry(found->second);
  }

  void record_charge(std::int64_t intent, BudgetShare::State state, double cents) final {
    const auto found = mine_.find(intent);
    if (found == mine_.end()) {
      charge_not_mine(intent, state, cents);
      return;
    }
    BudgetShare& share = found->second.intent.budget;
    if (share.name.empty()) return;
    share.state = state;
    if (state != BudgetShare::State::Refunded) share.cents = cents;
    found->second.recorded = false;
    write_mine();
  }

  void release(std::int64_t intent) final {
    const auto found = mine_.find(intent);
    if (found != mine_.end()) release_entry(found->second);
  }

  std::string task_of(std::int64_t intent) final {
    const auto found = mine_.find(intent);
    return found != mine_.end() ? found->second.intent.task_id : task_of_not_mine(intent);
  }

  std::string take_warning() final { return std::exchange(warning_, {}); }

 protected:
  explicit OwningEngine(const Clock& clock) : clock_(clock) {}

  // Writes whatever is not recorded yet, and forgets what is released.
  virtual void write_mine() = 0;
  virtual void settle_not_mine(std::int64_t intent, IntentState state) = 0;
  virtual void charge_not_mine(std::int64_t intent, BudgetShare::State state, double cents) = 0;
  virtual std::string task_of_not_mine(std::int64_t intent) = 0;

  Mine& mine(std::int64_t intent) {
    const auto found = mine_.find(intent);
    if (found != mine_.end() && !found->second.released) return found->second;
    throw Error(ErrorKind::Internal, Step::Store,
                "An intent is used by a store that does not own it");
  }
  // Whether the engine lacks a purchase update. What was only claimed ends with its owner.
  bool lacks_a_fact() const {
    return std::any_of(mine_.begin(), mine_.end(), [](const auto& item) {
      return !item.second.recorded && item.second.intent.state != IntentState::Claimed;
    });
  }

  const Clock& clock_;
  std::map<std::int64_t, Mine> mine_;  // by the caller's id
  std::string warning_;

 private:
  void release_entry(Mine& entry) {
    entry.released = true;
    entry.recorded = false;
    write_mine();
  }
};

}  // namespace airforce
