// SPDX-License-Identifier: LGPL-2.1-or-later
// From a request to a task: resume what was paid for, or wait for a slot and buy, once.
#pragma once

#include <optional>

#include "generation/generation_context.h"
#include "generation/inputs.h"
#include "generation/pricing.h"
#include "store/store.h"

namespace airforce {

struct Purchase {
  std::int64_t intent = 0;   // the store's, owned by it; 0 if none
  std::optional<Task> task;  // unset: `clip_path` is the finished clip
  std::string clip_path;
  bool was_delivered = false;  // to an earlier consumer
  std::string clip_task_id;    // of the task that made the clip in the cache
  // The intent that is delivered when the clip has been consumed; not owned where it is not
  // `intent`.
  std::int64_t delivers = 0;
  Price price;                    // as announced, where this call has bought it
  bool is_only_answered = false;  // the task is known by the answer to its create alone
  bool is_shared = false;         // a living process owns the task: leave it alone
};

// Throws Error; then the intent is settled or released, and Error::charge is the charge status.
Purchase purchase(const GenerationContext& context, Store& store, const RequestIdentity& identity,
                  const Inputs& inputs);

// A create was answered with the id of a task that the service does not know: its outcome is as
// unknown as without an answer. Finds the task in the list, with proof, and records it. Throws
// Error{UnknownCreate} otherwise.
Task find_bought_task(const GenerationContext& context, Store& store, const Purchase& bought,
                      const std::string& prompt, const std::string& account);

}  // namespace airforce
