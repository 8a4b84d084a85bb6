// SPDX-License-Identifier: LGPL-2.1-or-later
// From a request to a task: take over what was paid for, or wait for a slot and buy, once.
#pragma once

#include <optional>

#include "generation/generation_context.h"
#include "generation/inputs.h"
#include "store/store.h"

namespace airforce {

struct Purchase {
  std::int64_t intent = 0;   // the store's, owned by it; 0 if none
  std::optional<Task> task;  // unset: `clip_path` is the finished clip
  std::string clip_path;
  bool charged_now = false;  // this call has bought it
  std::string clip_task_id;  // of the task that made the clip in the cache
};

// Throws Error; then the intent is settled or released, and Error::charge tells what became of the
// money.
Purchase purchase(const GenerationContext& context, Store& store, const RequestIdentity& identity,
                  const Inputs& inputs);

// Runs a fact of a purchase into the store; a store that fails now is told as a warning, the
// context goes on.
void remember(const GenerationContext& context, const std::function<void()>& fact);
// The same for the last fact, which no later call would write: a store that fails is asked again
// for some seconds, which is what a restart takes.
void remember_at_last(const GenerationContext& context, const std::function<void()>& fact);

}  // namespace airforce
