// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether a clip that is being downloaded can be played to its end without a stop. Pure: no clock,
// no pads.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

namespace airforce::gst {

// The state of playback and download at one time.
struct Supply {
  double now = 0;            // s, of any clock
  double duration = 0;       // s, of the clip
  double position = 0;       // s, of what was last handed on
  std::int64_t size = 0;     // bytes, of the clip
  std::int64_t ahead = 0;    // bytes that are available in one piece from the position on
  std::int64_t arrived = 0;  // bytes that have arrived in all
};

// What BUFFERING messages report to applications. Not thread-safe.
class Buffering {
 public:
  // The percentage to be reported, if it is another than before. Below 100 the application should
  // pause. At first and after it ran dry it waits until the rest will come in time, at the speed of
  // the last seconds; while there is enough ahead, a slow line is no reason to stop. Within one
  // wait it never goes back. Says nothing until it has seen the line for a moment.
  std::optional<int> update(const Supply& supply);
  // Nothing more is to be waited for.
  std::optional<int> finish();

  // Bytes a second over the last seconds.
  double rate() const { return rate_; }
  int percent() const { return reported_; }

 private:
  struct Mark {
    double time;
    std::int64_t arrived;
  };
  bool measure(const Supply& supply);
  std::optional<int> report(int percent);

  std::deque<Mark> marks_;  // of the last seconds, from the first bytes on
  double rate_ = 0;
  bool waiting_ = true;
  int reported_ = 100;
};

}  // namespace airforce::gst
