// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gst/video/video.h>

#include "support.h"

namespace airforce::gst::test {
namespace {

// Of a picture its pixels alone: nobody writes what lies between its rows.
void add_pixels(GChecksum* checksum, GstVideoFrame& frame) {
  for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES(&frame); ++plane) {
    guint component = 0;
    while (GST_VIDEO_FRAME_COMP_PLANE(&frame, component) != plane) ++component;
    const auto* row = static_cast<const guchar*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, plane));
    const gssize width = gssize{GST_VIDEO_FRAME_COMP_WIDTH(&frame, component)} *
                         GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, component);
    for (int y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT(&frame, component); ++y) {
      g_checksum_update(checksum, row, width);
      row += GST_VIDEO_FRAME_PLANE_STRIDE(&frame, plane);
    }
  }
}

void add_bytes(GChecksum* checksum, GstBuffer* buffer) {
  GstMapInfo map;
  fail_unless(gst_buffer_map(buffer, &map, GST_MAP_READ));
  g_checksum_update(checksum, map.data, static_cast<gssize>(map.size));
  gst_buffer_unmap(buffer, &map);
}

}  // namespace

Received::Received(GstElement* sink) {
  g_object_set(sink, "signal-handoffs", TRUE, nullptr);
  g_signal_connect(sink, "handoff", G_CALLBACK(handoff), this);
}

void Received::handoff(GstElement*, GstBuffer* buffer, GstPad* pad, gpointer self) {
  g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA1);
  g_autoptr(GstCaps) caps = gst_pad_get_current_caps(pad);
  GstVideoInfo info;
  GstVideoFrame frame;
  if (caps != nullptr && gst_video_info_from_caps(&info, caps) &&
      gst_video_frame_map(&frame, &info, buffer, GST_MAP_READ)) {
    add_pixels(checksum, frame);
    gst_video_frame_unmap(&frame);
  } else {
    add_bytes(checksum, buffer);
  }
  static_cast<Received*>(self)->lines_.push_back(std::to_string(GST_BUFFER_PTS(buffer)) + " " +
                                                 std::to_string(GST_BUFFER_DURATION(buffer)) + " " +
                                                 g_checksum_get_string(checksum));
}

}  // namespace airforce::gst::test
