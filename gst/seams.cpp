// SPDX-License-Identifier: LGPL-2.1-or-later
#include "seams.h"

#include <algorithm>

#include <gst/video/video.h>

#include "clip_index.h"
#include "debug.h"
#include "png_encoder.h"

namespace airforce::gst {
namespace {

// Brightness and the two differences of colour (BT.709).
Cell yuv(const Cell& rgb) {
  const double y = luma(rgb);
  return {y, (rgb[2] - y) / 1.8556 + 0.5, (rgb[0] - y) / 1.5748 + 0.5};
}

ReadAt reader(CoreGeneration& generation) {
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

ColourMatch colour_match(const Cells& from, const Cells& to) {
  ColourMatch match;
  for (std::size_t i = 0; i < 3; ++i) {
    match.rgb[i] = line_of(from, to, [i](const auto& cell) { return cell[i]; });
    match.yuv[i] = line_of(from, to, [i](const auto& cell) { return yuv(cell)[i]; });
  }
  return match;
}

ShotTiming Seams::timing(std::size_t shot, CoreGeneration& generation, const Cancelled& cancelled) {
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

ShotTiming Seams::measure(std::size_t shot, CoreGeneration& generation,
                          const Cancelled& cancelled) {
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

std::vector<std::uint8_t> Seams::last_frame(std::size_t shot, CoreGeneration& generation,
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
