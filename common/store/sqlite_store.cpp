// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/sqlite_store.h"

#include <mutex>
#include <optional>
#include <utility>

#include <glib.h>

#include "store/claim_rules.h"
#include "store/owning_store.h"
#include "store/sqlite_file.h"
#include "store/sqlite_rows.h"

namespace airforce {
namespace {

constexpr double kPruneEverySeconds = 3600;

struct OwnSqliteIntent : OwnIntent {
  bool new_file = false;  // the file does not know its slot
};

class SqliteStore final : public OwningStore<OwnSqliteIntent> {
 public:
  SqliteStore(std::string path, std::unique_ptr<ClipCache> cache, const Clock& clock,
              GCancellable* cancellable);
  ~SqliteStore() override;

  Claim claim(const RequestIdentity& identity, Reusable reusable) override;
  void sending(std::int64_t intent, std::int64_t sent_at) override;
  bool knows_task(const std::string& account, const std::string& task_id) override;
  std::vector<Intent> intents(const std::string& account, int limit) override;
  int take_slot(std::int64_t intent, int limit) override;
  void free_slot(std::int64_t intent) override;

 private:
  // All below with mutex_ held.
  void ensure_open();
  template <typename Body>
  auto transact(Transaction::Kind kind, Body body);
  void record(Database& database);
  void after_commit();
  void write_mine() override;
  void settle_not_mine(std::int64_t intent, IntentState state) override;
  std::string task_of(std::int64_t intent) override;

