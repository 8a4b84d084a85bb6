// SPDX-License-Identifier: LGPL-2.1-or-later
// A store of each engine, for the tests of what all of them promise.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "engine.h"

namespace airforce::testing {

class AnyStore : public ::testing::TestWithParam<EngineKind> {
 protected:
  std::unique_ptr<Store> open() { return engine_->open(system_clock()); }

  // An intent of `store`, as far as `state`.
  static std::int64_t intent(Store& store, const std::string& name, IntentState state,
                             std::int64_t expires_at = 0) {
    const Claim claim = store.claim(request_named(name), Reusable::Nothing);
    const std::int64_t id = claim.intent.id;
    if (state == IntentState::Claimed) return id;
    store.sending(id, 0);
    if (state == IntentState::Sending) return id;
    store.created(id, "task-" + name, expires_at, 320);
    if (state != IntentState::Created) store.settle(id, state);
    return id;
  }

  static void take(Store& store, std::int64_t intent, const BudgetRequest& budget) {
    store.take_slot(intent, 4, budget);
  }

  const std::unique_ptr<Engine> engine_ = GetParam().make();
};

}  // namespace airforce::testing
