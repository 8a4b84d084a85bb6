// SPDX-License-Identifier: LGPL-2.1-or-later
// A generation's events, shown: as a line that is drawn over, as lines in a log, or as JSON.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "console.h"
#include "generation/generation.h"
#include "progress_bar.h"

namespace airforce::cli {

class Progress {
 public:
  virtual ~Progress() = default;
  // What the generation reports. From its threads, one call at a time.
  virtual void event(const GenerationEvent& event, const Task* task) = 0;
  // Some ten times a second, from the main thread.
  virtual void tick() {}
  // A line for a person that stays, above the bar where there is one. From any thread.
  virtual void say(const std::string& line) = 0;
  // Takes the bar away. Nothing is shown after it.
  virtual void finish() {}
};

// Keeps what the bar shows; pure but for the time it is given.
class ProgressTracker {
 public:
  // Returns whether the phase has changed.
  bool update(const GenerationEvent& event, const Task* task, double elapsed);
  ProgressState state(double elapsed) const;
  bool started() const { return started_; }

 private:
  ProgressState state_;
  bool started_ = false;
  double download_began_ = 0;
  std::int64_t download_began_with_ = 0;
};

// A bar on standard error.
std::unique_ptr<Progress> make_bar(const Console& console);
// A line on standard error for each phase, and for each tenth of it.
std::unique_ptr<Progress> make_log();
// JSON lines on standard output; what is said goes to `people`.
std::unique_ptr<Progress> make_json(StandardOutput& output, std::unique_ptr<Progress> people,
                                    bool warnings_only);
// Only warnings, on standard error.
std::unique_ptr<Progress> make_quiet();

// The one that fits the streams and the options.
std::unique_ptr<Progress> make_progress(const Console& console, StandardOutput& output, bool json,
                                        bool quiet);

}  // namespace airforce::cli
