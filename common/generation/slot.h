// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "generation/generation_context.h"
#include "store/store.h"

namespace airforce {

// Waits until the intent holds one of the key's slots, and has its share of the budget; the timeout
// counts from then on. Throws Error.
void wait_for_slot(const GenerationContext& context, Store& store, const Intent& intent,
                   const BudgetRequest& budget);

}  // namespace airforce
