// SPDX-License-Identifier: LGPL-2.1-or-later
// A store for several threads, that take turns at its engine, with this machine's cache of clips.
// The engine's lock is the outer one: the cache has its own, and is not used under the engine's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/clip_cache.h"
#include "store/store_engine.h"
#include "values/guarded.h"

namespace airforce {

class SharedStore : public Store {
 public:
  SharedStore(std::unique_ptr<StoreEngine> engine, std::unique_ptr<ClipCache> cache);

  Claim claim(const RequestIdentity& identity, Reusable reusable) override;
  void sending(std::int64_t intent, std::int64_t sent_at) override;
  double sending_holds_seconds() const override;
  void created(std::int64_t intent, const std::string& task_id, std::int64_t expires_at,
               double cost_cents) override;
  void settle(std::int64_t intent, IntentState state) override;
  void release(std::int64_t intent) override;
  int take_slot(std::int64_t intent, int limit, const BudgetRequest& budget) override;
  void free_slot(std::int64_t intent) override;
  void record_charge(std::int64_t intent, BudgetShare::State state, double cents) override;
  std::optional<BudgetReport> budget(const std::string& name) override;
  bool knows_task(const std::string& account, const std::string& task_id) override;
  std::vector<Intent> intents(const std::string& account, int limit) override;
  std::string clip_of(const Intent& known) override;
  void keep_clip(std::int64_t intent, const RequestIdentity& identity,
                 const std::string& path) override;
  void pin_clip(const RequestIdentity& identity, const std::string& series) override;
  void unpin_clips(const std::string& series) override;
  std::string take_warning() override;

 protected:
  // StoreEngine::heal(), unless somebody is at the engine.
  void try_to_heal();

 private:
  Guarded<std::unique_ptr<StoreEngine>> engine_;
  const std::unique_ptr<ClipCache> cache_;
};

}  // namespace airforce
