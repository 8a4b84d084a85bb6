// SPDX-License-Identifier: LGPL-2.1-or-later
// The memory of purchases: intents and their tasks, the key's slots, finished clips. One small
// interface over every engine; docs/store.md says how far each engine keeps these promises.
//
// A generation claims its request, waits for a slot, records that it is about to buy (`sending`),
// what it bought (`created`) and how it ended (`settle`). Whatever dies in between, the next claim
// of an equal request reports how far it got.
//
// Every call is durable when it returns and atomic over all processes that share the store. It
// throws Error{Store} when that can't be done. A fact about a purchase (`created`, `settle`) that
// could not be written is kept in memory then, and written before the next call that works, so a
// caller may warn and continue.
//
// A purchase is delivered when its consumer had all of it, and only the caller knows that: until
// settle(Delivered), the intent stays open, and the next claim of an equal request resumes it at no
// cost, from the cache where the clip is there already.
//
// One Store object is one owner: what it claimed belongs to it until it settles, releases or is
// destroyed, or its process dies; two objects in one process are two owners. Calls from several
// threads are safe; they take turns. A Store must not be used on both sides of a fork().
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gio/gio.h>

#include "values/clock.h"
#include "values/error.h"

namespace airforce {

// What makes two requests equal, and whose they are. Hashes only: no key, no prompt.
struct RequestIdentity {
  std::string account;  // hash of base URL and key: whose slots and tasks
  std::string request;  // hash of the canonical request, its images by content
  std::string model;    // to recognise a lost task in the list
  std::string summary;  // the first words of the prompt, for `list --local`; at most 40 characters
};

enum class IntentState {
  Claimed,    // nothing was sent
  Sending,    // the POST may have reached the service; the task id is not known
  Created,    // the task id is known
  Delivered,  // the consumer had all of the clip
  Failed,     // the task ended failed or expired, or its clip is gone permanently
  Abandoned,  // certainly not created
};

// "claimed", "sending", "created", "delivered", "failed", "abandoned"
const char* name_of(IntentState state);

// What an intent takes from a budget (Store::take_slot).
struct BudgetShare {
  enum class State {
    None,      // nothing: no budget, or given back
    Reserved,  // its price; also where it is unknown whether the service charged
    Charged,   // the service said so
    Refunded,  // likewise
  };
  std::string name;      // of the budget; "" if there is none
  double sum_cents = 0;  // of the whole budget
  double cents = 0;
  State state = State::None;
};

// "none", "reserved", "charged", "refunded"
const char* name_of(BudgetShare::State state);

// A ceiling for a series of purchases, shared by all that use the store.
struct BudgetRequest {
  std::string name;      // "": no budget
  double sum_cents = 0;  // the ceiling; the same at every use of the name
  double cents = 0;      // the price of this purchase
};

struct BudgetReport {
  double sum_cents = 0;
  double reserved_cents = 0;
  double charged_cents = 0;
  double refunded_cents = 0;
  // Below zero where the service charged more than it had announced.
  double left_cents() const { return sum_cents - reserved_cents - charged_cents; }
};

struct Intent {
  std::int64_t id = 0;  // at most 2^53
  IntentState state = IntentState::Claimed;
  std::string account;
  std::string request;
  std::string model;
  std::string summary;
  std::string task_id;
  std::int64_t claimed_at = 0;  // Unix seconds by this machine's clock
  std::int64_t sending_at = 0;  // likewise, 0 if never
  // When the POST was about to be sent, Unix seconds by the service's clock; 0 if that was unknown.
  std::int64_t sent_at = 0;
  std::int64_t expires_at = 0;  // Unix seconds by the service's clock, 0 if unknown
  double cost_cents = -1;
  bool owned = false;       // a living process works on it
  bool holds_slot = false;  // it counts as one of the account's slots
  BudgetShare budget;
};

// The intent is not ours any more: this process was suspended or cut off for longer than its lease,
// and somebody else may have bought the clip meanwhile. Nothing was sent. Claim again.
struct LostOwnership : Error {
  explicit LostOwnership(const std::string& store);
};

enum class Reusable { Nothing, Unfinished, Finished };

// The outcome of a claim.
struct Claim {
  enum class Kind {
    New,     // a fresh intent, Claimed
    Resume,  // an intent whose owner is gone: Sending (reconcile it first) or Created (follow it).
             // However old it seems: whether its task is still there the service knows, and not
             // a clock that may have been set.
    Finished,  // Reusable::Finished: a clip that was delivered before, or that a living process
               // has in the cache. Nothing is owned.
    Wait,      // ask again. Reusable::Finished: a living process is buying this very clip.
               // Unfinished, on Redis: somebody has bought it who may have died since; it takes a
               // third of a lease to hear that he lives, or the rest of the lease to know better.
  };
  Kind kind = Kind::New;
  // Finished: its id is 0 when only the cache remembers the clip.
  Intent intent;
  // Finished and Resume: the clip in this machine's cache, or "": fetch the task. Another process
  // may evict the clip before it is opened: then fetch the task, too.
  std::string clip_path;
};

class Store {
 public:
  virtual ~Store() = default;

