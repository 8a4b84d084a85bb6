// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether a file is an MP4 or QuickTime file that may be delivered, and given to a demuxer. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "clip/mp4_boxes.h"

namespace airforce {

// What a demuxer is given at most. A clip of an hour stays far below.
struct Mp4Limits {
  std::uint64_t moov_bytes = 32u << 20;  // GStreamer's qtdemux takes no larger one
  std::uint64_t samples = 2'000'000;     // of all tracks; a demuxer takes some 40 bytes for each
  std::uint64_t entries = 8'000'000;     // of all tables; each is bounded by its box as well
  unsigned boxes = 10'000;               // before moov, and in it
};

// The size of the file, unset while it is unknown.
using SizeOf = std::function<std::optional<std::uint64_t>()>;

// Why it must not be played, to follow "it ": "is not an MP4 or QuickTime file (...)". Unset if it
// may. Reads box headers up to moov, and moov as a whole; what follows moov is not looked at.
std::optional<std::string> mp4_problem(const SizeOf& size, const ReadAt& read,
                                       const Mp4Limits& limits = {});

}  // namespace airforce
