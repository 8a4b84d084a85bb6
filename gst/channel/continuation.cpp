// SPDX-License-Identifier: LGPL-2.1-or-later
#include "channel/continuation.h"

#include <utility>

namespace airforce::gst {

Cells cells_of(GstBuffer* picture, const GstVideoInfo& info) {
  GstVideoInfo rgb;
  if (!gst_video_info_set_format(&rgb, GST_VIDEO_FORMAT_RGB,
                                 static_cast<guint>(GST_VIDEO_INFO_WIDTH(&info)),
                                 static_cast<guint>(GST_VIDEO_INFO_HEIGHT(&info)))) {
    return {};
  }
  rgb.fps_n = info.fps_n;
  rgb.fps_d = info.fps_d;
  rgb.interlace_mode = info.interlace_mode;
  const std::unique_ptr<GstVideoConverter, decltype(&gst_video_converter_free)> converter(
      gst_video_converter_new(&info, &rgb, nullptr), gst_video_converter_free);
  const Buffer converted(gst_buffer_new_allocate(nullptr, rgb.size, nullptr));
  GstVideoFrame from;
  GstVideoFrame to;
  if (!converter || !gst_video_frame_map(&from, &info, picture, GST_MAP_READ)) return {};
  if (!gst_video_frame_map(&to, &rgb, converted.get(), GST_MAP_WRITE)) {
    gst_video_frame_unmap(&from);
    return {};
  }
  gst_video_converter_frame(converter.get(), &from, &to);
  gst_video_frame_unmap(&to);
  gst_video_frame_unmap(&from);
  const Caps caps(gst_video_info_to_caps(&rgb));
  const Sample sample(gst_sample_new(converted.get(), caps.get(), nullptr, nullptr));
  return cells_of(sample.get());
}

Buffer with_colours(Buffer picture, const GstVideoInfo& info, const ColourMatch& colour) {
  if (colour.is_identity() || !ColourMatch::takes(info)) return picture;
  picture.reset(gst_buffer_make_writable(picture.release()));
  GstVideoFrame frame;
  if (!gst_video_frame_map(&frame, &info, picture.get(), GST_MAP_READWRITE)) return picture;
  colour.apply(frame);
  gst_video_frame_unmap(&frame);
  return picture;
}

Buffer Continuation::take(Buffer picture) {
  if (!has_info_) return picture;
  if (std::exchange(is_decided_, true)) {
    return with_colours(std::move(picture), info_, colour_);
  }
  const Cells first = cells_of(picture.get(), info_);
  if (before_ == nullptr || !is_same_picture(first, *before_)) return picture;
  colour_ = colour_match(first, *before_);
  skipped_ = GST_BUFFER_DURATION_IS_VALID(picture.get()) ? GST_BUFFER_DURATION(picture.get())
             : info_.fps_n > 0
                 ? gst_util_uint64_scale(GST_SECOND, static_cast<guint64>(info_.fps_d),
                                         static_cast<guint64>(info_.fps_n))
                 : 0;
  if (skipped_ == 0) return with_colours(std::move(picture), info_, colour_);
  return nullptr;
}

}  // namespace airforce::gst
