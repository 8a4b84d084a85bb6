// SPDX-License-Identifier: LGPL-2.1-or-later
// Where a clip is stored on disk.
#pragma once

#include <string>

namespace airforce::cli {

// Checks, before anything is bought, that a clip can be saved as `location`: its directory is there
// and can be written to, and there is no file of that name unless `force`. `task_id` stands for
// "{task_id}" in it; where it is "" the name is not known yet, and only the directory is checked (a
// new task's name is new). Throws Error{File}.
void check_output_file(const std::string& location, const std::string& task_id, bool force);

}  // namespace airforce::cli
