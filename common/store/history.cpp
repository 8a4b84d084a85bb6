// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/history.h"

#include <unistd.h>

#include <glib.h>

#include "store/sqlite_file.h"

namespace airforce {
namespace {

constexpr std::int64_t kDaySeconds = std::int64_t{24} * 3600;

constexpr const char* kVersion1 = R"sql(
CREATE TABLE entries(
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL,
  task_id TEXT NOT NULL,
  state INTEGER NOT NULL, -- HistoryEntry::State
  model TEXT NOT NULL DEFAULT '',
  prompt TEXT NOT NULL DEFAULT '',
  path TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  cost_cents REAL NOT NULL DEFAULT -1,
  created_at INTEGER NOT NULL DEFAULT 0,
  ended_at INTEGER NOT NULL DEFAULT 0,
  UNIQUE(account, task_id)
) STRICT;
)sql";
constexpr const char* kVersion2 = "ALTER TABLE entries ADD COLUMN budget TEXT NOT NULL DEFAULT '';";
constexpr const char* kMigrations[] = {kVersion1, kVersion2};

using State = HistoryEntry::State;

int number_of(State state) {
  return static_cast<int>(state);
}

const std::string kSelect =
    "SELECT state, task_id, model, prompt, path, reason, cost_cents, created_at, ended_at, budget"
    " FROM entries";

HistoryEntry entry_of(const Query& row) {
  HistoryEntry entry;
  entry.state = static_cast<State>(row.integer(0));
  entry.task_id = row.text(1);
  entry.model = row.text(2);
  entry.prompt = row.text(3);
  entry.path = row.text(4);
  entry.reason = row.text(5);
  entry.cost_cents = row.number(6);
  entry.created_at = row.integer(7);
  entry.ended_at = row.integer(8);
  entry.budget = row.text(9);
  return entry;
}

void prune(Database& database, std::int64_t now) {
  database.change("DELETE FROM entries WHERE max(created_at, ended_at) < ?",
                  now - History::kDays * kDaySeconds);
  database.change("DELETE FROM entries WHERE number <= (SELECT max(number) FROM entries) - ?",
                  History::kMaxEntries);
}

}  // namespace

const char* name_of(State state) {
  switch (state) {
    case State::Created: return "created";
    case State::Delivered: return "delivered";
    case State::Failed: return "failed";
  }
  return "unknown";
}

History::History(std::string path, const Clock& clock, GCancellable* cancellable)
    : path_(std::move(path)),
      clock_(clock),
      cancellable_(cancellable != nullptr ? share(cancellable) : nullptr) {}

History::~History() = default;

std::unique_ptr<History> History::standard(const Clock& clock, GCancellable* cancellable) {
  const char* named = g_getenv("AIRFORCE_HISTORY");
  if (named != nullptr && std::string(named) == "off") return nullptr;
  if (named != nullptr && *named != '\0')
    return std::make_unique<History>(named, clock, cancellable);
  const GCharPtr path(
      g_build_filename(g_get_user_state_dir(), "airforce-video", "history.sqlite", nullptr));
  return std::make_unique<History>(path.get(), clock, cancellable);
}

bool History::exists() const {
  return access(path_.c_str(), F_OK) == 0;
}

SqliteFile& History::open(File& file) const {
  open_where_moved(file, path_, FileKind::History, kMigrations, cancellable_.get());
  return *file;
}

template <typename Change>
void History::write(Change change) {
  try {
    // Opened for this alone: the next fact comes when the task has ended, and many sources wait at
    // once.
    File own;
    const auto read = file_.lock();
    Database& database = *open(*read ? *read : own).database;
    const std::int64_t now = clock_.unix_time();
    Transaction transaction(database, Transaction::Kind::Write);
    change(database, now);
    prune(database, now);
    transaction.commit();
  } catch (const SqliteError& error) {
    if (error.busy() && g_cancellable_is_cancelled(cancellable_.get())) throw_cancelled();
    throw;
  }
}

void History::created(const std::string& account, const std::string& task_id,
                      const std::string& model, const std::string& prompt, double cost_cents,
                      const std::string& budget) {
  write([&](Database& database, std::int64_t now) {
    // An adopted or resumed task may be known already.
    database.change(
        "INSERT INTO entries(account, task_id, state, model, prompt, cost_cents, budget, "
        "created_at)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET model=excluded.model, prompt=excluded.prompt,"
        " cost_cents=iif(excluded.cost_cents >= 0, excluded.cost_cents, cost_cents),"
        " budget=iif(excluded.budget <> '', excluded.budget, budget),"
        " created_at=iif(created_at > 0, created_at, excluded.created_at)",
        account, task_id, number_of(State::Created), model, prompt, cost_cents, budget, now);
  });
}

void History::delivered(const std::string& account, const std::string& task_id,
                        const std::string& path, double cost_cents) {
  write([&](Database& database, std::int64_t now) {
    database.change(
        "INSERT INTO entries(account, task_id, state, path, cost_cents, ended_at)"
        " VALUES(?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET state=excluded.state, reason='', ended_at=excluded.ended_at,"
        " path=iif(excluded.path <> '', excluded.path, path),"
        " cost_cents=iif(excluded.cost_cents >= 0, excluded.cost_cents, cost_cents)",
        account, task_id, number_of(State::Delivered), path, cost_cents, now);
  });
}

void History::saving(const std::string& account, const std::string& task_id,
                     const std::string& path) {
  write([&](Database& database, std::int64_t) {
    database.change("UPDATE entries SET path=? WHERE account=? AND task_id=?", path, account,
                    task_id);
  });
}

void History::failed(const std::string& account, const std::string& task_id,
                     const std::string& reason) {
  write([&](Database& database, std::int64_t now) {
    database.change(
        "INSERT INTO entries(account, task_id, state, reason, ended_at) VALUES(?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET state=excluded.state, reason=excluded.reason,"
        " ended_at=excluded.ended_at",
        account, task_id, number_of(State::Failed), reason, now);
  });
}

std::vector<HistoryEntry> History::newest(const std::string& account, int limit) {
  std::vector<HistoryEntry> entries;
  if (!exists()) return entries;
  const auto file = file_.lock();
  const auto row = open(*file).database->query(
      kSelect + " WHERE ?1 IN ('', account) ORDER BY number DESC LIMIT ?2", account, limit);
  while (row->next()) {
    HistoryEntry& entry = entries.emplace_back(entry_of(*row));
    if (entry.state != State::Delivered) entry.path.clear();  // it may never have been saved
  }
  return entries;
}

std::optional<HistoryEntry> History::saved_as(const std::string& account, const std::string& path) {
  if (!exists()) return std::nullopt;
  const auto file = file_.lock();
  const auto row = open(*file).database->query(
      kSelect + " WHERE account=? AND path=? AND state<>? ORDER BY number DESC LIMIT 1", account,
      path, number_of(State::Failed));
  if (!row->next()) return std::nullopt;
  return entry_of(*row);
}

HistoryEntry History::of_task(const std::string& account, const std::string& task_id) {
  if (!exists()) return {};
  const auto file = file_.lock();
  const auto row =
      open(*file).database->query(kSelect + " WHERE account=? AND task_id=?", account, task_id);
  return row->next() ? entry_of(*row) : HistoryEntry();
}

void History::clear() {
  if (!exists()) return;
  const auto file = file_.lock();
  Database& database = *open(*file).database;
  // What is deleted must not stay readable in the file.
  database.execute("PRAGMA secure_delete=ON; DELETE FROM entries; VACUUM");
}

}  // namespace airforce
