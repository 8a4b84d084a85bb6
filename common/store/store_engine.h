// SPDX-License-Identifier: LGPL-2.1-or-later
// What keeps the purchases of a store. Used by one thread at a time (shared_store.h); the functions
// are those of Store, and throw as those do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/clip_cache.h"
#include "store/store.h"

namespace airforce {

class StoreEngine {
 public:
  virtual ~StoreEngine() = default;

  // `cached`: the clip of an equal request in this machine's cache.
  virtual Claim claim(const RequestIdentity& identity, Reusable reusable,
                      const std::optional<ClipCache::Found>& cached) = 0;
  virtual void sending(std::int64_t intent, std::int64_t sent_at) = 0;
  virtual double sending_holds_seconds() const = 0;
  virtual void created(std::int64_t intent, const std::string& task_id, std::int64_t expires_at,
                       double cost_cents) = 0;
  virtual void settle(std::int64_t intent, IntentState state) = 0;
  virtual void release(std::int64_t intent) = 0;
  virtual int take_slot(std::int64_t intent, int limit, const BudgetRequest& budget) = 0;
  virtual void free_slot(std::int64_t intent) = 0;
  virtual void record_charge(std::int64_t intent, BudgetShare::State state, double cents) = 0;
  virtual std::optional<BudgetReport> budget(const std::string& name) = 0;
  virtual bool knows_task(const std::string& account, const std::string& task_id) = 0;
  virtual std::vector<Intent> intents(const std::string& account, int limit) = 0;
  virtual std::string take_warning() = 0;
  // The task of any intent, or "".
  virtual std::string task_of(std::int64_t intent) = 0;
  // Writes again what an engine may have lost.
  virtual void heal() {}
};

}  // namespace airforce
