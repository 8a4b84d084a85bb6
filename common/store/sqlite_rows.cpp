// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/sqlite_rows.h"

#include <cstdlib>
#include <limits>

#include "store/claim_rules.h"

namespace airforce {
namespace {

// So many waiters are looked at for dead ones at every question; the others when they are nearer.
constexpr int kWaitersLookedAt = 64;

#define INTENT_ROWS                                                                          \
  "SELECT i.id, i.state, i.account, i.request, i.model, i.summary, i.task_id, i.claimed_at," \
  " i.sending_at, i.expires_at, i.cost_cents, owner_lives(i.owner), coalesce(s.held, 0),"    \
  " i.sent_at, b.budget, b.units, b.state, budgets.sum"                                      \
  " FROM purchases i LEFT JOIN slots s ON s.intent = i.id"                                   \
  " LEFT JOIN shares b ON b.intent = i.id LEFT JOIN budgets ON budgets.name = b.budget "

std::vector<Intent> read_rows(Query& row, std::int64_t now) {
  std::vector<Intent> intents;
  while (row.next()) {
    Intent& intent = intents.emplace_back();
    intent.id = row.integer(0);
    intent.state = static_cast<IntentState>(row.integer(1));
    intent.account = row.text(2);
    intent.request = row.text(3);
    intent.model = row.text(4);
    intent.summary = row.text(5);
    intent.task_id = row.text(6);
    intent.claimed_at = row.integer(7);
    intent.sending_at = row.integer(8);
    intent.expires_at = row.integer(9);
    intent.cost_cents = row.number(10);
    intent.owned = row.integer(11) != 0;
    intent.sent_at = row.integer(13);
    if (const std::string budget = row.text(14); !budget.empty()) {
      intent.budget = {budget, from_budget_units(row.integer(17)),
                       from_budget_units(row.integer(15)),
                       static_cast<BudgetShare::State>(row.integer(16))};
    }
    intent.holds_slot = row.integer(12) != 0 &&
                        (intent.owned || orphan_counts(intent.state, intent.sending_at, now));
  }
  return intents;
}

}  // namespace

std::vector<Intent> read_equal_intents(Database& database, const RequestIdentity& identity,
                                       std::int64_t now) {
  return read_rows(
      *database.query(INTENT_ROWS "WHERE i.account=? AND i.request=? ORDER BY i.number",
                      identity.account, identity.request),
      now);
}

std::vector<Intent> read_intents(Database& database, const std::string& account, int limit,
                                 std::int64_t now) {
  return read_rows(
      *database.query(INTENT_ROWS "WHERE ?1 IN ('', i.account) ORDER BY i.number DESC LIMIT ?2",
                      account, limit),
      now);
}

void write_intent(Database& database, const Intent& intent, std::int64_t owner) {
  database.change(
      "INSERT INTO purchases(id, account, request, model, summary, state, task_id, claimed_at,"
      " sending_at, sent_at, expires_at, cost_cents, owner) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)"
      // An owner that took the intent over does not know the task that its predecessor came to
      // know.
      " ON CONFLICT(id) DO UPDATE SET"
      " state=iif(excluded.task_id='' AND task_id<>'', state, excluded.state),"
      " task_id=iif(excluded.task_id='', task_id, excluded.task_id),"
      " sending_at=excluded.sending_at, sent_at=excluded.sent_at, expires_at=excluded.expires_at,"
      " cost_cents=excluded.cost_cents, owner=excluded.owner",
      intent.id, intent.account, intent.request, intent.model, intent.summary,
      static_cast<int>(intent.state), intent.task_id, intent.claimed_at, intent.sending_at,
      intent.sent_at, intent.expires_at, intent.cost_cents, owner);
}

std::int64_t owner_of(Database& database, std::int64_t intent) {
  const auto row = database.query("SELECT owner FROM purchases WHERE id=?", intent);
  return row->next() ? row->integer(0) : kNoSuchIntent;
}

void delete_intent(Database& database, std::int64_t intent) {
  database.change("DELETE FROM shares WHERE intent=?", intent);
  database.change("DELETE FROM purchases WHERE id=?", intent);
}

void sweep_dead_owners(Database& database) {
  database.change(
      "UPDATE purchases SET owner=0 WHERE owner IN"
      " (SELECT owner FROM (SELECT DISTINCT owner FROM purchases WHERE owner <> 0)"
      "  WHERE NOT owner_lives(owner))");
  database.change(
      "DELETE FROM shares WHERE intent IN (SELECT id FROM purchases WHERE owner=0 AND state=?)",
      static_cast<int>(IntentState::Claimed));
  database.change("DELETE FROM purchases WHERE owner=0 AND state=?",
                  static_cast<int>(IntentState::Claimed));
  database.change(
      "DELETE FROM slots WHERE held=0 AND intent IN (SELECT id FROM purchases WHERE owner=0)");
}

void prune_intents(Database& database, std::int64_t now) {
  // What has no end may still be paid for; that it is old would be judged by a clock that may
  // have been set.
  database.change(
      "DELETE FROM purchases WHERE owner=0 AND state >= ? AND ? >"
      " iif(expires_at > 0, expires_at, max(claimed_at, sending_at) + ?)",
      static_cast<int>(IntentState::Delivered), now - kKeepSeconds, kTaskLifeSeconds);
  database.change(
      "DELETE FROM purchases WHERE owner=0 AND number <= (SELECT max(number) FROM purchases) - ?",
      kKeepIntents);
}

SlotQueue look_at_slots(Database& database, const Intent& intent, int limit, std::int64_t now) {
  SlotQueue found;
  int used = 0;
  {
    const auto holders = database.query(
        "SELECT s.intent, owner_lives(i.owner), i.state, i.sending_at"
        " FROM slots s JOIN purchases i ON i.id = s.intent WHERE s.account=? AND s.held=1",
        intent.account);
    while (holders->next()) {
      if (holders->integer(0) == intent.id) return found;
      const bool counts =
          holders->integer(1) != 0 ||
          orphan_counts(static_cast<IntentState>(holders->integer(2)), holders->integer(3), now);
      if (counts) {
        ++used;
      } else {
        found.gone.push_back(holders->integer(0));
      }
    }
  }

  std::int64_t number = std::numeric_limits<std::int64_t>::max();  // behind all others
  {
    const auto row = database.query("SELECT number, seen_at FROM slots WHERE intent=?", intent.id);
    found.joined = row->next();
    if (found.joined) {
      number = row->integer(0);
      found.overdue = std::llabs(now - row->integer(1)) >= kStaleWaiterSeconds / 3;
    }
  }

  int ahead = 0;
  int looked_at = 0;
  {
    const auto waiters = database.query(
        "SELECT s.intent, owner_lives(i.owner), s.seen_at"
        " FROM slots s JOIN purchases i ON i.id = s.intent"
        " WHERE s.account=? AND s.held=0 AND s.number<? ORDER BY s.number LIMIT ?",
        intent.account, number, kWaitersLookedAt);
    for (; waiters->next(); ++looked_at) {
      if (waiters->integer(1) == 0) {
        found.gone.push_back(waiters->integer(0));
      } else if (std::llabs(now - waiters->integer(2)) <= kStaleWaiterSeconds) {
        ++ahead;
      }
    }
  }
  if (looked_at == kWaitersLookedAt) {
    const auto rest =
        database.query("SELECT count(*) FROM slots WHERE account=? AND held=0 AND number<?",
                       intent.account, number);
    rest->next();
    ahead += static_cast<int>(rest->integer(0)) - looked_at;
  }
  found.granted = ahead < limit - used;
  found.place = found.granted ? 0 : ahead + 1;
  return found;
}

void write_slots(Database& database, const Intent& intent, const SlotQueue& found,
                 std::int64_t now) {
  for (const std::int64_t gone : found.gone) delete_slot(database, gone);
  if (!found.joined) {
    database.change("INSERT INTO slots(intent, account, held, seen_at) VALUES(?, ?, ?, ?)",
                    intent.id, intent.account, found.granted ? 1 : 0, now);
  } else if (found.granted || found.overdue) {
    database.change("UPDATE slots SET held=max(held, ?), seen_at=? WHERE intent=?",
                    found.granted ? 1 : 0, now, intent.id);
  }
}

void write_held_slot(Database& database, const Intent& intent, std::int64_t now) {
  database.change("INSERT OR IGNORE INTO slots(intent, account, held, seen_at) VALUES(?, ?, 1, ?)",
                  intent.id, intent.account, now);
}

void delete_slot(Database& database, std::int64_t intent) {
  database.change("DELETE FROM slots WHERE intent=?", intent);
}

void delete_waiting_place(Database& database, std::int64_t intent) {
  database.change("DELETE FROM slots WHERE intent=? AND held=0", intent);
}

}  // namespace airforce
