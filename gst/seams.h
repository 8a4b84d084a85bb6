// SPDX-License-Identifier: LGPL-2.1-or-later
// Where one shot continues another: the frame that it starts from, whether it shows that again, and
// what happened to the colours.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <gst/gst.h>

#include "clip_frames.h"
#include "core.h"
#include "gstreamer/cells.h"
#include "shot_timing.h"
#include "values/guarded.h"

namespace airforce::gst {

// What brings the colours of `from` to those of `to`, the same picture.
ColourMatch colour_match(const Cells& from, const Cells& to);

// Thread-safe. Small: no pictures are kept.
class Seams {
 public:
  // `raw`: pictures are decoded, so that a frame can be left out and colours changed.
  Seams(std::shared_ptr<CoreFilm> film, bool raw) : film_(std::move(film)), raw_(raw) {}

  // What of a shot is shown. Blocks; throws Failure.
  ShotTiming timing(std::size_t shot, CoreGeneration& generation, const Cancelled& cancelled);
  // The last displayed frame, with the colours of its chain's first shot, as the bytes of a PNG.
  // Blocks; throws Failure.
  std::vector<std::uint8_t> last_frame(std::size_t shot, CoreGeneration& generation,
                                       const Cancelled& cancelled);

 private:
  ShotTiming measure(std::size_t shot, CoreGeneration& generation, const Cancelled& cancelled);

  const std::shared_ptr<CoreFilm> film_;
  const bool raw_;
  // One shot at a time: each measurement rests on the one before. Protects no data; held before
  // last_cells_ is locked.
  std::mutex measuring_;
  Guarded<std::map<std::size_t, ShotTiming>> timings_;
  Guarded<std::map<std::size_t, Cells>>
      last_cells_;  // of the last frames, with the chain's colours
};

}  // namespace airforce::gst
