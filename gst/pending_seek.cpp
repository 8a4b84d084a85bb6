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
  Event other(gst_event_ref(seek));  // the earlier one is freed without the lock
  auto kept = kept_.lock();
  if (kept->taken) return false;
  kept->seek.swap(other);
  return true;
}

bool PendingSeek::has_one() const {
  return kept_.lock()->seek != nullptr;
}

Event PendingSeek::peek() const {
  const auto kept = kept_.lock();
  return kept->seek ? Event(gst_event_ref(kept->seek.get())) : nullptr;
}

Event PendingSeek::take() {
  Event seek;
  {
    auto kept = kept_.lock();
    kept->taken = true;
    seek = std::move(kept->seek);
  }
  return seek ? flushing(std::move(seek)) : nullptr;
}

}  // namespace airforce::gst
