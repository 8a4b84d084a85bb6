// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/frames.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include <gst/video/video.h>

#include "media/media.h"
#include "values/error.h"

namespace airforce::cli {
namespace {

// Before the end of a clip, to which its last frames are decoded from the key frame before.
constexpr gint64 kTail = GST_SECOND / 2;

std::string decoding_line(const std::string& path) {
  return file_source(path) +
         " ! qtdemux name=demux demux.video_0 ! queue ! decodebin ! videoflip video-direction=auto "
         "! "
         "videoconvert ! videoscale ! video/x-raw,format=RGB,pixel-aspect-ratio=1/1 ! "
         "appsink name=frames sync=false max-buffers=2";
}

std::string subject(const std::string& path) {
  return "the frames of '" + path + "' cannot be decoded";
}

SamplePtr some(SamplePtr sample, const std::string& path) {
  if (sample) return sample;
  throw Error(ErrorKind::Clip, Step::Download, subject(path) + ": there are none");
}

// Cells of a frame, each the mean of its pixels' luma.
constexpr int kCells = 48;
using Cells = std::array<double, kCells * kCells>;

Cells cells_of(GstSample* sample) {
  Cells cells{};
  GstVideoInfo info;
  GstVideoFrame frame;
  if (!gst_video_info_from_caps(&info, gst_sample_get_caps(sample)) ||
      !gst_video_frame_map(&frame, &info, gst_sample_get_buffer(sample), GST_MAP_READ))
    return cells;
  const int width = GST_VIDEO_INFO_WIDTH(&info);
  const int height = GST_VIDEO_INFO_HEIGHT(&info);
  const auto* const pixels = static_cast<const guint8*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0));
  const int stride = GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0);
  for (int row = 0; row < kCells; ++row) {
    for (int column = 0; column < kCells; ++column) {
      double sum = 0;
      int count = 0;
      for (int y = row * height / kCells; y < (row + 1) * height / kCells; ++y) {
        for (int x = column * width / kCells; x < (column + 1) * width / kCells; ++x) {
          const guint8* const pixel = pixels + static_cast<std::ptrdiff_t>(y) * stride + x * 3;
          sum += 0.2126 * pixel[0] + 0.7152 * pixel[1] + 0.0722 * pixel[2];
          ++count;
        }
      }
      cells[static_cast<std::size_t>(row * kCells + column)] = count > 0 ? sum / count : 0;
    }
  }
  gst_video_frame_unmap(&frame);
  return cells;
}

// By elements of a launch line.
std::string encoded(const SamplePtr& frame, const std::string& elements, const std::string& path) {
  const Pipeline encoder(
      "appsrc name=in format=time num-buffers=1 ! " + elements + " ! appsink name=out sync=false",
      "a frame of '" + path + "' cannot be encoded");
  auto* const source = GST_APP_SRC(encoder.element("in"));
  gst_app_src_set_caps(source, gst_sample_get_caps(frame.get()));
  encoder.play();
  gst_app_src_push_buffer(source, gst_buffer_ref(gst_sample_get_buffer(frame.get())));
  gst_app_src_end_of_stream(source);
  const SamplePtr picture = some(encoder.pull("out"), path);
  GstMapInfo map;
  gst_buffer_map(gst_sample_get_buffer(picture.get()), &map, GST_MAP_READ);
  std::string bytes(reinterpret_cast<const char*>(map.data), map.size);
  gst_buffer_unmap(gst_sample_get_buffer(picture.get()), &map);
  return bytes;
}

}  // namespace

SamplePtr first_frame(const std::string& path) {
  const Pipeline pipeline(decoding_line(path), subject(path));
  pipeline.play();
  return some(pipeline.pull("frames"), path);
}

SamplePtr last_frame(const std::string& path) {
  const Pipeline pipeline(decoding_line(path), subject(path));
  pipeline.preroll();
  gint64 duration = 0;
  GstElement* const sink = pipeline.element("frames");
  const auto seek = [&](gint64 time, GstSeekFlags how) {
    gst_element_seek_simple(sink, GST_FORMAT_TIME, GstSeekFlags(GST_SEEK_FLAG_FLUSH | how), time);
  };
  // To no key frame: that may be outside of the edit which is displayed here.
  const bool skips =
      gst_element_query_duration(sink, GST_FORMAT_TIME, &duration) && duration > kTail;
  if (skips) seek(duration - kTail, GST_SEEK_FLAG_ACCURATE);
  pipeline.play();
  SamplePtr last;
  const auto pull_all = [&] {
    while (SamplePtr next = pipeline.pull("frames")) last = std::move(next);
  };
  pull_all();
  if (!last && skips) {  // where the sound is longer, that is behind the last frame
    seek(0, GST_SEEK_FLAG_NONE);
    pull_all();
  }
  return some(std::move(last), path);
}

bool is_same_picture(GstSample* one, GstSample* other) {
  // Mean difference of coarse cells, in levels of 0 to 255, with the mean brightness taken out. It
  // has to be above what encoding a picture again changes. Neighbours in slow motion differ less:
  // "the same" means that nobody would see the step, not that the bytes agree.
  constexpr double kSame = 3;
  const Cells left = cells_of(one);
  const Cells right = cells_of(other);
  const double left_mean = std::accumulate(left.begin(), left.end(), 0.0) / left.size();
  const double right_mean = std::accumulate(right.begin(), right.end(), 0.0) / right.size();
  double difference = 0;
  for (std::size_t i = 0; i < left.size(); ++i)
    difference += std::abs((left[i] - left_mean) - (right[i] - right_mean));
  return difference / left.size() < kSame;
}

std::string last_frame_png(const std::string& path) {
  return encoded(last_frame(path), "videoconvert ! pngenc", path);
}

std::string small_frame_jpeg(const std::string& path) {
  return encoded(first_frame(path),
                 "videoconvert ! videoscale ! video/x-raw,width=480,pixel-aspect-ratio=1/1 ! "
                 "videoconvert ! jpegenc quality=80",
                 path);
}

}  // namespace airforce::cli
