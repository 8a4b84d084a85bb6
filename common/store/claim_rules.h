// SPDX-License-Identifier: LGPL-2.1-or-later
// What a claim makes of the intents that equal requests left. Pure.
//
// SQLite asks these functions inside its transaction. A Redis has to decide on its own, in a
// script: lua/claim.lua and lua/prelude.lua say the same once more. Only the constants are handed
// over (redis_scripts.cpp); that the rules agree is held by tests/store/claim_table_test.cpp, which
// runs one table over both.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace airforce {

// The service purges a task 24 h after its creation; until it says so, that is assumed.
inline constexpr std::int64_t kTaskLifeSeconds = 24 * 3600;
// How long an intent is remembered after that, and how many of them at most.
inline constexpr std::int64_t kKeepSeconds = 48 * 3600;
inline constexpr int kKeepIntents = 10'000;

// Budgets add up in whole units, so that no sum drifts.
inline constexpr int kBudgetUnitsPerCent = 1000;
std::int64_t to_budget_units(double cents);
double from_budget_units(std::int64_t units);

// Delivered, Failed or Abandoned.
bool is_settled(IntentState state);
// When the intent's task is gone from the service, in Unix seconds.
std::int64_t expiry(const Intent& intent);
// Whether the intent still counts as a slot though nobody works on it (store.h, take_slot).
bool orphan_counts(IntentState state, std::int64_t sending_at, std::int64_t now);

struct ClaimChoice {
  Claim::Kind kind = Claim::Kind::New;
  // Of Resume, Finished and Wait: one of `equal`. Null where only the cache remembers the clip.
  const Intent* intent = nullptr;
};

// `equal`: the intents of equal requests of the account, oldest first. `cached_task`: the task
// whose clip is in the cache, or "".
ClaimChoice choose_claim(const std::vector<Intent>& equal, Reusable reusable, std::int64_t now,
                         const std::string& cached_task = {});

// Whether a share of `wanted` fits into a budget of the same sum. `existing`: unset for a new one.
bool budget_share_fits(const BudgetRequest& wanted, const std::optional<BudgetReport>& existing);
// Throws Error{Budget} or Error{Settings} (Store::take_slot) where it does not.
void check_budget_share(const BudgetRequest& wanted, const std::optional<BudgetReport>& existing);

}  // namespace airforce
