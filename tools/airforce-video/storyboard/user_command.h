// SPDX-License-Identifier: LGPL-2.1-or-later
// What runs beside the tool: --exec and --notify.
#pragma once

#include <string>

namespace airforce::cli {

// Runs a shell command for a file that was saved, and waits for it: {} in it is the file, quoted;
// without it the file is its last word. AIRFORCE_CLIP and AIRFORCE_TASK_ID are set, and the key is
// not. It has no standard input. Its output goes to standard error, or where `output` is given its
// beginning there. Returns whether it succeeded.
bool run_for_file(const std::string& command, const std::string& path, const std::string& task_id,
                  std::string* output);

// Says something on the desktop, where there is one, and returns at once.
void notify_desktop(const std::string& text);

}  // namespace airforce::cli
