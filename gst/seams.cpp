// SPDX-License-Identifier: LGPL-2.1-or-later
#include "seams.h"

#include <algorithm>
#include <cmath>

#include <gst/video/video.h>

#include "clip_index.h"
#include "debug.h"
#include "png_encoder.h"

namespace airforce::gst {
namespace {

constexpr std::array<double, 3> kLuma = {0.2126, 0.7152, 0.0722};

double luma(const std::array<double, 3>& rgb) {
  return kLuma[0] * rgb[0] + kLuma[1] * rgb[1] + kLuma[2] * rgb[2];
}

// Brightness and the two differences of colour (BT.709).
std::array<double, 3> yuv(const std::array<double, 3>& rgb) {
  const double y = luma(rgb);
  return {y, (rgb[2] - y) / 1.8556 + 0.5, (rgb[0] - y) / 1.5748 + 0.5};
}

// The straight line through pairs of values, by least squares. One that bends far is none that
// encoding or a model's drift makes.
template <typename Value>
Line line_of(const Cells& from, const Cells& to, Value value) {
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

ReadAt reader(Generation& generation) {
  return [&generation](std::uint64_t offset, std::span<char> buffer) {
    return generation.read_at(offset,
                              {reinterpret_cast<std::uint8_t*>(buffer.data()), buffer.size()});
  };
}

Sample with_colours(Sample frame, const ColourMatch& colour) {
  if (colour.is_identity()) return frame;
  GstCaps* caps = gst_sample_get_caps(frame.get());
  GstVideoInfo info;
  if (!gst_video_info_from_caps(&info, caps) || !ColourMatch::takes(info)) return frame;
  Buffer buffer(gst_buffer_copy_deep(gst_sample_get_buffer(frame.get())));
  GstVideoFrame mapped;
  if (!gst_video_frame_map(&mapped, &info, buffer.get(), GST_MAP_READWRITE)) return frame;
  colour.apply(mapped);
  gst_video_frame_unmap(&mapped);
  return Sample(gst_sample_new(buffer.get(), caps, nullptr, nullptr));
}

}  // namespace

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
      std::array<double, 3> sum{};
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

ColourMatch colour_match(const Cells& from, const Cells& to) {
  ColourMatch match;
  for (std::size_t i = 0; i < 3; ++i) {
    match.rgb[i] = line_of(from, to, [i](const auto& cell) { return cell[i]; });
    match.yuv[i] = line_of(from, to, [i](const auto& cell) { return yuv(cell)[i]; });
  }
  return match;
}

ShotTiming Seams::timing(std::size_t shot, Generation& generation, const Cancelled& cancelled) {
  const std::lock_guard measuring(measuring_);
  {
    const auto timings = timings_.lock();
    if (const auto found = timings->find(shot); found != timings->end()) return found->second;
  }
  const ShotTiming timing = measure(shot, generation, cancelled);
  (*timings_.lock())[shot] = timing;
  if (shot > 0) last_cells_.lock()->erase(shot - 1);  // it has served
  return timing;
}

ShotTiming Seams::measure(std::size_t shot, Generation& generation, const Cancelled& cancelled) {
  const Shot description = film_->shot(shot);
  ShotTiming timing;
  const auto index = picture_length(reader(generation));
  timing.length =
      index ? index->length : static_cast<GstClockTime>(description.duration_seconds) * GST_SECOND;
  if (!raw_ || !description.continues || !index) return timing;
  Cells before;
  {
    const auto last_cells = last_cells_.lock();
    const auto found = last_cells->find(shot - 1);
    if (found == last_cells->end()) return timing;
    before = found->second;
  }
  const auto clip = clip_bytes(generation, cancelled);
  const Sample frame = first_frame(clip, generation.bought(), cancelled);
  const Cells first = cells_of(frame.get());
  if (!is_same_picture(first, before)) return timing;
  timing.skip = std::min<GstClockTime>(index->frame, timing.length);
  timing.length -= timing.skip;
  timing.colour = colour_match(first, before);
  GST_INFO("shot %u repeats the frame before it; colour %s", static_cast<unsigned>(shot + 1),
           timing.colour.is_identity() ? "as before" : "matched");
  return timing;
}

std::vector<std::uint8_t> Seams::last_frame(std::size_t shot, Generation& generation,
                                            const Cancelled& cancelled) {
  const ShotTiming known = timing(shot, generation, cancelled);
  const auto clip = clip_bytes(generation, cancelled);
  Sample frame =
      with_colours(airforce::gst::last_frame(clip, generation.bought(), cancelled), known.colour);
  Cells cells = cells_of(frame.get());
  (*last_cells_.lock())[shot] = std::move(cells);
  PngEncoder encoder;
  const Buffer png = encoder.encode(frame.get());
  std::vector<std::uint8_t> bytes(gst_buffer_get_size(png.get()));
  gst_buffer_extract(png.get(), 0, bytes.data(), bytes.size());
  return bytes;
}

}  // namespace airforce::gst
