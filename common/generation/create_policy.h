// SPDX-License-Identifier: LGPL-2.1-or-later
// What a failed create means. Pure: values in, a decision out. A POST is not idempotent, and no key
// for that is documented, so a create is sent again only where it was certainly not carried out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "values/error.h"
#include "values/task.h"

namespace airforce {

enum class CreateOutcome {
  NotDelivered,  // name, connect or TLS failed: try again soon
  Paced,         // 429, or 503 with Retry-After: try again when the service says
  Refused,       // for good; nothing was charged
  Unknown,  // sent, then lost; 408, 500, 502, 503, 504; a 2xx that can't be read: look at the list
            // of tasks
  Cancelled,
};

CreateOutcome create_outcome(const Error& error);

// The moments, in the service's time, between which our create would have made its task.
struct CreateWindow {
  std::int64_t from = 0;
  std::int64_t to = 0;
};

// When a create was sent, and when its answer was lost at the latest, in Unix seconds.
struct LostCreate {
  std::int64_t sent_at = 0;
  std::int64_t lost_at = 0;
  // Else by this machine's, which may have been set since: then it proves nothing that no task is
  // found in the window.
  bool by_service_clock = true;
};

// Widened by what clocks may differ after Client::service_time has corrected them.
CreateWindow create_window(std::int64_t sent_at, std::int64_t lost_at);

// The tasks of a list that may be the one of a lost create: the same model, made within the window,
// the same prompt and duration where the service echoes them. Tasks that the store knows are for
// the caller to leave out.
std::vector<Task> matching_tasks(const std::vector<Task>& tasks, const std::string& model,
                                 const std::string& prompt, int duration_seconds,
                                 const CreateWindow& window);

}  // namespace airforce
