// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/redis_scripts.h"

#include <glib.h>

#include "store/claim_rules.h"
#include "store/store.h"
#include "values/glib_ptr.h"

namespace airforce {
namespace {

std::string constants() {
  std::string text;
  const auto define = [&text](const char* name, std::int64_t value) {
    text += std::string("local ") + name + " = " + std::to_string(value) + "\n";
  };
  define("CLAIMED", static_cast<int>(IntentState::Claimed));
  define("SENDING", static_cast<int>(IntentState::Sending));
  define("CREATED", static_cast<int>(IntentState::Created));
  define("DELIVERED", static_cast<int>(IntentState::Delivered));
  define("NOTHING", static_cast<int>(Reusable::Nothing));
  define("FINISHED", static_cast<int>(Reusable::Finished));
  define("TASK_LIFE", kTaskLifeSeconds);
  define("KEEP", kKeepSeconds);
  define("KEEP_INTENTS", kKeepIntents);
  define("ORPHAN_SLOT", kOrphanSlotSeconds);
  define("LOST_SLOT", kLostSlotSeconds);
  define("STALE_WAITER", kStaleWaiterSeconds);
  define("RESERVED", static_cast<int>(BudgetShare::State::Reserved));
  define("CHARGED", static_cast<int>(BudgetShare::State::Charged));
  define("REFUNDED", static_cast<int>(BudgetShare::State::Refunded));
  define("VERSION", kRedisKeyVersion);
  define("BUDGET_LIFE", std::int64_t{400} * 24 * 3600);
  define("INDEX_LIFE", std::int64_t{30} * 24 * 3600);
  return text;
}

}  // namespace

// Scripts compare states: what has an end comes after what has none.
static_assert(IntentState::Claimed < IntentState::Sending &&
              IntentState::Sending < IntentState::Created &&
              IntentState::Created < IntentState::Delivered &&
              IntentState::Delivered < IntentState::Failed &&
              IntentState::Failed < IntentState::Abandoned);

RedisScript::RedisScript(const char* step) : text(constants() + lua::prelude + step) {
  const GCharPtr hash(g_compute_checksum_for_string(G_CHECKSUM_SHA1, text.data(),
                                                    static_cast<gssize>(text.size())));
  sha1 = hash.get();
}

}  // namespace airforce
