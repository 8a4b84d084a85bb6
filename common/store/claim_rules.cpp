// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/claim_rules.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "values/text.h"

namespace airforce {

std::int64_t to_budget_units(double cents) {
  return std::llround(cents * kBudgetUnitsPerCent);
}

double from_budget_units(std::int64_t units) {
  return static_cast<double>(units) / kBudgetUnitsPerCent;
}

bool is_settled(IntentState state) {
  return state == IntentState::Delivered || state == IntentState::Failed ||
         state == IntentState::Abandoned;
}

std::int64_t expiry(const Intent& intent) {
  if (intent.expires_at > 0) return intent.expires_at;
  return std::max(intent.claimed_at, intent.sending_at) + kTaskLifeSeconds;
}

bool orphan_counts(IntentState state, std::int64_t sending_at, std::int64_t now) {
  const std::int64_t age = std::llabs(now - sending_at);  // the clock may have been set back
  switch (state) {
    case IntentState::Sending: return age < kLostSlotSeconds;
    case IntentState::Created: return age < kOrphanSlotSeconds;
    default: return false;
  }
}

namespace {

bool is_orphan(const Intent& intent) {
  return !intent.owned &&
         (intent.state == IntentState::Sending || intent.state == IntentState::Created);
}

// A clip that is in the cache already. Where nobody works on its purchase, that is resumed, so that
// it can be settled when the clip is delivered.
ClaimChoice choose_cached(const std::vector<Intent>& equal, const std::string& task) {
  ClaimChoice choice{Claim::Kind::Finished, nullptr};
  for (const Intent& intent : equal) {
    if (intent.task_id == task) choice.intent = &intent;
  }
  if (choice.intent != nullptr && is_orphan(*choice.intent)) choice.kind = Claim::Kind::Resume;
  return choice;
}

}  // namespace

ClaimChoice choose_claim(const std::vector<Intent>& equal, Reusable reusable, std::int64_t now,
                         const std::string& cached_task) {
  if (reusable == Reusable::Nothing) return {};
  const bool finished_too = reusable == Reusable::Finished;
  if (finished_too && !cached_task.empty()) return choose_cached(equal, cached_task);
  const Intent* delivered = nullptr;
  const Intent* orphan = nullptr;
  const Intent* living = nullptr;
  for (const Intent& intent : equal) {
    if (intent.state == IntentState::Delivered && now < expiry(intent)) {
      delivered = &intent;  // the newest lasts longest
    } else if (!is_settled(intent.state) && intent.owned) {
      living = &intent;
    } else if (is_orphan(intent)) {
      // A known task before a lost one; else the oldest, which is nearest to its end.
      const bool better = orphan == nullptr || (orphan->state == IntentState::Sending &&
                                                intent.state == IntentState::Created);
      if (better) orphan = &intent;
    }
  }
  if (finished_too && delivered != nullptr) return {Claim::Kind::Finished, delivered};
  if (orphan != nullptr) return {Claim::Kind::Resume, orphan};
  if (finished_too && living != nullptr) return {Claim::Kind::Wait, living};
  return {};
}

bool budget_share_fits(const BudgetRequest& wanted, const std::optional<BudgetReport>& existing) {
  const BudgetReport budget = existing.value_or(BudgetReport{wanted.sum_cents, 0, 0, 0});
  return to_budget_units(budget.sum_cents) == to_budget_units(wanted.sum_cents) &&
         to_budget_units(wanted.cents) <= to_budget_units(budget.left_cents());
}

void check_budget_share(const BudgetRequest& wanted, const std::optional<BudgetReport>& existing) {
  const BudgetReport budget = existing.value_or(BudgetReport{wanted.sum_cents, 0, 0, 0});
  const std::string name = "budget \"" + display_text(wanted.name) + "\"";
  if (to_budget_units(budget.sum_cents) != to_budget_units(wanted.sum_cents)) {
    throw Error(ErrorKind::Settings, Step::Settings,
                name + " has a sum of " + number_text(budget.sum_cents) + " cents, not " +
                    number_text(wanted.sum_cents),
                "give the same sum at every use, or choose another name");
  }
  if (budget_share_fits(wanted, existing)) return;
  throw Error(ErrorKind::Budget, Step::Slot,
              name + ": the clip costs " + number_text(wanted.cents) + " cents, and " +
                  number_text(budget.left_cents()) + " of " + number_text(budget.sum_cents) +
                  " cents are left (" + number_text(budget.charged_cents) + " charged, " +
                  number_text(budget.reserved_cents) + " reserved)",
              "choose a shorter or cheaper clip, or another budget");
}

}  // namespace airforce
