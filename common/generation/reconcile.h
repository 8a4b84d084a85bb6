// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "generation/create_policy.h"
#include "generation/create_turn.h"
#include "generation/generation_context.h"
#include "store/store.h"

namespace airforce {

// Looks for the task of a create whose outcome is unknown, by the list of tasks, until it is found
// with proof or `look` has passed. Returns it; unset: proven that nothing was created, as a list
// that was read well after LostCreate::late_seconds has nothing that may be ours. Throws
// Error{UnknownCreate} with the candidates otherwise, and Error{Cancelled}. Releases `turn`
// after the first reads: while it is taken no create of this process adds a candidate.
std::optional<Task> find_lost_task(const GenerationContext& context, Store& store,
                                   const Intent& intent, const LostCreate& lost, Seconds look,
                                   const std::string& why, CreateTurn& turn);

// No task of a create was found in its own run, in which nothing more is sent.
Error no_task_appeared(const std::string& why);

// After an answer, of whatever kind, the service has done what it does: what it created is in the
// list within seconds.
inline constexpr Seconds kLookAfterAnswer{10};

}  // namespace airforce
