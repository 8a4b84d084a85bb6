// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pending_seek.h"

#include <utility>

namespace airforce::gst {
namespace {

// What has been read to find the streams must go before the clip can begin anywhere else.
Event flushing(Event seek) {
  gdouble rate = 1;
  GstFormat format = GST_FORMAT_TIME;
  GstSeekFlags flags = GST_SEEK_FLAG_NONE;
  GstSeekType start_type = GST_SEEK_TYPE_NONE;
  GstSeekType stop_type = GST_SEEK_TYPE_NONE;
  gint64 start = 0;
  gint64 stop = 0;
  gst_event_parse_seek(seek.get(), &rate, &format, &flags, &start_type, &start, &stop_type, &stop);
  if ((flags & GST_SEEK_FLAG_FLUSH) != 0) return seek;
  Event flushing(gst_event_new_seek(rate, format,
                                    static_cast<GstSeekFlags>(flags | GST_SEEK_FLAG_FLUSH),
                                    start_type, start, stop_type, stop));
  gst_event_set_seqnum(flushing.get(), gst_event_get_seqnum(seek.get()));
  return flushing;
}

}  // namespace

bool PendingSeek::can_wait(GstEvent* seek) {
  GstFormat format = GST_FORMAT_UNDEFINED;
  GstSeekFlags flags = GST_SEEK_FLAG_NONE;
  gst_event_parse_seek(seek, nullptr, &format, &flags, nullptr, nullptr, nullptr, nullptr);
  return format == GST_FORMAT_TIME && (flags & GST_SEEK_FLAG_INSTANT_RATE_CHANGE) == 0;
}

bool PendingSeek::keep(GstEvent* seek) {
  Event kept(gst_event_ref(seek));
  const std::lock_guard guard(lock_);
  if (taken_) return false;
  seek_.swap(kept);
  return true;
}

bool PendingSeek::has_one() const {
  const std::lock_guard guard(lock_);
  return seek_ != nullptr;
}

Event PendingSeek::peek() const {
  const std::lock_guard guard(lock_);
  return seek_ ? Event(gst_event_ref(seek_.get())) : nullptr;
}

Event PendingSeek::take() {
  Event seek;
  {
    const std::lock_guard guard(lock_);
    taken_ = true;
    seek = std::move(seek_);
  }
  return seek ? flushing(std::move(seek)) : nullptr;
}

}  // namespace airforce::gst