  // Finds what can be reused, or makes a new intent, and makes this store its owner. An intent of a
  // living owner is never taken (Nothing and Unfinished make a new one beside it).
  virtual Claim claim(const RequestIdentity& identity, Reusable reusable) = 0;
  // The POST is about to be sent; `sent_at` as in Intent. When this throws, it must not be. In one
  // step it makes sure that the intent is still ours and that nobody bought the clip meanwhile;
  // throws LostOwnership otherwise. This holds for sending_holds_seconds(), counted from before the
  // call by Clock::elapsed(): whoever has not begun to send by then calls sending() again.
  virtual void sending(std::int64_t intent, std::int64_t sent_at) = 0;
  // Again, with another `task_id`: the service does not know the first one.
  virtual void created(std::int64_t intent, const std::string& task_id, std::int64_t expires_at,
                       double cost_cents) = 0;
  virtual double sending_holds_seconds() const = 0;
  // Delivered (the consumer had all of it), Failed or Abandoned. Ends ownership and gives the slot
  // back. An intent that is not ours becomes Delivered or Failed where nobody living works on it.
  virtual void settle(std::int64_t intent, IntentState state) = 0;
  // Ends ownership without settling: the next claim of an equal request resumes it. A slot that is
  // held stays taken while the task may run (see take_slot).
  virtual void release(std::int64_t intent) = 0;
  // Whether some intent of this account already stands for this task.
  virtual bool knows_task(const std::string& account, const std::string& task_id) = 0;
  // Newest first. Account "": of all accounts.
  virtual std::vector<Intent> intents(const std::string& account, int limit) = 0;

  // Slots: at most `limit` are held per account, first come, first served.
  //
  // Joins the account's queue at the first call, and takes the slot when it is its turn. Returns
  // the place: 0, the slot is held; 1, next. Cheap: ask again some times a second. An intent that
  // waits and is not asked for within kStaleWaiterSeconds may be overtaken; it keeps its place.
  //
  // What a dead owner leaves: a waiting place, and a slot whose intent is still Claimed, vanish at
  // once. But a slot whose intent is Sending or Created stays taken, because the service keeps
  // counting that task: until the intent is settled, free_slot() is called for it, or
  // kOrphanSlotSeconds (kLostSlotSeconds while its task is unknown) have passed since it was sent.
  // Whoever resumes the intent has its slot. Whoever waits can free it sooner: ask the service for
  // the tasks of those intents() that are not owned and hold a slot, and call free_slot() for a
  // final one.
  //
  // A budget reserves its cents in the step that takes the slot. Throws Error{Budget} where not
  // enough is left of it, now or when the slot is granted, and Error{Settings} where the budget has
  // another sum. The share belongs to the intent, whoever resumes it. It is given back when the
  // intent is Abandoned, or its owner dies before anything was sent. created() corrects it to the
  // cost that the service names.
  virtual int take_slot(std::int64_t intent, int limit, const BudgetRequest& budget = {}) = 0;
  // What the service said of the charge of an intent, for its budget; nothing without one. What is
  // never said stays reserved. Refunded gives back the whole share, whatever `cents` is: a service
  // reports a refund by a cost of 0. Any owner's intent.
  virtual void record_charge(std::int64_t intent, BudgetShare::State state, double cents) = 0;
  // Unset: no such budget.
  virtual std::optional<BudgetReport> budget(const std::string& name) = 0;
  // Gives the slot, or the place in the queue, back: the task is final, or nothing is wanted. The
  // intent itself stays as it is. Any owner's; harmless when there is nothing to give back.
  virtual void free_slot(std::int64_t intent) = 0;

  // The clip of this purchase in this machine's cache, or "". Another process may evict it before
  // it is opened.
  virtual std::string clip_of(const Intent& known) = 0;
  // Puts a finished clip into this machine's cache (a copy that shares its blocks where
  // the file system can), and evicts the least
  // recently used beyond the cache's size. Throws Error{File}; the clip at `path` is untouched.
  // Whether the purchase is delivered yet does not matter.
  virtual void keep_clip(std::int64_t intent, const RequestIdentity& identity,
                         const std::string& path) = 0;
  // Keeps the clip of this request in this machine's cache until unpin_clips(series), whether it is
  // there yet or not; at most for kPinSeconds after the last pin. Throws Error{File}.
  virtual void pin_clip(const RequestIdentity& identity, const std::string& series) = 0;
  virtual void unpin_clips(const std::string& series) = 0;

  // What the user should know though no call has failed: a damaged file was set aside, the engine
  // lost what was recorded. One line, "" if nothing; reported once.
  virtual std::string take_warning() = 0;
};

// How long the slot of a task whose owner is gone stays taken. Tasks take 30 s to 4 minutes and
// `timeout` is 15 minutes by default; when this is too short, the service's own 429 has the word.
inline constexpr int kOrphanSlotSeconds = 900;
// The same where it is not even known whether there is a task: nobody can ask the service for it,
// so a slot that is perhaps free would be lost for long.
inline constexpr int kLostSlotSeconds = 60;
// A series that is never unpinned (a film that nobody finishes) fills the cache no longer than
// this.
inline constexpr std::int64_t kPinSeconds = std::int64_t{30} * 24 * 3600;
// A waiter that does not ask for so long (a stopped process) delays nobody.
inline constexpr int kStaleWaiterSeconds = 30;

// `where`: a path, "redis://...", or "" for AIRFORCE_STORE or else
// $XDG_STATE_HOME/airforce-video/store.sqlite. `clock` must outlive the store.
// Once `cancellable` (may be null) is cancelled, neither this nor a call of the store waits longer
// for others than 50 ms: for a file that is locked, for an engine that does not answer. What fails
// then throws Error{Cancelled}.
// Throws Error{Store} (or Error{Settings} for a URI that this build can't serve).
std::unique_ptr<Store> open_store(const std::string& where, const Clock& clock = system_clock(),
                                  GCancellable* cancellable = nullptr);

}  // namespace airforce
