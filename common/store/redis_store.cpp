// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/redis_store.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <glib.h>

#include "store/claim_rules.h"
#include "store/owner_locks.h"
#include "store/owning_engine.h"
#include "store/redis_connection.h"
#include "store/redis_heartbeat.h"
#include "store/redis_tls.h"
#include "store/shared_store.h"
#include "values/text.h"

namespace airforce {
namespace {

constexpr double kRedisTimeoutSeconds = 3;
constexpr double kGoodbyeSeconds = 0.3;

// Answers of slot.lua in place of a place.
constexpr int kForgotten = -1;
constexpr int kTaken = -2;

struct Scripts {
  RedisScript budget{lua::budget};
  RedisScript charge{lua::charge};
  RedisScript claim{lua::claim};
  RedisScript find{lua::find};
  RedisScript free{lua::free};
  RedisScript intents{lua::intents};
  RedisScript record{lua::record};
  RedisScript settle{lua::settle};
  RedisScript slot{lua::slot};
};

const Scripts& scripts() {
  static const Scripts all;
  return all;
}

std::int64_t to_integer(const std::string& text) {
  return g_ascii_strtoll(text.c_str(), nullptr, 10);
}

// From answer() of prelude.lua.
constexpr std::size_t kAnswerFields = 21;

Intent to_intent(const std::vector<std::string>& fields) {
  if (fields.size() != kAnswerFields) throw_not_understood();
  const std::int64_t state = to_integer(fields[5]);
  if (state < 0 || state > static_cast<int>(IntentState::Abandoned)) throw_not_understood();
  Intent intent;
  intent.id = to_integer(fields.at(0));
  intent.account = fields.at(1);
  intent.request = fields.at(2);
  intent.model = fields.at(3);
  intent.summary = fields.at(4);
  intent.state = static_cast<IntentState>(state);
  intent.task_id = fields.at(6);
  intent.claimed_at = to_integer(fields.at(7));
  intent.sending_at = to_integer(fields.at(8));
  intent.expires_at = to_integer(fields.at(9));
  intent.cost_cents = g_ascii_strtod(fields.at(10).c_str(), nullptr);
  // 11: the owner, 12: the token
  intent.sent_at = to_integer(fields.at(13));
  if (!fields.at(14).empty()) {
    intent.budget = {fields[14], from_budget_units(to_integer(fields.at(15))),
                     from_budget_units(to_integer(fields.at(16))),
                     static_cast<BudgetShare::State>(to_integer(fields.at(17)))};
  }
  intent.owned = fields.at(18) == "1";
  intent.holds_slot = fields.at(19) == "1";
  return intent;
}

// The same for a caller: the engine's times by this machine's clock.
Intent to_local(const std::vector<std::string>& fields, const Clock& clock) {
  Intent intent = to_intent(fields);
  const std::int64_t offset = clock.unix_time() - to_integer(fields.at(20));
  intent.claimed_at += offset;
  if (intent.sending_at != 0) intent.sending_at += offset;
  return intent;
}

// From budget_totals() of prelude.lua.
std::optional<BudgetReport> to_report(const RedisReply& reply) {
  const std::vector<std::string> totals = reply.texts();
  if (totals.size() != 4) return std::nullopt;
  const auto cents = [&totals](std::size_t n) { return from_budget_units(to_integer(totals[n])); };
  return BudgetReport{cents(0), cents(1), cents(2), cents(3)};
}

// An intent of ours; its id is another than the caller's after a conflict.
struct OwnRedisIntent : OwnIntent {
  std::string token;
  std::string spare = std::to_string(random_id());  // the id after a conflict
};

class RedisEngine final : public OwningEngine<OwnRedisIntent> {
 public:
  RedisEngine(const RedisAddress& address, const Clock& clock, GCancellable* cancellable);
  ~RedisEngine() override;

  Claim claim(const RequestIdentity& identity, Reusable reusable,
              const std::optional<ClipCache::Found>& cached) override;
  void sending(std::int64_t intent, std::int64_t sent_at) override;
  bool knows_task(const std::string& account, const std::string& task_id) override;
  std::vector<Intent> intents(const std::string& account, int limit) override;
  double sending_holds_seconds() const override { return address_.lease_seconds / 2; }
  int take_slot(std::int64_t intent, int limit, const BudgetRequest& budget) override;
  std::optional<BudgetReport> budget(const std::string& name) override;
  void free_slot(std::int64_t intent) override;
  // An engine may lose writes that it had acknowledged (a failover, a restart). While the owner
  // lives it writes them again, so that only both at once lose something.
  void heal() override { record_all(true); }
  const std::string& owner() const { return owner_; }

 private:
  enum class Found { Kept, Taken };

