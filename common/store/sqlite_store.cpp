// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/sqlite_store.h"

#include <filesystem>
#include <limits>
#include <optional>
#include <utility>

#include <glib.h>

#include "store/claim_rules.h"
#include "store/owning_engine.h"
#include "store/shared_store.h"
#include "store/sqlite_file.h"
#include "store/sqlite_rows.h"
#include "values/glib_ptr.h"
#include "values/link_target.h"

namespace airforce {
namespace {

constexpr double kPruneEverySeconds = 3600;

struct OwnSqliteIntent : OwnIntent {
  std::int64_t owner = 0;  // of its row
  bool new_file = false;   // the file may know neither the intent nor its slot
};

class SqliteEngine final : public OwningEngine<OwnSqliteIntent> {
 public:
  SqliteEngine(std::string path, const Clock& clock, GCancellable* cancellable);
  ~SqliteEngine() override;

  Claim claim(const RequestIdentity& identity, Reusable reusable,
              const std::optional<ClipCache::Found>& cached) override;
  void sending(std::int64_t intent, std::int64_t sent_at) override;
  bool knows_task(const std::string& account, const std::string& task_id) override;
  std::vector<Intent> intents(const std::string& account, int limit) override;
  double sending_holds_seconds() const override { return std::numeric_limits<double>::infinity(); }
  int take_slot(std::int64_t intent, int limit, const BudgetRequest& budget) override;
  std::optional<BudgetReport> budget(const std::string& name) override;
  void free_slot(std::int64_t intent) override;

 private:
  void ensure_open();
  template <typename Body>
  auto transact(Transaction::Kind kind, Body body);
  void record(Database& database);
  void after_commit();
  void write_mine() override;
  void settle_not_mine(std::int64_t intent, IntentState state) override;
  void charge_not_mine(std::int64_t intent, BudgetShare::State state, double cents) override;
  std::string task_of_not_mine(std::int64_t intent) override;
  bool still_mine(Database& database, const OwnSqliteIntent& entry);

