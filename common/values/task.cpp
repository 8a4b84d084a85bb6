// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/task.h"

#include <algorithm>

namespace airforce {

TaskStatus task_status_of(std::string_view text) {
  if (text == "queued") return TaskStatus::Queued;
  if (text == "running") return TaskStatus::Running;
  if (text == "completed") return TaskStatus::Completed;
  if (text == "failed") return TaskStatus::Failed;
  if (text == "expired") return TaskStatus::Expired;
  return TaskStatus::Unknown;
}

bool is_final(TaskStatus status) {
  return status == TaskStatus::Completed || status == TaskStatus::Failed ||
         status == TaskStatus::Expired;
}

bool Model::makes_video() const {
  return std::find(output_modalities.begin(), output_modalities.end(), "video") !=
         output_modalities.end();
}

}  // namespace airforce