  const std::string path_;
  const GObjectPtr<GCancellable> cancellable_;
  SqliteFile file_;
  std::int64_t owner_ = 0;
  double prune_at_ = 0;  // elapsed time
};

SqliteStore::SqliteStore(std::string path, std::unique_ptr<ClipCache> cache, const Clock& clock,
                         GCancellable* cancellable)
    : OwningStore(std::move(cache), clock),
      path_(std::move(path)),
      cancellable_(cancellable != nullptr ? share(cancellable) : nullptr) {
  const std::lock_guard lock(mutex_);
  ensure_open();
}

SqliteStore::~SqliteStore() {
  const std::lock_guard lock(mutex_);
  // Ownership ends with our lock. What could not be written yet is worth a last try.
  if (!lacks_a_fact()) return;
  try {
    write_mine();
  } catch (const std::exception& error) {
    g_warning("What became of a purchase could not be recorded: %s", error.what());
  }
}

void SqliteStore::ensure_open() {
  if (file_.database != nullptr && !file_.database->moved()) return;
  const bool first = owner_ == 0;
  const auto old_locks = std::move(file_.locks);  // keep us alive until the new ones do
  file_.database.reset();
  file_ = open_sqlite_file(path_, FileKind::Store, store_migrations(), cancellable_.get());
  owner_ = file_.locks->become_owner();
  if (!file_.warning.empty()) {
    warning_ = file_.warning;
  } else if (!first) {
    warning_ = "The store " + path_ +
               " was replaced while it was in use; the purchases that are "
               "under way here are recorded in the new one";
  }
  for (auto& [id, entry] : mine_) {
    entry.recorded = false;
    entry.new_file = true;
  }
}

// Runs `body` in a transaction, after what could not be written before. A file that turns out to be
// damaged is replaced, once.
template <typename Body>
auto SqliteStore::transact(Transaction::Kind kind, Body body) {
  for (bool repaired = false;; repaired = true) {
    try {
      ensure_open();
      Database& database = *file_.database;
      Transaction transaction(database, kind);
      if (kind == Transaction::Kind::Write) record(database);
      auto result = body(database);
      transaction.commit();
      if (kind == Transaction::Kind::Write) after_commit();
      return result;
    } catch (const SqliteError& error) {
      if (error.busy() && g_cancellable_is_cancelled(cancellable_.get())) throw_cancelled();
      if (!error.damaged() || repaired || file_.database == nullptr) throw;
      file_.database->keep_wal(true);
      file_.database.reset();
    }
  }
}

void SqliteStore::record(Database& database) {
  for (const auto& [id, entry] : mine_) {
    if (entry.recorded) continue;
    const Intent& intent = entry.intent;
    if (entry.released && intent.state == IntentState::Claimed) {
      delete_intent(database, id);
      continue;
    }
    write_intent(database, intent, entry.released ? 0 : owner_);
    if (is_settled(intent.state)) {
      delete_slot(database, id);
    } else if (intent.holds_slot) {
      if (entry.new_file) write_held_slot(database, intent, clock_.unix_time());
    } else if (entry.released) {
      delete_waiting_place(database, id);
    }
  }
}

void SqliteStore::after_commit() {
  for (auto& [id, entry] : mine_) {
    entry.recorded = true;
    entry.new_file = false;
  }
  std::erase_if(mine_, [](const auto& item) { return item.second.released; });
}

void SqliteStore::write_mine() {
  transact(Transaction::Kind::Write, [](Database&) { return true; });
  // Until the next fact minutes go by, in which the task runs, and many elements wait at once.
  if (file_.database != nullptr) file_.database->shrink();
}

Claim SqliteStore::claim(const RequestIdentity& identity, Reusable reusable) {
  const std::lock_guard lock(mutex_);
  const std::int64_t now = clock_.unix_time();
  std::optional<ClipCache::Found> cached;
  if (reusable == Reusable::Finished) cached = cache_->find(identity);

  Claim claim = transact(Transaction::Kind::Write, [&](Database& database) {
    sweep_dead_owners(database);
    if (clock_.elapsed() >= prune_at_) prune_intents(database, now);
    const std::vector<Intent> equal = read_equal_intents(database, identity, now);
    Claim result;
    if (cached) {
      result.kind = Claim::Kind::Finished;
      for (const Intent& intent : equal) {
        if (intent.task_id == cached->task_id) result.intent = intent;
      }
      result.intent.task_id = cached->task_id;
      result.clip_path = cached->path;
      return result;
    }
    const ClaimChoice choice = choose_claim(equal, reusable, now);
    result.kind = choice.kind;
    if (choice.kind == Claim::Kind::New) {
      result.intent.id = random_id();
      result.intent.account = identity.account;
      result.intent.request = identity.request;
      result.intent.model = identity.model;
      result.intent.summary = identity.summary;
      result.intent.claimed_at = now;
    } else {
      result.intent = *choice.intent;
    }
    if (choice.kind == Claim::Kind::New || choice.kind == Claim::Kind::Resume) {
      result.intent.owned = true;
      write_intent(database, result.intent, owner_);
    }
    return result;
  });

  if (clock_.elapsed() >= prune_at_) prune_at_ = clock_.elapsed() + kPruneEverySeconds;
  if (claim.kind == Claim::Kind::New || claim.kind == Claim::Kind::Resume) {
    mine_[claim.intent.id] = OwnSqliteIntent{{claim.intent}};
  }
  return claim;
}

void SqliteStore::sending(std::int64_t intent, std::int64_t sent_at) {
  const std::lock_guard lock(mutex_);
  OwnSqliteIntent& entry = mine(intent);
  const OwnSqliteIntent before = entry;
  entry.intent.state = IntentState::Sending;
  entry.intent.sending_at = clock_.unix_time();
  entry.intent.sent_at = sent_at;
  entry.recorded = false;
  try {
    write_mine();
  } catch (...) {
    mine(intent) = before;  // nothing will be sent
    throw;
  }
}

void SqliteStore::settle_not_mine(std::int64_t intent, IntentState state) {
  transact(Transaction::Kind::Write, [&](Database& database) {
    delete_slot(database, intent);
    return database.change("UPDATE intents SET state=?, owner=0 WHERE id=?",
                           static_cast<int>(state), intent);
  });
}

std::string SqliteStore::task_of(std::int64_t intent) {
  return transact(Transaction::Kind::Read, [&](Database& database) {
    const auto row = database.query("SELECT task_id FROM intents WHERE id=?", intent);
    return row->next() ? row->text(0) : std::string();
  });
}

bool SqliteStore::knows_task(const std::string& account, const std::string& task_id) {
  const std::lock_guard lock(mutex_);
  return transact(Transaction::Kind::Read, [&](Database& database) {
    return database.query("SELECT 1 FROM intents WHERE account=? AND task_id=?", account, task_id)
        ->next();
  });
}

std::vector<Intent> SqliteStore::intents(const std::string& account, int limit) {
  const std::lock_guard lock(mutex_);
  return transact(Transaction::Kind::Read, [&](Database& database) {
    return read_intents(database, account, limit, clock_.unix_time());
  });
}

int SqliteStore::take_slot(std::int64_t intent, int limit) {
  const std::lock_guard lock(mutex_);
  OwnSqliteIntent& entry = mine(intent);
  const std::int64_t now = clock_.unix_time();
  const auto look = [&](Database& database) {
    return look_at_slots(database, entry.intent, limit, now);
  };
  // Most questions change nothing: they only read, and keep nobody from writing.
  SlotQueue found = transact(Transaction::Kind::Read, look);
  if (found.needs_write()) {
    found = transact(Transaction::Kind::Write, [&](Database& database) {
      SlotQueue again = look(database);
      write_slots(database, entry.intent, again, now);
      return again;
    });
  }
  entry.intent.holds_slot = found.place == 0;
  return found.place;
}

void SqliteStore::free_slot(std::int64_t intent) {
  const std::lock_guard lock(mutex_);
  const auto found = mine_.find(intent);
  if (found != mine_.end()) found->second.intent.holds_slot = false;
  transact(Transaction::Kind::Write, [&](Database& database) {
    delete_slot(database, intent);
    return true;
  });
}

}  // namespace

std::unique_ptr<Store> open_sqlite_store(const std::string& path, std::unique_ptr<ClipCache> cache,
                                         const Clock& clock, GCancellable* cancellable) {
  const GCharPtr full(g_canonicalize_filename(path.c_str(), nullptr));  // whatever chdir() does
  return std::make_unique<SqliteStore>(full.get(), std::move(cache), clock, cancellable);
}

}  // namespace airforce
