// SPDX-License-Identifier: LGPL-2.1-or-later
// Where the clips of a storyboard go, and which of them are there already.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "earlier_save.h"
#include "film/storyboard.h"

namespace airforce::cli {

// The shots that are still to be made.
struct WantedShots {
  std::vector<Shot> shots;
  std::vector<std::string> locations;  // for the core; "" where the clip is there, and only needed
  std::vector<std::size_t> numbers;    // in the storyboard, from 1
  std::size_t there = 0;               // left out
  // Of those that are there: an earlier run was ended before it had written all that is wanted.
  std::vector<std::pair<std::string, EarlierSave>> unfinished;  // by file
};

// The file of each clip by `pattern`, or by the shot's own. Those that are there are left out,
// unless `replace` is set or another shot continues them. Throws Error for names that cannot be
// used, before anything is bought.
WantedShots wanted_clips(const std::vector<Shot>& shots, const std::string& pattern, bool replace,
                         const Companions& companions);

// The shots of one film; none where it is there, unless `replace` is set. `location` becomes the
// film's file.
WantedShots wanted_film(const std::vector<Shot>& shots, std::string& location, bool replace);

}  // namespace airforce::cli
