// SPDX-License-Identifier: LGPL-2.1-or-later
#include "buffering.h"

#include <algorithm>

namespace airforce::gst {
namespace {

constexpr double kMeasuredSeconds = 3;
constexpr double kMinSeconds = 0.25;
// With less than this ahead it has run dry, or is about to.
constexpr double kLowSeconds = 0.5;
// Seconds ahead before playing continues, however fast the line is.
constexpr double kCushionSeconds = 1;
// Of the time that is left: lines slow down too.
constexpr double kSafety = 0.9;

// How many bytes have to be here from the position on so that the others come in time.
double needed(const Supply& supply, double rate) {
  const auto size = static_cast<double>(supply.size);
  const double left = supply.duration - supply.position;
  const double rest = size * std::clamp(left / supply.duration, 0.0, 1.0);
  const double cushion = size * kCushionSeconds / supply.duration;
  return std::min(rest, std::max(cushion, rest - rate * left * kSafety));
}

}  // namespace

// Returns whether the speed is known.
bool Buffering::measure(const Supply& supply) {
  if (marks_.empty() && supply.arrived == 0) return false;
  marks_.push_back({supply.now, supply.arrived});
  while (marks_.size() > 2 && supply.now - marks_[1].time >= kMeasuredSeconds) marks_.pop_front();
  const double seconds = supply.now - marks_.front().time;
  if (seconds < kMinSeconds) return false;
  rate_ = static_cast<double>(supply.arrived - marks_.front().arrived) / seconds;
  return true;
}

std::optional<int> Buffering::update(const Supply& supply) {
  if (!measure(supply) || supply.duration <= 0 || supply.size <= 0) return std::nullopt;
  const auto ahead = static_cast<double>(supply.ahead);
  const double enough = needed(supply, rate_);
  if (ahead + 1 >= enough) {  // which byte a time has is a matter of rounding
    waiting_ = false;
    return report(100);
  }
  const double seconds_ahead = ahead / static_cast<double>(supply.size) * supply.duration;
  if (!waiting_ && seconds_ahead >= kLowSeconds) return std::nullopt;
  const int percent = std::min(99, static_cast<int>(100 * ahead / enough));
  const int before = waiting_ && reported_ < 100 ? reported_ : 0;
  waiting_ = true;
  return report(std::max(percent, before));
}

std::optional<int> Buffering::finish() {
  waiting_ = false;
  return report(100);
}

std::optional<int> Buffering::report(int percent) {
  if (percent == reported_) return std::nullopt;
  reported_ = percent;
  return percent;
}

}  // namespace airforce::gst
