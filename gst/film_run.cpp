// SPDX-License-Identifier: LGPL-2.1-or-later
#include "film_run.h"

#include <algorithm>

#include "seek_request.h"

namespace airforce::gst {

std::optional<Run> run_of(GstEvent* seek, const FilmMap& map, const Run& now) {
  auto [rate, format, flags, start_type, stop_type, start, stop] = SeekRequest(seek);
  const bool served = format == GST_FORMAT_TIME && rate != 0 &&
                      (flags & GST_SEEK_FLAG_FLUSH) != 0 &&
                      (flags & GST_SEEK_FLAG_INSTANT_RATE_CHANGE) == 0;
  if (!served || map.count() == 0) return std::nullopt;
  const auto duration = static_cast<gint64>(map.duration());
  const auto time = [duration](GstSeekType type, gint64 value, gint64 unchanged) {
    if (type == GST_SEEK_TYPE_NONE) return unchanged;
    if (type == GST_SEEK_TYPE_END) value += duration;
    return std::clamp<gint64>(value, 0, duration);
  };
  Run run;
  run.rate = rate;
  run.flags = flags;
  run.seqnum = gst_event_get_seqnum(seek);
  run.start = static_cast<GstClockTime>(
      time(start_type, start, static_cast<gint64>(std::min<GstClockTime>(now.start, duration))));
  const gint64 unchanged = now.stop ? static_cast<gint64>(*now.stop) : -1;
  gint64 end = stop_type == GST_SEEK_TYPE_SET && stop < 0 ? -1 : time(stop_type, stop, unchanged);
  if (end >= duration) end = -1;
  if (end >= 0 && static_cast<GstClockTime>(end) < run.start) return std::nullopt;
  const std::size_t early = map.shot_at(run.start);
  const std::size_t late =
      end > 0 ? map.shot_at(static_cast<GstClockTime>(end) - 1) : map.count() - 1;
  if (end >= 0 || !run.is_forward()) {
    run.stop = end >= 0 ? static_cast<GstClockTime>(end) : map.duration();
  }
  run.first = run.is_forward() ? early : std::max(early, late);
  run.last = run.is_forward() ? std::max(early, late) : early;
  run.first_begin = map.begin(run.first);
  return run;
}

}  // namespace airforce::gst
