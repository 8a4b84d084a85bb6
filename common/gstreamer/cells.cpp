// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gstreamer/cells.h"

#include <algorithm>
#include <cmath>

#include <gst/video/video.h>

namespace airforce::gst {
namespace {

constexpr int kCells = 48;  // each way
constexpr std::array<double, 3> kLuma = {0.2126, 0.7152, 0.0722};

}  // namespace

double luma(const Cell& rgb) {
  return kLuma[0] * rgb[0] + kLuma[1] * rgb[1] + kLuma[2] * rgb[2];
}

Line line_of(const Cells& from, const Cells& to, const std::function<double(const Cell&)>& value) {
  constexpr double kMaxGain = 1.25;
  constexpr double kMinVariance = 1e-4;
  const auto count = static_cast<double>(from.size());
  double x_mean = 0;
  double y_mean = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    x_mean += value(from[i]) / count;
    y_mean += value(to[i]) / count;
  }
  double variance = 0;
  double covariance = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const double x = value(from[i]) - x_mean;
    variance += x * x / count;
    covariance += x * (value(to[i]) - y_mean) / count;
  }
  Line line;
  if (variance > kMinVariance) {
    line.gain = std::clamp(covariance / variance, 1 / kMaxGain, kMaxGain);
  }
  line.offset = y_mean - line.gain * x_mean;
  return line;
}

Cells cells_of(GstSample* sample) {
  Cells cells;
  GstVideoInfo info;
  GstVideoFrame frame;
  if (!gst_video_info_from_caps(&info, gst_sample_get_caps(sample)) ||
      !gst_video_frame_map(&frame, &info, gst_sample_get_buffer(sample), GST_MAP_READ)) {
    return cells;
  }
  const int width = GST_VIDEO_INFO_WIDTH(&info);
  const int height = GST_VIDEO_INFO_HEIGHT(&info);
  const auto* const pixels = static_cast<const guint8*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0));
  const int stride = GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0);
  for (int row = 0; row < kCells; ++row) {
    for (int column = 0; column < kCells; ++column) {
      Cell sum{};
      int count = 0;
      for (int y = row * height / kCells; y < (row + 1) * height / kCells; ++y) {
        for (int x = column * width / kCells; x < (column + 1) * width / kCells; ++x) {
          const guint8* const pixel = pixels + static_cast<std::ptrdiff_t>(y) * stride + x * 3;
          for (std::size_t i = 0; i < 3; ++i) sum[i] += pixel[i];
          ++count;
        }
      }
      for (double& value : sum) value = count > 0 ? value / count / 255 : 0;
      cells.push_back(sum);
    }
  }
  gst_video_frame_unmap(&frame);
  return cells;
}

bool is_same_picture(const Cells& one, const Cells& other) {
  // Mean difference of brightness, once a drift is taken out. It has to be above what encoding a
  // picture again changes. Neighbours in slow motion differ less: "the same" means that nobody
  // would see the step, not that the bytes agree.
  constexpr double kSame = 3.0 / 255;
  if (one.empty() || one.size() != other.size()) return false;
  const Line line = line_of(one, other, luma);
  double difference = 0;
  for (std::size_t i = 0; i < one.size(); ++i) {
    difference += std::abs(line.at(luma(one[i])) - luma(other[i]));
  }
  return difference / static_cast<double>(one.size()) < kSame;
}

}  // namespace airforce::gst
