// SPDX-License-Identifier: LGPL-2.1-or-later
// One line that reports how far a generation is. Pure: a state and a width in, a line out.
#pragma once

#include <cstdint>
#include <string>

#include "generation/generation.h"

namespace airforce::cli {

struct ProgressState {
  GenerationPhase phase = GenerationPhase::Prepare;
  int percent = -1;               // 0..100, -1 if unknown
  int place = 0;                  // in the queue for a slot; 1 is next
  std::int64_t bytes = 0;         // Download: how many are available
  std::int64_t total_bytes = -1;  // Download: of the clip, -1 if unknown
  double bytes_per_second = -1;   // Download: -1 if unknown
  double elapsed = 0;             // s since the command began
  std::string task_id;            // "" before there is one
  std::string note;               // what is waited for, where that is not a place in the queue
};

struct ProgressStyle {
  int columns = 80;      // of the terminal
  bool colour = false;   // ANSI colours
  bool unicode = false;  // block characters instead of '#' and '-'
};

// "Running", "Waiting for a slot, 2nd in the queue".
std::string phase_text(const ProgressState& state);
// For a terminal, narrower than style.columns, so that it never wraps. What matters least is left
// out first.
std::string progress_bar(const ProgressState& state, const ProgressStyle& style);
// For a log: no bar, no width.
std::string progress_sentence(const ProgressState& state);

}  // namespace airforce::cli
