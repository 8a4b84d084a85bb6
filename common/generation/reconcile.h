// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "generation/create_policy.h"
#include "generation/generation_context.h"
#include "generation/inputs.h"
#include "store/store.h"

namespace airforce {

// Finds the task of a create whose answer was lost, by the list of tasks. Unset: the list was read
// well, more than once, and has no such task, so it was not created, or was purged since. Throws
// Error{UnknownCreate} with the candidates where several fit, where no clock tells whether one
// does, or where the list can't be read until the deadline; Error{Cancelled}.
std::optional<Task> find_lost_task(const GenerationContext& context, Store& store,
                                   const Intent& intent, const Inputs& inputs,
                                   const LostCreate& lost);

}  // namespace airforce
