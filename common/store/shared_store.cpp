// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/shared_store.h"

#include <utility>

namespace airforce {

SharedStore::SharedStore(std::unique_ptr<StoreEngine> engine, std::unique_ptr<ClipCache> cache)
    : engine_(std::move(engine)), cache_(std::move(cache)) {}

Claim SharedStore::claim(const RequestIdentity& identity, Reusable reusable) {
  std::optional<ClipCache::Found> cached;
  if (reusable != Reusable::Nothing) cached = cache_->find(identity);
  Claim claim = (*engine_.lock())->claim(identity, reusable, cached);
  const bool of_a_task = claim.kind == Claim::Kind::Finished || claim.kind == Claim::Kind::Resume;
  if (cached && of_a_task && claim.intent.task_id == cached->task_id)
    claim.clip_path = cached->path;
  return claim;
}

void SharedStore::sending(std::int64_t intent, std::int64_t sent_at) {
  (*engine_.lock())->sending(intent, sent_at);
}

double SharedStore::sending_holds_seconds() const {
  return (*engine_.lock())->sending_holds_seconds();
}

void SharedStore::created(std::int64_t intent, const std::string& task_id, std::int64_t expires_at,
                          double cost_cents) {
  (*engine_.lock())->created(intent, task_id, expires_at, cost_cents);
}

void SharedStore::settle(std::int64_t intent, IntentState state) {
  (*engine_.lock())->settle(intent, state);
}

void SharedStore::release(std::int64_t intent) {
  (*engine_.lock())->release(intent);
}

int SharedStore::take_slot(std::int64_t intent, int limit, const BudgetRequest& budget) {
  return (*engine_.lock())->take_slot(intent, limit, budget);
}

void SharedStore::free_slot(std::int64_t intent) {
  (*engine_.lock())->free_slot(intent);
}

void SharedStore::record_charge(std::int64_t intent, BudgetShare::State state, double cents) {
  (*engine_.lock())->record_charge(intent, state, cents);
}

std::optional<BudgetReport> SharedStore::budget(const std::string& name) {
  return (*engine_.lock())->budget(name);
}

bool SharedStore::knows_task(const std::string& account, const std::string& task_id) {
  return (*engine_.lock())->knows_task(account, task_id);
}

std::vector<Intent> SharedStore::intents(const std::string& account, int limit) {
  return (*engine_.lock())->intents(account, limit);
}

std::string SharedStore::clip_of(const Intent& known) {
  const auto cached = cache_->find({known.account, known.request, known.model, known.summary});
  return cached && cached->task_id == known.task_id ? cached->path : "";
}

void SharedStore::keep_clip(std::int64_t intent, const RequestIdentity& identity,
                            const std::string& path) {
  const std::string task_id = (*engine_.lock())->task_of(intent);
  cache_->keep(identity, task_id, path);  // may take long
}

void SharedStore::pin_clip(const RequestIdentity& identity, const std::string& series) {
  cache_->pin(identity, series);
}

void SharedStore::unpin_clips(const std::string& series) {
  cache_->unpin(series);
}

std::string SharedStore::take_warning() {
  return (*engine_.lock())->take_warning();
}

void SharedStore::try_to_heal() {
  if (const auto engine = engine_.try_lock()) (**engine)->heal();
}

}  // namespace airforce