  // clock_ is for the caller's eyes only.
  Found record(OwnRedisIntent& entry, const char* want);
  void record_all(bool even_if_recorded);
  void write_mine() override { record_all(false); }
  void settle_not_mine(std::int64_t intent, IntentState state) override;
  void charge_not_mine(std::int64_t intent, BudgetShare::State state, double cents) override;
  std::string task_of_not_mine(std::int64_t intent) override;

  const RedisAddress address_;
  const std::string owner_ = std::to_string(random_id());

  RedisConnection connection_;
  // When a claim that has to wait was asked first, by account and request: claim.lua.
  std::map<std::string, std::string> asked_;
};

RedisEngine::RedisEngine(const RedisAddress& address, const Clock& clock, GCancellable* cancellable)
    : OwningEngine(clock),
      address_(address),
      connection_(address, WaitTimeout(kRedisTimeoutSeconds, cancellable)) {
  renew_lease(connection_, address_, owner_);
}

RedisEngine::~RedisEngine() {
  const bool unrecorded = lacks_a_fact();
  try {
    if (unrecorded) record_all(false);
    // Without this the lease ends on its own a little later: not worth waiting for.
    if (!connection_.connected()) return;
    connection_.shorten_timeout(kGoodbyeSeconds);
    connection_.command({"ZREM", std::string(kRedisKeyPrefix) + "owners", owner_});
  } catch (const std::exception& error) {
    if (unrecorded) g_warning("The end of a purchase could not be recorded: %s", error.what());
  }
}

RedisEngine::Found RedisEngine::record(OwnRedisIntent& entry, const char* want) {
  Intent& intent = entry.intent;
  const RedisReply reply =
      connection_.run(scripts().record, {want,
                                         owner_,
                                         entry.spare,
                                         intent.holds_slot ? "1" : "0",
                                         std::to_string(static_cast<int>(entry.reusable)),
                                         entry.corrects,
                                         std::to_string(intent.id),
                                         intent.account,
                                         intent.request,
                                         intent.model,
                                         intent.summary,
                                         std::to_string(static_cast<int>(intent.state)),
                                         intent.task_id,
                                         std::to_string(intent.claimed_at),
                                         std::to_string(intent.sending_at),
                                         std::to_string(intent.expires_at),
                                         number_text(intent.cost_cents),
                                         owner_,
                                         entry.token,
                                         std::to_string(intent.sent_at),
                                         intent.budget.name,
                                         std::to_string(to_budget_units(intent.budget.sum_cents)),
                                         std::to_string(to_budget_units(intent.budget.cents)),
                                         std::to_string(static_cast<int>(intent.budget.state))});
  const std::vector<std::string> answer = reply.texts();
  if (answer.size() != 3) throw_not_understood();
  const std::int64_t id = to_integer(answer[1]);
  if (id != intent.id) {
    warning_ =
        "Two tasks were made for one request, because a machine lost the store for longer "
        "than its lease: " +
        intent.task_id + " is the second";
    intent.id = id;
  }
  if (answer[0] == "taken") return Found::Taken;
  intent.sending_at = to_integer(answer[2]);
  if (answer[0] == "kept") return Found::Kept;
  warning_ = "The store " + address_.shown() +
             " had lost what was recorded (flushed, or restarted without its data); the "
             "purchases that are under way here are recorded again";
  return Found::Kept;
}

void RedisEngine::record_all(bool even_if_recorded) {
  for (auto& [id, entry] : mine_) {
    if (entry.recorded && !even_if_recorded) continue;
    record(entry, entry.released ? "release" : "fact");
    entry.recorded = true;
  }
  std::erase_if(mine_, [](const auto& item) { return item.second.released; });
}

Claim RedisEngine::claim(const RequestIdentity& identity, Reusable reusable,
                         const std::optional<ClipCache::Found>& cached) {
  const std::string cached_task = cached ? cached->task_id : std::string();
  Claim claim;
  record_all(false);
  const std::string token = std::to_string(random_id());
  std::string& asked = asked_[identity.account + "\n" + identity.request];
  const RedisReply reply = connection_.run(
      scripts().claim,
      {identity.account, identity.request, identity.model, identity.summary,
       std::to_string(static_cast<int>(reusable)), owner_, token, asked, cached_task});
  const std::string kind = reply.text(0);
  claim.kind = kind == "new"        ? Claim::Kind::New
               : kind == "resume"   ? Claim::Kind::Resume
               : kind == "finished" ? Claim::Kind::Finished
                                    : Claim::Kind::Wait;
  if (claim.kind == Claim::Kind::Wait) {
    asked = reply.text(2);
  } else {
    asked_.erase(identity.account + "\n" + identity.request);
  }
  const std::vector<std::string> fields = reply.texts(1);
  if (fields.empty()) {
    claim.intent.task_id = cached_task;  // only the cache remembers it
  } else {
    claim.intent = to_local(fields, clock_);
  }
  if (claim.kind == Claim::Kind::New || claim.kind == Claim::Kind::Resume) {
    OwnRedisIntent& entry = mine_[claim.intent.id];
    entry.intent = to_intent(fields);  // goes back to the engine: its times as they are
    entry.token = token;
    entry.reusable = reusable;
  }
  return claim;
}

void RedisEngine::sending(std::int64_t intent, std::int64_t sent_at) {
  record_all(false);
  OwnRedisIntent& entry = mine(intent);
  const OwnRedisIntent before = entry;
  entry.intent.state = IntentState::Sending;
  entry.intent.sent_at = sent_at;
  try {
    if (record(entry, "sending") == Found::Kept) return;
  } catch (...) {
    entry = before;  // nothing will be sent
    throw;
  }
  mine_.erase(intent);
  throw LostOwnership(address_.shown());
}

void RedisEngine::charge_not_mine(std::int64_t intent, BudgetShare::State state, double cents) {
  connection_.run(scripts().charge,
                  {std::to_string(intent), std::to_string(static_cast<int>(state)),
                   std::to_string(to_budget_units(cents))});
}

std::optional<BudgetReport> RedisEngine::budget(const std::string& name) {
  return to_report(connection_.run(scripts().budget, {name}));
}

void RedisEngine::settle_not_mine(std::int64_t intent, IntentState state) {
  connection_.run(scripts().settle,
                  {std::to_string(intent), std::to_string(static_cast<int>(state))});
}

std::string RedisEngine::task_of_not_mine(std::int64_t intent) {
  return connection_
      .command({"HGET", kRedisKeyPrefix + ("intent:" + std::to_string(intent)), "task_id"})
      .text();
}

bool RedisEngine::knows_task(const std::string& account, const std::string& task_id) {
  return connection_.run(scripts().find, {account, task_id}).size() > 0;
}

std::vector<Intent> RedisEngine::intents(const std::string& account, int limit) {
  const RedisReply reply = connection_.run(scripts().intents, {account, std::to_string(limit)});
  std::vector<Intent> intents;
  for (std::size_t n = 0; n < reply.size(); ++n)
    intents.push_back(to_local(reply.texts(n), clock_));
  return intents;
}

int RedisEngine::take_slot(std::int64_t intent, int limit, const BudgetRequest& budget) {
  record_all(false);
  OwnRedisIntent& entry = mine(intent);
  const bool wants_share = !budget.name.empty() && entry.intent.budget.name.empty();
  const auto ask = [&] {
    const RedisReply reply = connection_.run(
        scripts().slot, {entry.intent.account, std::to_string(entry.intent.id),
                         std::to_string(limit), owner_, wants_share ? budget.name : std::string(),
                         std::to_string(to_budget_units(budget.sum_cents)),
                         std::to_string(to_budget_units(budget.cents))});
    if (const auto totals = to_report(reply)) check_budget_share(budget, totals);
    return static_cast<int>(reply.integer());
  };
  int place = ask();
  bool lost = place == kTaken;
  if (place == kForgotten) {
    lost = record(entry, "fact") == Found::Taken;
    if (!lost) place = ask();
  }
  if (lost) {
    mine_.erase(intent);
    throw LostOwnership(address_.shown());
  }
  entry.intent.holds_slot = place == 0;
  if (place == 0 && wants_share) {
    entry.intent.budget = {budget.name, budget.sum_cents, budget.cents,
                           BudgetShare::State::Reserved};
  }
  return place;
}

void RedisEngine::free_slot(std::int64_t intent) {
  const auto found = mine_.find(intent);
  if (found != mine_.end()) found->second.intent.holds_slot = false;
  const std::int64_t id = found != mine_.end() ? found->second.intent.id : intent;
  connection_.run(scripts().free, {std::to_string(id)});
}

// The heartbeat ends before the engine does.
class RedisStore final : public SharedStore {
 public:
  RedisStore(const RedisAddress& address, const std::string& owner,
             std::unique_ptr<RedisEngine> engine, std::unique_ptr<ClipCache> cache)
      : SharedStore(std::move(engine), std::move(cache)),
        heart_(address, owner, [this] { try_to_heal(); }) {}

 private:
  RedisHeartbeat heart_;
};

}  // namespace

std::unique_ptr<Store> open_redis_store(const std::string& uri, std::unique_ptr<ClipCache> cache,
                                        const Clock& clock, GCancellable* cancellable) {
  const RedisAddress address(uri);
  if (address.tls && !redis_has_tls()) {
    throw Error(ErrorKind::Settings, Step::Settings,
                "This build can't reach the store " + address.shown() + ": it has no TLS for Redis",
                "build it with hiredis_ssl (hiredis 1.0 or later), or use a tunnel");
  }
  auto engine = std::make_unique<RedisEngine>(address, clock, cancellable);
  const std::string owner = engine->owner();
  return std::make_unique<RedisStore>(address, owner, std::move(engine), std::move(cache));
}

}  // namespace airforce
