// SPDX-License-Identifier: LGPL-2.1-or-later
// Fields of a task as text, "" where the service did not say.
#pragma once

#include <string>

#include "values/task.h"

namespace airforce::cli {

std::string cost_text(const Task& task);
std::string length_text(const Task& task);
std::string progress_text(const Task& task);

}  // namespace airforce::cli
