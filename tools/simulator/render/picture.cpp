// SPDX-License-Identifier: LGPL-2.1-or-later
#include "render/picture.h"

#include <algorithm>
#include <climits>
#include <cstring>
#include <stdexcept>

#include <gst/app/app.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include "render/gst_handles.h"

namespace airforce::simulator {
namespace {

constexpr int kMaxSide = 8192;
constexpr GstClockTime kTimeouts = 20 * GST_SECOND;

const char* decoder_for(const std::string& file) {
  if (file.starts_with("\x89PNG\r\n\x1a\n")) return "pngdec";
  if (file.starts_with("\xff\xd8\xff")) return "jpegdec";
  throw std::runtime_error("it is neither PNG nor JPEG");
}

int big_endian(const std::string& file, size_t at, size_t bytes) {
  unsigned value = 0;
  for (size_t i = 0; i < bytes && at + i < file.size(); ++i)
    value = value << 8 | static_cast<unsigned char>(file[at + i]);
  return static_cast<int>(std::min<unsigned>(value, INT_MAX));
}

/// The longer side that the file announces, in pixels; 0: none was found. The decoder allocates by
/// it, and a file of a few bytes can announce a huge picture.
int announced_side(const std::string& file) {
  if (file[0] != '\xff')  // a PNG: its first chunk
    return std::max(big_endian(file, 16, 4), big_endian(file, 20, 4));
  // A JPEG: the segment that begins its frame.
  int side = 0;
  for (size_t at = 2; at + 9 < file.size() && file[at] == '\xff';) {
    const auto marker = static_cast<unsigned char>(file[at + 1]);
    const bool is_frame =
        marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (is_frame) side = std::max({side, big_endian(file, at + 5, 2), big_endian(file, at + 7, 2)});
    at += 2 + static_cast<size_t>(std::max(2, big_endian(file, at + 2, 2)));
  }
  return side;
}

Picture picture_of(GstSample* sample) {
  GstVideoInfo info;
  if (!gst_video_info_from_caps(&info, gst_sample_get_caps(sample)))
    throw std::runtime_error("it has no picture");
  GstVideoFrame frame;
  if (!gst_video_frame_map(&frame, &info, gst_sample_get_buffer(sample), GST_MAP_READ))
    throw std::runtime_error("it could not be read");
  Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, info.width, info.height));
  unsigned char* to = cairo_image_surface_get_data(surface.get());
  const auto* from = static_cast<const unsigned char*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0));
  const int stride = cairo_image_surface_get_stride(surface.get());
  for (int row = 0; row < info.height; ++row)
    std::memcpy(to + static_cast<ptrdiff_t>(row) * stride,
                from + static_cast<ptrdiff_t>(row) * GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0),
                static_cast<size_t>(info.width) * 4);
  gst_video_frame_unmap(&frame);
  cairo_surface_mark_dirty(surface.get());
  return make_picture(std::move(surface));
}

}  // namespace

Picture decode_picture(const std::string& file) {
  if (const int side = announced_side(file); side > kMaxSide)
    throw std::runtime_error("it is larger than " + std::to_string(kMaxSide) + " pixels");
  const std::string line = "appsrc name=file ! " + std::string(decoder_for(file)) +
                           " ! videoconvert ! video/x-raw,format=BGRx ! "
                           "appsink name=picture sync=false max-buffers=1";
  const Pipeline pipeline(line);
  GstElement* source = pipeline.element("file");
  GstElement* sink = pipeline.element("picture");
  pipeline.play();
  GstBuffer* buffer = gst_buffer_new_memdup(file.data(), file.size());
  gst_app_src_push_buffer(GST_APP_SRC(source), buffer);
  gst_app_src_end_of_stream(GST_APP_SRC(source));
  const std::unique_ptr<GstSample, decltype(&gst_sample_unref)> sample(
      gst_app_sink_try_pull_sample(GST_APP_SINK(sink), kTimeouts), gst_sample_unref);
  if (!sample) throw std::runtime_error("it could not be decoded: it is damaged");
  return picture_of(sample.get());
}

}  // namespace airforce::simulator
