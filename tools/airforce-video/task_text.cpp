// SPDX-License-Identifier: LGPL-2.1-or-later
#include "task_text.h"

#include "generation/budget.h"

namespace airforce::cli {

std::string cost_text(const Task& task) {
  return task.cost_cents ? cents_text(*task.cost_cents) : "";
}
std::string length_text(const Task& task) {
  return task.duration_seconds ? std::to_string(*task.duration_seconds) + " s" : "";
}
std::string progress_text(const Task& task) {
  return task.progress ? std::to_string(*task.progress) + "%" : "";
}

}  // namespace airforce::cli
