// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "generation/generation_context.h"

namespace airforce {

// What the steps of a generation share, for `seconds` from now, where nobody listens. All that it
// refers to outlives it.
inline GenerationContext quiet_work(const Settings& settings, api::Client& client,
                                    const Clock& clock, GCancellable* cancellable, double seconds,
                                    const GenerationTimeouts& timeouts) {
  return {settings,
          client,
          clock,
          cancellable,
          Deadline(clock, Seconds(seconds)),
          system_random(),
          [](const GenerationEvent&) {},
          timeouts};
}

}  // namespace airforce
