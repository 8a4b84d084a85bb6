// SPDX-License-Identifier: LGPL-2.1-or-later
// What film and batch have in common: a storyboard, planned, made and saved.
#pragma once

#include <string>

#include "film/film.h"
#include "invocation.h"

namespace airforce::cli {

struct StoryboardJob {
  enum class Kind { Film, Batch };
  Kind kind = Kind::Batch;
  std::string file;           // of the storyboard, "-" for standard input
  std::string output;         // a file, or a template of files
  bool dry_run = false;       // plan only
  bool again = false;         // buy again what is there
  bool continue_all = false;  // each shot continues the one before
  std::string continue_from;  // a clip that the first shot continues
  int jobs = 4;
  OnShotError on_error = OnShotError::Stop;
  std::string exec;   // a shell command after each clip
  std::string music;  // a film's
  bool notify = false;
};

// Returns an exit code; throws Error.
int run_storyboard(Invocation& invocation, const StoryboardJob& job);

}  // namespace airforce::cli
