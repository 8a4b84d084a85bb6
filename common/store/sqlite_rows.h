// SPDX-License-Identifier: LGPL-2.1-or-later
// The rows of the SQLite store: what is said to them, without locks and ownership. Every function
// runs inside the caller's transaction; "now" is in Unix seconds. Throw SqliteError.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/sqlite_db.h"
#include "store/store.h"

namespace airforce {

// --- Intents -------------------------------------------------------------------------------------

// The intents of equal requests, oldest first.
std::vector<Intent> read_equal_intents(Database& database, const RequestIdentity& identity,
                                       std::int64_t now);
// Newest first; account "": of all.
std::vector<Intent> read_intents(Database& database, const std::string& account, int limit,
                                 std::int64_t now);
// Adds the intent, or brings its row up to date. `owner` 0: nobody's.
void write_intent(Database& database, const Intent& intent, std::int64_t owner);
// 0: nobody's.
std::int64_t owner_of(Database& database, std::int64_t intent);
inline constexpr std::int64_t kNoSuchIntent = -1;
void delete_intent(Database& database, std::int64_t intent);
// Takes out what dead owners left: their ownership, their places, what they had only claimed.
void sweep_dead_owners(Database& database);
// Takes out what is settled and old, and the oldest where there are too many.
void prune_intents(Database& database, std::int64_t now);

// --- Slots ---------------------------------------------------------------------------------------

// What a question for a slot finds.
struct SlotQueue {
  int place = 0;                   // 0: held
  bool joined = true;              // there is a row for the intent
  bool overdue = false;            // the row says that it was asked for long ago
  bool granted = false;            // it is its turn and a slot is free
  std::vector<std::int64_t> gone;  // intents whose rows count no longer
  bool needs_write() const { return !joined || overdue || granted || !gone.empty(); }
};

SlotQueue look_at_slots(Database& database, const Intent& intent, int limit, std::int64_t now);
// Carries out what look_at_slots() found in the same transaction.
void write_slots(Database& database, const Intent& intent, const SlotQueue& found,
                 std::int64_t now);
void write_held_slot(Database& database, const Intent& intent, std::int64_t now);
void delete_slot(Database& database, std::int64_t intent);
void delete_waiting_place(Database& database, std::int64_t intent);

// --- Budgets -------------------------------------------------------------------------------------

std::optional<BudgetReport> read_budget(Database& database, const std::string& name);
// Brings the intent's share up to date; State::None takes it out.
void write_share(Database& database, std::int64_t intent, const BudgetShare& share);
// Of any owner's intent, where it has a share.
void change_share(Database& database, std::int64_t intent, BudgetShare::State state, double cents);

}  // namespace airforce
