// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "generation/create_policy.h"
#include "generation/create_turn.h"
#include "generation/generation_context.h"
#include "generation/inputs.h"
#include "generation/pricing.h"
#include "store/store.h"

namespace airforce {

// The create of an intent whose task is not known, for find_lost_task().
LostCreate lost_create(const GenerationContext& context, const Intent& intent,
                       const std::string& prompt, const Price& price);

// Sends the create, once: again only where the request never left or was refused for now. Returns
// the task; `turn` is taken then, for the caller to release once the task is recorded. Throws
// Error; `certainly_not_created` says then whether the intent can be abandoned.
// LostOwnership: nothing was sent, claim again.
Task create_task(const GenerationContext& context, Store& store, const Intent& intent,
                 const Inputs& inputs, const Offer& offer, CreateTurn& turn,
                 bool& certainly_not_created);

}  // namespace airforce
