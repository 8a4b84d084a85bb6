// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

namespace airforce::gst {

// What a seek event asks for.
struct SeekRequest {
  explicit SeekRequest(GstEvent* seek) {
    gst_event_parse_seek(seek, &rate, &format, &flags, &start_type, &start, &stop_type, &stop);
  }

  gdouble rate = 1;
  GstFormat format = GST_FORMAT_TIME;
  GstSeekFlags flags = GST_SEEK_FLAG_NONE;
  GstSeekType start_type = GST_SEEK_TYPE_NONE;
  GstSeekType stop_type = GST_SEEK_TYPE_NONE;
  gint64 start = 0;
  gint64 stop = 0;
};

}  // namespace airforce::gst
