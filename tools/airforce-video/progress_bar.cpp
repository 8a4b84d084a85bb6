// SPDX-License-Identifier: LGPL-2.1-or-later
#include "progress_bar.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "terminal_text.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

constexpr int kMinBar = 8;
constexpr int kMaxBar = 40;
constexpr int kLabelColumns =
    11;  // "Downloading": the bar stays in its place when the phase changes

std::string ordinal(int number) {
  const int tens = number % 100;
  const char* suffix = "th";
  if (tens < 11 || tens > 13) {
    if (number % 10 == 1) suffix = "st";
    if (number % 10 == 2) suffix = "nd";
    if (number % 10 == 3) suffix = "rd";
  }
  return std::to_string(number) + suffix;
}

bool has_bar(GenerationPhase phase) {
  return phase == GenerationPhase::Running || phase == GenerationPhase::Download ||
         phase == GenerationPhase::Done;
}

std::string repeated(std::string_view piece, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += piece;
  return text;
}

// `columns` wide, brackets included. Where the share is unknown a short piece wanders along.
std::string bar_text(const ProgressState& state, int columns, const ProgressStyle& style) {
  const int cells = columns - 2;
  const std::string_view full = style.unicode ? "█" : "#";
  const std::string_view empty = style.unicode ? "░" : "-";
  int before = 0;
  int filled = 0;
  if (state.percent >= 0) {
    filled = std::min(cells, cells * state.percent / 100);
  } else {
    filled = std::max(1, cells / 5);
    const int room = cells - filled;
    const int step = static_cast<int>(std::fmod(state.elapsed * 4, 2.0 * room + 1));
    before = step <= room ? step : 2 * room - step;
  }
  std::string text = style.unicode ? "▕" : "[";
  text += repeated(empty, before);
  if (style.colour) text += "\x1b[36m";
  text += repeated(full, filled);
  if (style.colour) text += "\x1b[0m";
  text += repeated(empty, cells - before - filled);
  text += style.unicode ? "▏" : "]";
  return text;
}

std::string percent_text(int percent) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%3d%%", std::clamp(percent, 0, 100));
  return text.data();
}

std::string amount_text(const ProgressState& state) {
  if (state.phase != GenerationPhase::Download) return {};
  return bytes_of_text(state.bytes, state.total_bytes);
}

std::string rate_text(const ProgressState& state) {
  if (state.phase != GenerationPhase::Download || state.bytes_per_second < 0) return {};
  return bytes_text(static_cast<std::int64_t>(state.bytes_per_second)) + "/s";
}

// The parts of a line with two spaces between, those that are empty left out.
class Line {
 public:
  explicit Line(int columns) : columns_(columns) {}
  bool fits(std::string_view part) const { return used_ + 2 + display_width(part) <= columns_; }
  int room() const { return columns_ - used_ - 2; }
  void claim(std::string_view part) { used_ += part.empty() ? 0 : display_width(part) + 2; }

 private:
  int columns_;
  int used_ = -2;
};

}  // namespace

std::string phase_text(const ProgressState& state) {
  switch (state.phase) {
    case GenerationPhase::Prepare: return "Preparing";
    case GenerationPhase::Wait:
      return state.place > 0 ? "Waiting for a slot, " + ordinal(state.place) + " in the queue"
                             : "Waiting";
    case GenerationPhase::Create: return "Creating";
    case GenerationPhase::Queued: return "Queued";
    case GenerationPhase::Running: return "Running";
    case GenerationPhase::Download: return "Downloading";
    case GenerationPhase::Done: return "Done";
  }
  return {};
}

std::string progress_bar(const ProgressState& state, const ProgressStyle& style) {
  // A line as wide as the terminal would make some of them wrap.
  const int columns = std::max(1, style.columns - 1);
  const std::string label = padded(phase_text(state), has_bar(state.phase) ? kLabelColumns : 0);
  if (display_width(label) >= columns) return shortened(phase_text(state), columns);

  // Claimed in the order of importance, printed in the order of reading.
  Line line(columns);
  line.claim(label);
  const auto optional = [&line](std::string part) {
    if (part.empty() || !line.fits(part)) return std::string();
    line.claim(part);
    return part;
  };
  const std::string percent =
      optional(has_bar(state.phase) && state.percent >= 0 ? percent_text(state.percent) : "");
  const std::string elapsed = optional(duration_text(state.elapsed));
  const std::string shortest_bar = optional(has_bar(state.phase) ? std::string(kMinBar, ' ') : "");
  const std::string amount = optional(amount_text(state));
  const std::string task_id = optional(visible_line(state.task_id));
  const std::string rate = optional(rate_text(state));
  const std::string note = shortened(visible_line(state.note), line.room());

  std::string bar;
  if (!shortest_bar.empty()) {
    const int longer = std::clamp(line.room() + 2, 0, kMaxBar - kMinBar);
    bar = bar_text(state, kMinBar + longer, style);
  }
  std::string text = label;
  for (const std::string& part : {percent, bar, amount, rate, elapsed, task_id, note}) {
    if (!part.empty()) text += "  " + part;
  }
  return text;
}

std::string progress_sentence(const ProgressState& state) {
  std::string text = phase_text(state);
  if (has_bar(state.phase) && state.percent >= 0 && state.phase != GenerationPhase::Done)
    text += ", " + std::to_string(state.percent) + "%";
  if (const std::string amount = amount_text(state); !amount.empty()) text += ", " + amount;
  text += ", " + duration_text(state.elapsed);
  if (!state.task_id.empty()) text += ", task " + visible_line(state.task_id);
  if (!state.note.empty()) text += ": " + visible_line(state.note);
  return text;
}

}  // namespace airforce::cli
