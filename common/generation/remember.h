// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>

#include "generation/generation_context.h"
#include "store/store.h"

namespace airforce {

// Records a purchase update in the store; store failures become warnings.
void remember(const GenerationContext& context, const std::function<void()>& fact);
// The same for the last update, which no later call would write: a store that fails is asked again
// for some seconds, which is what a restart takes.
void remember_at_last(const GenerationContext& context, const std::function<void()>& fact);

// What a task of this purchase costs, or that it was refunded; nothing while neither is known.
void remember_charge(const GenerationContext& context, Store& store, std::int64_t intent,
                     const Task& task);

}  // namespace airforce
