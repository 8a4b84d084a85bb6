// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether the shots of a film can be joined without encoding their pictures again, by what they
// ask for. Pure.
#pragma once

#include <string>
#include <vector>

#include "film/storyboard.h"

namespace airforce::cli {

// Shots that ask for another size than the first one that names a size: they certainly cannot.
std::vector<StoryboardProblem> shape_problems(const std::vector<Shot>& shots);

// What may keep them apart: other models, or a size that only some of them name. "" for nothing.
std::string shape_warning(const std::vector<Shot>& shots);

}  // namespace airforce::cli
