// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pending_seek.h"

#include <utility>

#include "seek_request.h"

namespace airforce::gst {
namespace {

// What has been read to find the streams must go before the clip can begin anywhere else.
Event flushing(Event seek) {
  const SeekRequest asked(seek.get());
  if ((asked.flags & GST_SEEK_FLAG_FLUSH) != 0) return seek;
  Event flushing(gst_event_new_seek(asked.rate, asked.format,
                                    static_cast<GstSeekFlags>(asked.flags | GST_SEEK_FLAG_FLUSH),
                                    asked.start_type, asked.start, asked.stop_type, asked.stop));
  gst_event_set_seqnum(flushing.get(), gst_event_get_seqnum(seek.get()));
  return flushing;
}

}  // namespace

bool PendingSeek::can_wait(GstEvent* seek) {
  const SeekRequest asked(seek);
  return asked.format == GST_FORMAT_TIME && (asked.flags & GST_SEEK_FLAG_INSTANT_RATE_CHANGE) == 0;
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