  const std::string path_;
  const GObjectPtr<GCancellable> cancellable_;
  SqliteFile file_;
  std::int64_t owner_ = 0;
  double prune_at_ = 0;  // elapsed time
};

SqliteEngine::SqliteEngine(std::string path, const Clock& clock, GCancellable* cancellable)
    : OwningEngine(clock),
      path_(std::move(path)),
      cancellable_(cancellable != nullptr ? share(cancellable) : nullptr) {
  ensure_open();
}

SqliteEngine::~SqliteEngine() {
  // Ownership ends with our lock. What could not be written yet is worth a last try.
  if (!lacks_a_fact()) return;
  try {
    write_mine();
  } catch (const std::exception& error) {
    g_warning("The end of a purchase could not be recorded: %s", error.what());
  }
}

void SqliteEngine::ensure_open() {
  const bool emptied = file_.database != nullptr && file_.database->emptied();
  const bool usable =
      file_.database != nullptr && !emptied && !file_.database->moved() && file_.locks->in_place();
  if (usable) return;
  const bool first = owner_ == 0;
  const auto old_locks = std::move(file_.locks);  // keep us alive until the new ones do
  if (emptied) file_.database->keep_wal(true);
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
auto SqliteEngine::transact(Transaction::Kind kind, Body body) {
  for (bool repaired = false;; repaired = true) {
    try {
      ensure_open();
      Database& database = *file_.database;
      Transaction transaction(database, kind);
      check_version(database, store_migrations());
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

// Whether the row is ours. Where it is missing (the file was replaced), whether a claim would make
// it again: not where somebody else bought the clip meanwhile.
bool SqliteEngine::still_mine(Database& database, const OwnSqliteIntent& entry) {
  const std::int64_t owner = owner_of(database, entry.intent.id);
  if (owner != kNoSuchIntent) return owner == owner_ || owner == entry.owner;
  sweep_dead_owners(database);
  const std::int64_t now = clock_.unix_time();
  const RequestIdentity identity{entry.intent.account, entry.intent.request, {}, {}};
  const std::vector<Intent> equal = read_equal_intents(database, identity, now);
  return choose_claim(equal, entry.reusable, now).kind == Claim::Kind::New;
}

void SqliteEngine::record(Database& database) {
  for (const auto& [id, entry] : mine_) {
    if (entry.recorded) continue;
    const Intent& intent = entry.intent;
    // sending() and take_slot() report what was lost.
    if (entry.new_file && intent.state == IntentState::Claimed && !still_mine(database, entry))
      continue;
    if (entry.released && intent.state == IntentState::Claimed) {
      delete_intent(database, id);
      continue;
    }
    write_intent(database, intent, entry.released ? 0 : owner_);
    if (!intent.budget.name.empty() || intent.state == IntentState::Abandoned)
      write_share(database, id, intent.budget);
    if (is_settled(intent.state)) {
      delete_slot(database, id);
    } else if (intent.holds_slot) {
      if (entry.new_file) write_held_slot(database, intent, clock_.unix_time());
    } else if (entry.released) {
      delete_waiting_place(database, id);
    }
  }
}

void SqliteEngine::after_commit() {
  for (auto& [id, entry] : mine_) {
    entry.recorded = true;
    entry.new_file = false;
    entry.owner = owner_;
  }
  std::erase_if(mine_, [](const auto& item) { return item.second.released; });
}

void SqliteEngine::write_mine() {
  transact(Transaction::Kind::Write, [](Database&) { return true; });
  // Until the next fact minutes go by, in which the task runs, and many elements wait at once.
  if (file_.database != nullptr) file_.database->shrink();
}

Claim SqliteEngine::claim(const RequestIdentity& identity, Reusable reusable,
                          const std::optional<ClipCache::Found>& cached) {
  const std::int64_t now = clock_.unix_time();
  const std::string cached_task = cached ? cached->task_id : std::string();

  Claim claim = transact(Transaction::Kind::Write, [&](Database& database) {
    sweep_dead_owners(database);
    if (clock_.elapsed() >= prune_at_) prune_intents(database, now);
    const std::vector<Intent> equal = read_equal_intents(database, identity, now);
    Claim result;
    const ClaimChoice choice = choose_claim(equal, reusable, now, cached_task);
    result.kind = choice.kind;
    if (choice.kind == Claim::Kind::New) {
      result.intent.id = random_id();
      result.intent.account = identity.account;
      result.intent.request = identity.request;
      result.intent.model = identity.model;
      result.intent.summary = identity.summary;
      result.intent.claimed_at = now;
    } else if (choice.intent != nullptr) {
      result.intent = *choice.intent;
    } else {
      result.intent.task_id = cached_task;  // only the cache remembers it
    }
    if (choice.kind == Claim::Kind::New || choice.kind == Claim::Kind::Resume) {
      result.intent.owned = true;
      write_intent(database, result.intent, owner_);
    }
    return result;
  });

  if (clock_.elapsed() >= prune_at_) prune_at_ = clock_.elapsed() + kPruneEverySeconds;
  if (claim.kind == Claim::Kind::New || claim.kind == Claim::Kind::Resume) {
    mine_[claim.intent.id] = OwnSqliteIntent{{claim.intent, true, false, reusable}, owner_};
  }
  return claim;
}

void SqliteEngine::sending(std::int64_t intent, std::int64_t sent_at) {
  OwnSqliteIntent& entry = mine(intent);
  Intent sent = entry.intent;
  sent.state = IntentState::Sending;
  sent.sending_at = clock_.unix_time();
  sent.sent_at = sent_at;
  const bool written = transact(Transaction::Kind::Write, [&](Database& database) {
    if (!still_mine(database, entry)) return false;
    write_intent(database, sent, owner_);
    write_share(database, intent, sent.budget);
    if (sent.holds_slot) write_held_slot(database, sent, sent.sending_at);
    return true;
  });
  if (!written) {
    mine_.erase(intent);
    throw LostOwnership(path_);
  }
  entry.intent = sent;
  if (file_.database != nullptr) file_.database->shrink();
}

void SqliteEngine::charge_not_mine(std::int64_t intent, BudgetShare::State state, double cents) {
  transact(Transaction::Kind::Write, [&](Database& database) {
    change_share(database, intent, state, cents);
    return true;
  });
}

std::optional<BudgetReport> SqliteEngine::budget(const std::string& name) {
  return transact(Transaction::Kind::Read,
                  [&](Database& database) { return read_budget(database, name); });
}

void SqliteEngine::settle_not_mine(std::int64_t intent, IntentState state) {
  transact(Transaction::Kind::Write, [&](Database& database) {
    database.change(
        "DELETE FROM slots WHERE intent IN"
        " (SELECT id FROM purchases WHERE id=? AND NOT owner_lives(owner))",
        intent);
    database.change("UPDATE purchases SET state=?, owner=0 WHERE id=? AND NOT owner_lives(owner)",
                    static_cast<int>(state), intent);
    return true;
  });
}

std::string SqliteEngine::task_of_not_mine(std::int64_t intent) {
  return transact(Transaction::Kind::Read, [&](Database& database) {
    const auto row = database.query("SELECT task_id FROM purchases WHERE id=?", intent);
    return row->next() ? row->text(0) : std::string();
  });
}

bool SqliteEngine::knows_task(const std::string& account, const std::string& task_id) {
  return transact(Transaction::Kind::Read, [&](Database& database) {
    return database
        .query("SELECT 1 FROM purchases WHERE account=? AND task_id=?", account, task_id)
        ->next();
  });
}

std::vector<Intent> SqliteEngine::intents(const std::string& account, int limit) {
  return transact(Transaction::Kind::Read, [&](Database& database) {
    return read_intents(database, account, limit, clock_.unix_time());
  });
}

int SqliteEngine::take_slot(std::int64_t intent, int limit, const BudgetRequest& budget) {
  OwnSqliteIntent& entry = mine(intent);
  const std::int64_t now = clock_.unix_time();
  const bool wants_share = !budget.name.empty() && entry.intent.budget.name.empty();
  const auto look = [&](Database& database) {
    return look_at_slots(database, entry.intent, limit, now);
  };
  // Most questions change nothing: they only read, and keep nobody from writing.
  bool fits = true;
  SlotQueue found = transact(Transaction::Kind::Read, [&](Database& database) {
    if (wants_share) fits = budget_share_fits(budget, read_budget(database, budget.name));
    return look(database);
  });
  BudgetShare share = entry.intent.budget;
  bool lost = false;
  if (found.needs_write() || !fits || (found.place == 0 && wants_share)) {
    found = transact(Transaction::Kind::Write, [&](Database& database) {
      sweep_dead_owners(database);  // what they had reserved
      lost = !still_mine(database, entry);
      if (lost) return SlotQueue{};
      if (wants_share) check_budget_share(budget, read_budget(database, budget.name));
      if (owner_of(database, intent) == kNoSuchIntent) write_intent(database, entry.intent, owner_);
      SlotQueue again = look(database);
      write_slots(database, entry.intent, again, now);
      if (again.place == 0 && wants_share) {
        share = {budget.name, budget.sum_cents, budget.cents, BudgetShare::State::Reserved};
        write_share(database, intent, share);
      }
      return again;
    });
  }
  if (lost) {
    mine_.erase(intent);
    throw LostOwnership(path_);
  }
  entry.intent.budget = share;
  entry.intent.holds_slot = found.place == 0;
  return found.place;
}

void SqliteEngine::free_slot(std::int64_t intent) {
  const auto found = mine_.find(intent);
  if (found != mine_.end()) found->second.intent.holds_slot = false;
  transact(Transaction::Kind::Write, [&](Database& database) {
    delete_slot(database, intent);
    return true;
  });
}

}  // namespace

namespace {

// The file itself, whatever chdir() does and by whichever link it is reached: the locks of its
// owners are beside it, under its own name.
std::string real_path(const std::string& path) {
  const GCharPtr full(g_canonicalize_filename(path.c_str(), nullptr));
  std::error_code error;
  const auto real = std::filesystem::weakly_canonical(link_target(full.get()), error);
  return error ? full.get() : real.string();
}

}  // namespace

std::unique_ptr<Store> open_sqlite_store(const std::string& path, std::unique_ptr<ClipCache> cache,
                                         const Clock& clock, GCancellable* cancellable) {
  return std::make_unique<SharedStore>(
      std::make_unique<SqliteEngine>(real_path(path), clock, cancellable), std::move(cache));
}

}  // namespace airforce
