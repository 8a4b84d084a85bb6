// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/sqlite_schema.h"

#include <string>

namespace airforce {
namespace {

// Numbers order rows by age; clocks may jump. Ids are random, so that those of a file that was set
// aside mean nothing in its successor. `state` is IntentState, times are Unix seconds.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE intents(
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id INTEGER NOT NULL UNIQUE,
  account TEXT NOT NULL,
  request TEXT NOT NULL,
  model TEXT NOT NULL,
  summary TEXT NOT NULL,
  state INTEGER NOT NULL,
  task_id TEXT NOT NULL,
  claimed_at INTEGER NOT NULL,
  sending_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  cost_cents REAL NOT NULL,
  owner INTEGER NOT NULL -- a byte in the lock file; 0: nobody
) STRICT;
CREATE INDEX intents_by_request ON intents(account, request);
CREATE INDEX intents_by_task ON intents(account, task_id);
CREATE INDEX intents_by_owner ON intents(owner) WHERE owner <> 0;

CREATE TABLE slots(
  number INTEGER PRIMARY KEY AUTOINCREMENT, -- first come, first served
  intent INTEGER NOT NULL UNIQUE REFERENCES intents(id) ON DELETE CASCADE,
  account TEXT NOT NULL,
  held INTEGER NOT NULL,
  seen_at INTEGER NOT NULL -- when its owner asked last
) STRICT;
CREATE INDEX slots_by_place ON slots(account, held, number);
)sql";

constexpr const char* kVersion2 =
    "ALTER TABLE intents ADD COLUMN sent_at INTEGER NOT NULL DEFAULT 0";

// The new name of the table stops programs of versions 1 and 2 that have the file open: each of
// their statements fails from now on, so they buy nothing. Later versions look at user_version in
// every transaction (check_version).
constexpr const char* kVersion3 = R"sql(
ALTER TABLE intents RENAME TO purchases;
CREATE TABLE budgets(
  name TEXT PRIMARY KEY,
  sum INTEGER NOT NULL -- like all of a budget in units of claim_rules.h
) STRICT;
CREATE TABLE shares(
  intent INTEGER PRIMARY KEY, -- outlives its purchase
  budget TEXT NOT NULL REFERENCES budgets(name),
  units INTEGER NOT NULL,
  state INTEGER NOT NULL -- BudgetShare::State
) STRICT;
CREATE INDEX shares_by_budget ON shares(budget, state, units);
)sql";

constexpr const char* kStoreMigrations[] = {kVersion1, kVersion2, kVersion3};

void refuse_newer(const Database& database, std::int64_t version, Migrations steps) {
  const auto newest = static_cast<std::int64_t>(steps.size());
  if (version <= newest) return;
  throw Error(ErrorKind::Store, Step::Store,
              "The store " + database.path() + " was written by a newer airforce-video (version " +
                  std::to_string(version) + " of its schema; this one knows " +
                  std::to_string(newest) + ")",
              "update airforce-video, or name another store");
}

}  // namespace

Migrations store_migrations() {
  return kStoreMigrations;
}

void check_kind(Database& database, FileKind kind, Migrations steps) {
  const std::int64_t version = database.integer("PRAGMA user_version");
  const std::int64_t found = database.integer("PRAGMA application_id");
  const bool empty = version == 0 && database.integer("SELECT count(*) FROM sqlite_schema") == 0;
  if (found != static_cast<std::int64_t>(kind) && (found != 0 || !empty)) {
    throw Error(ErrorKind::Store, Step::Store,
                database.path() + " is the database of another application",
                "name another file as the store");
  }
  refuse_newer(database, version, steps);
}

void check_version(Database& database, Migrations steps) {
  refuse_newer(database, database.integer("PRAGMA user_version"), steps);
}

void migrate(Database& database, FileKind kind, Migrations steps) {
  const auto newest = static_cast<std::int64_t>(steps.size());
  if (database.integer("PRAGMA user_version") == newest) return;
  Transaction transaction(database, Transaction::Kind::Write);
  // Another process may have been faster.
  for (auto version = database.integer("PRAGMA user_version"); version < newest; ++version) {
    database.execute(steps[static_cast<std::size_t>(version)]);
  }
  database.execute(
      ("PRAGMA application_id=" + std::to_string(static_cast<std::int64_t>(kind))).c_str());
  database.execute(("PRAGMA user_version=" + std::to_string(newest)).c_str());
  transaction.commit();
}

}  // namespace airforce
