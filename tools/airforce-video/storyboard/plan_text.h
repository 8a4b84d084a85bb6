// SPDX-License-Identifier: LGPL-2.1-or-later
// A plan, shown: what --dry-run prints. Pure.
#pragma once

#include <string>

#include "film/plan.h"
#include "storyboard/outputs.h"

namespace airforce::cli {

// A table that fits `columns` (0: no limit), and a line about the whole.
std::string plan_table(const FilmPlan& plan, const WantedShots& wanted, int jobs, int columns);
// JSON lines.
std::string plan_lines(const FilmPlan& plan, const WantedShots& wanted, int jobs);

}  // namespace airforce::cli
