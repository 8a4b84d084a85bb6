// SPDX-License-Identifier: LGPL-2.1-or-later
#include "colour_match.h"

#include <algorithm>
#include <cmath>

namespace airforce::gst {
namespace {

constexpr double kUnseen = 0.5 / 255;

using Table = std::array<guint8, 256>;

// `low` and `high` are the values of 0 and 1.
Table table_of(const Line& line, double low, double high) {
  Table table{};
  for (std::size_t value = 0; value < table.size(); ++value) {
    const double plain = (static_cast<double>(value) - low) / (high - low);
    const double changed = low + (high - low) * line.at(plain);
    table[value] = static_cast<guint8>(std::clamp(std::lround(changed), 0L, 255L));
  }
  return table;
}

bool is_straight(const Line& line) {
  return std::abs(line.offset) < kUnseen && std::abs(line.at(1) - 1) < kUnseen;
}

}  // namespace

bool ColourMatch::is_identity() const {
  return std::all_of(yuv.begin(), yuv.end(), is_straight) &&
         std::all_of(rgb.begin(), rgb.end(), is_straight);
}

bool ColourMatch::takes(const GstVideoInfo& info) {
  const GstVideoFormatInfo* format = info.finfo;
  if (!GST_VIDEO_FORMAT_INFO_IS_YUV(format) && !GST_VIDEO_FORMAT_INFO_IS_RGB(format)) return false;
  if (GST_VIDEO_FORMAT_INFO_IS_COMPLEX(format) || GST_VIDEO_FORMAT_INFO_IS_TILED(format)) {
    return false;
  }
  return GST_VIDEO_FORMAT_INFO_N_COMPONENTS(format) >= 3 &&
         GST_VIDEO_FORMAT_INFO_BITS(format) == 8 && GST_VIDEO_FORMAT_INFO_DEPTH(format, 0) == 8;
}

void ColourMatch::apply(GstVideoFrame& frame) const {
  const bool is_yuv = GST_VIDEO_INFO_IS_YUV(&frame.info);
  std::array<gint, GST_VIDEO_MAX_COMPONENTS> offset{};
  std::array<gint, GST_VIDEO_MAX_COMPONENTS> scale{};
  gst_video_color_range_offsets(frame.info.colorimetry.range, frame.info.finfo, offset.data(),
                                scale.data());
  for (guint component = 0; component < 3; ++component) {
    const Line& line = is_yuv ? yuv[component] : rgb[component];
    if (is_straight(line)) continue;
    double low = offset[component];
    const double range = scale[component];
    if (is_yuv && component > 0) low -= range / 2;  // the offset of these is their middle
    const Table table = table_of(line, low, low + range);
    const int width = GST_VIDEO_FRAME_COMP_WIDTH(&frame, component);
    const int step = GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, component);
    auto* row = static_cast<guint8*>(GST_VIDEO_FRAME_COMP_DATA(&frame, component));
    for (int y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT(&frame, component); ++y) {
      for (int x = 0; x < width; ++x) row[x * step] = table[row[x * step]];
      row += GST_VIDEO_FRAME_COMP_STRIDE(&frame, component);
    }
  }
}

}  // namespace airforce::gst
