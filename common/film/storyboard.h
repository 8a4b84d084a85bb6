// SPDX-License-Identifier: LGPL-2.1-or-later
// A storyboard: the shots of a film or the clips of a batch, in a file or in a list. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "values/settings.h"

namespace airforce {

inline constexpr std::size_t kMaxShots = 10000;
inline constexpr std::size_t kMaxStoryboard = 16 * 1024 * 1024;  // bytes
inline constexpr std::size_t kMaxShotPrompt = 64 * 1024;         // bytes

struct Shot {
  int line = 0;             // of the storyboard, from 1; a list counts its items
  Settings settings;        // the defaults with the shot's own on top, and its occurrence
  bool continues = false;   // starts from the last frame of the shot before it
  std::string fields = {};  // of a JSON shot, names separated by spaces: what it set itself
};

struct StoryboardProblem {
  int line = 0;  // 0: of the whole
  std::string message;
};

struct Storyboard {
  std::vector<Shot> shots;
  std::vector<StoryboardProblem> problems;  // in the order of lines; a shot with one is left out
};

struct StoryboardOptions {
  bool continues = false;     // each shot continues the one before it, unless it says otherwise
  bool local_files = true;    // whether a shot may name files of this machine
  bool starts_given = false;  // the first shot may continue: its first frame comes from elsewhere
};

// Text: one prompt a line; blank lines and those that begin with '#' are comments. JSON Lines, when
// the first line that counts begins with '{': an object a shot, fields named by the vocabulary, and
// `continue`. `defaults` hold for each shot that does not say otherwise. Never throws for what the
// storyboard holds: see Storyboard::problems.
Storyboard parse_storyboard(std::string_view text, const Settings& defaults,
                            const StoryboardOptions& options = {});

// The shots of a list of prompts.
Storyboard storyboard_of(const std::vector<std::string>& prompts, const Settings& defaults,
                         const StoryboardOptions& options = {});

// Throws Error{Settings} that names each problem with its line, after `name`: "shots.txt:3: ...".
void check_storyboard(const Storyboard& storyboard, const std::string& name);

// "shots.txt:3: no prompt"
std::string problem_text(const StoryboardProblem& problem, const std::string& name);

}  // namespace airforce
