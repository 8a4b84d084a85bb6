// SPDX-License-Identifier: LGPL-2.1-or-later
// What is asked about a task that was bought, beside following it. A 404 is not taken for the
// task's end before it is proven to be (gone.h).
#pragma once

#include <optional>

#include "generation/generation_context.h"
#include "store/store.h"

namespace airforce {

// One GET of a task that nobody here has seen yet, tried again a few times while it fails for a
// passing reason. Throws Error: NotFound at the first 404.
Task get_task(const GenerationContext& context, const std::string& task_id);

// The same of a task that was bought: NotFound is thrown only when it is gone. `expires_at` by the
// service's clock, 0 if unknown.
Task get_known_task(const GenerationContext& context, const std::string& task_id,
                    std::int64_t expires_at);

// The same; unset where it is gone. What else is thrown says how to resume.
std::optional<Task> known_task_unless_gone(const GenerationContext& context,
                                           const std::string& task_id, std::int64_t expires_at);

// Deletes a task that was bought. NotFound is thrown only when it is gone, Timeout where a 404 was
// still no proof of that after twice the time that it takes. Throws whatever else fails.
void delete_known_task(const GenerationContext& context, const std::string& task_id,
                       std::int64_t expires_at);

// What the store knows of this task of the account.
std::optional<Intent> known_purchase(Store& store, const std::string& account,
                                     const std::string& task_id);

}  // namespace airforce
