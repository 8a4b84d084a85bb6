// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "generation/generation_context.h"

namespace airforce {

// Follows a task by stream and poll until a GET returns a final state, and returns that. `changed`
// is called for every visible change. Throws Error: Cancelled; Timeout at the deadline;
// NotAuthorized and NotFound when repeated. Whatever else fails is tried again until the deadline,
// because the task is paid for. `is_there` is asked at most once, when the task has all its
// progress and a result_url but no final state: where the clip is there already, the task counts as
// completed.
Task follow_task(const GenerationContext& context, Task task,
                 const std::function<void(const Task&)>& changed,
                 const std::function<bool(const Task&)>& is_there = {});

}  // namespace airforce
