// SPDX-License-Identifier: LGPL-2.1-or-later
// What may come next on a command line, for the shell. Pure but for the task ids, which the caller
// gives.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace airforce::cli {

// `words`: those after "airforce-video", the last one unfinished and perhaps empty. `known_tasks`
// gives task ids; called only where one may stand. An answer that ends in '=' or is a choice stands
// for itself; "@files" alone means that file names may stand here.
std::vector<std::string> completions(const std::vector<std::string>& words,
                                     const std::function<std::vector<std::string>()>& known_tasks);

}  // namespace airforce::cli
