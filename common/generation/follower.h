// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "generation/generation_context.h"

namespace airforce {

// Follows a task by stream and poll until a GET tells a final state, and returns that. `changed` is
// called for every visible change. Throws Error: Cancelled; Timeout at the deadline; NotAuthorized
// and NotFound for good. Whatever else fails is tried again until the deadline, because the task is
// paid for.
Task follow_task(const GenerationContext& context, Task task,
                 const std::function<void(const Task&)>& changed);

// One GET of a task that nobody here has seen yet, tried again a few times while it fails for a
// passing reason. Throws Error: NotFound at the first 404.
Task get_task(const GenerationContext& context, const std::string& task_id);
// The same of a task that was bought: NotFound is thrown only when it is gone (gone.h).
// `expires_at` by the service's clock, 0 if unknown.
Task get_known_task(const GenerationContext& context, const std::string& task_id,
                    std::int64_t expires_at);

}  // namespace airforce
