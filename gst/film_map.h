// SPDX-License-Identifier: LGPL-2.1-or-later
// Which shot plays when: as planned, corrected as clips arrive. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <gst/gst.h>

namespace airforce::gst {

class FilmMap {
 public:
  FilmMap() = default;
  explicit FilmMap(std::vector<GstClockTime> planned) : lengths_(std::move(planned)) {}

  std::size_t count() const { return lengths_.size(); }
  GstClockTime length(std::size_t shot) const { return lengths_[shot]; }
  // Returns whether it is another one than before.
  bool set_length(std::size_t shot, GstClockTime length) {
    return std::exchange(lengths_[shot], length) != length;
  }
  GstClockTime begin(std::size_t shot) const {
    GstClockTime time = 0;
    for (std::size_t i = 0; i < shot; ++i) time += lengths_[i];
    return time;
  }
  GstClockTime duration() const { return begin(count()); }
  // The shot that shows this time; the last one for what is behind the end.
  std::size_t shot_at(GstClockTime time) const {
    GstClockTime end = 0;
    for (std::size_t i = 0; i < count(); ++i) {
      end += lengths_[i];
      if (time < end) return i;
    }
    return count() - 1;
  }

 private:
  std::vector<GstClockTime> lengths_;
};

}  // namespace airforce::gst
