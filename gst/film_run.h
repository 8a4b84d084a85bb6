// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <optional>

#include <gst/gst.h>

#include "film_map.h"

namespace airforce::gst {

// A way through the film, from a seek to the next.
struct Run {
  unsigned number = 0;  // distinguishes its reports from those of earlier ones
  double rate = 1;
  GstSeekFlags flags = GST_SEEK_FLAG_NONE;
  std::size_t first = 0;             // the shot in which it begins
  std::size_t last = 0;              // in which it ends; before `first` where it goes backwards
  GstClockTime first_begin = 0;      // where that shot begins, in film time
  GstClockTime start = 0;            // film time, as in a segment: the earlier end
  std::optional<GstClockTime> stop;  // the later end; unset: that of the film
  guint32 seqnum = 0;

  bool is_forward() const { return rate > 0; }
};

// The way that a SEEK event asks for, from the one that is gone now. Unset for what can't be
// served: another format than time, a change of the rate alone, a seek that does not flush.
std::optional<Run> run_of(GstEvent* seek, const FilmMap& map, const Run& now);

}  // namespace airforce::gst
