// SPDX-License-Identifier: LGPL-2.1-or-later
// Which models offer what is asked for, and the table of them. Pure.
#pragma once

#include <string>
#include <vector>

#include "values/settings.h"
#include "values/task.h"

namespace airforce::cli {

// Those whose id contains `name`, whatever its case, and whose caps allow the mode, duration,
// aspect ratio and quality of `settings`. A model without caps may offer anything.
std::vector<Model> matching_models(std::vector<Model> models, const std::string& name,
                                   const Settings& settings);

// With the price of a clip of `duration_seconds`, or of the shortest one where that is 0.
std::string models_table(const std::vector<Model>& models, int duration_seconds, int columns);

// The ids that the last `models` showed on this machine, for the completion.
std::vector<std::string> remembered_models();

}  // namespace airforce::cli
