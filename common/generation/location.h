// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace airforce {

// `location` with each "{task_id}" replaced by the task's id, so that a clip can be named after a
// task that is not there yet. The id comes from the service: what does not belong into a file name
// becomes '_'.
std::string expanded_location(std::string_view location, std::string_view task_id);

}  // namespace airforce
