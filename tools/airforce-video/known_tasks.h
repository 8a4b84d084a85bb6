// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "generation/known_task.h"
#include "service.h"

namespace airforce::cli {

// Tasks at the service, of which the store knows those that were bought from here. A 404 for one of
// these is asked again until it is proven that the task is gone (generation/gone.h).
class KnownTasks {
 public:
  explicit KnownTasks(const Settings& settings) : settings_(settings), client_(connect(settings)) {}

  // Both throw Error{NotFound} for a task that is unknown or gone.
  Task get(const std::string& task_id);
  // An equal request does not look for it any more.
  void remove(const std::string& task_id);

 private:
  GenerationContext context();
  void forget(const std::string& task_id) const;
  // Where the store knows the task: when it expires, 0 if unknown. Says that it takes a while.
  std::optional<std::int64_t> expiry_of_bought(const std::string& task_id) const;

  const Settings& settings_;
  api::Client client_;
  const GenerationTimeouts timeouts_;
};

}  // namespace airforce::cli
