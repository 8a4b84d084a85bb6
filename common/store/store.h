// SPDX-License-Identifier: LGPL-2.1-or-later
// The memory of purchases: intents and their tasks, the key's slots, finished clips. One small interface over every engine.
//
// A generation claims its request, records that it is about to buy (`sending`), what it bought (`created`) and how it ended
// (`settle`). Whatever dies in between, the next claim of an equal request tells how far it had come. Every call is durable when it
// returns, atomic over all processes that share the store, and throws Error{Store} when it can't be done.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "values/clock.h"

namespace airforce {

// What makes two requests equal, and whose they are. Hashes only: no key, no prompt.
struct RequestIdentity {
  std::string account;   // hash of base URL and key: whose slots and tasks
  std::string request;   // hash of the canonical request, its images by content
  std::string model;     // to recognise a lost task in the list
  std::string summary;   // the first words of the prompt, for `list --local`; at most 40 characters
};

enum class IntentState {
  Claimed,    // nothing was sent
  Sending,    // the POST may have reached the service; the task id is not known
  Created,    // the task id is known
  Delivered,  // the clip was fully here once
  Failed,     // the task ended failed or expired, or its clip is gone for good
  Abandoned,  // certainly not created
};

struct Intent {
  std::int64_t id = 0;
  IntentState state = IntentState::Claimed;
  std::string task_id;
  std::string model;
  std::string summary;
  std::int64_t claimed_at = 0;   // Unix seconds
  std::int64_t sending_at = 0;   // Unix seconds, 0 if never
  std::int64_t expires_at = 0;   // Unix seconds, 0 if unknown
  double cost_cents = -1;
  bool owned = false;            // a living process works on it
};

enum class Reusable { Nothing, Unfinished, Finished };

// The outcome of a claim.
struct Claim {
  enum class Kind {
    New,       // a fresh intent, Claimed
    Resume,    // an intent whose owner is gone: Sending (reconcile it first) or Created (follow it)
    Finished,  // Reusable::Finished: a clip that was delivered before; `clip_path` if it is in the cache, else fetch the task again
    Wait,      // Reusable::Finished: a living process is buying this very clip; ask again
  };
  Kind kind = Kind::New;
  Intent intent;
  std::string clip_path;
};

// A place in the queue for one of the account's slots.
struct SlotTicket {
  std::int64_t id = 0;
  int place = 0;  // 0: the slot is held; 1: next
};

class Store {
 public:
  virtual ~Store() = default;

  // Finds what can be reused, or makes a new intent, and makes this process its owner.
  virtual Claim claim(const RequestIdentity& identity, Reusable reusable) = 0;
  virtual void sending(std::int64_t intent) = 0;
  virtual void created(std::int64_t intent, const std::string& task_id, std::int64_t expires_at, double cost_cents) = 0;
  // Delivered, Failed or Abandoned. Ends ownership.
  virtual void settle(std::int64_t intent, IntentState state) = 0;
  // Ends ownership without settling: the next claim of an equal request resumes it.
  virtual void release(std::int64_t intent) = 0;
  // Whether some intent of this account already stands for this task.
  virtual bool knows_task(const std::string& account, const std::string& task_id) = 0;
  // Newest first.
  virtual std::vector<Intent> intents(const std::string& account, int limit) = 0;

  // Slots: at most `limit` held per account, first come, first served. A ticket whose process died counts no longer, at once.
  virtual SlotTicket enqueue(const std::string& account) = 0;
  virtual SlotTicket check(const SlotTicket& ticket, const std::string& account, int limit) = 0;  // takes the slot when it is free
  virtual void leave(const SlotTicket& ticket) = 0;  // gives the slot, or the place, back

  // Puts a finished clip into the cache (linked or copied), evicting the least recently used beyond the cache's size.
  virtual void keep_clip(std::int64_t intent, const RequestIdentity& identity, const std::string& path) = 0;
};

// `where`: a path, "redis://...", or "" for AIRFORCE_STORE or else $XDG_STATE_HOME/airforce-video/store.sqlite.
// Throws Error{Store} (or Error{Settings} for a URI that this build can't serve).
std::unique_ptr<Store> open_store(const std::string& where, const Clock& clock = system_clock());

}  // namespace airforce
