// SPDX-License-Identifier: LGPL-2.1-or-later
// What may come next on a command line, for the shell. Pure but for what the caller gives.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace airforce::cli {

struct Candidate {
  std::string value;
  std::string help;  // "" where it says nothing more
};

// What only this machine knows; each is called only where such a value may stand. Neither asks the
// network, because nobody waits for that at a Tab.
struct KnownValues {
  std::function<std::vector<std::string>()> tasks;
  std::function<std::vector<std::string>()> models;
};

// `words`: those after "airforce-video", the last one unfinished and perhaps empty. The value
// "@files" alone means that file names may stand here. Of "--flag=value" the values are given
// without the flag.
std::vector<Candidate> completions(const std::vector<std::string>& words, const KnownValues& known);

}  // namespace airforce::cli
