// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>

#include "generation/generation_context.h"

namespace airforce {

// Records a purchase update in the store; store failures become warnings.
void remember(const GenerationContext& context, const std::function<void()>& fact);
// The same for the last update, which no later call would write: a store that fails is asked again
// for some seconds, which is what a restart takes.
void remember_at_last(const GenerationContext& context, const std::function<void()>& fact);

}  // namespace airforce
