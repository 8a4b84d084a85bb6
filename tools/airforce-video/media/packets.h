// SPDX-License-Identifier: LGPL-2.1-or-later
// The encoded pictures of a clip, as they are. Private to media/.
#pragma once

#include <string>
#include <vector>

#include "media/pipeline.h"

namespace airforce::cli {

struct Packets {
  CapsPtr caps;
  std::vector<BufferPtr> buffers;   // in the order of decoding
  GstClockTime start = 0;           // the first displayed frame's time
  GstClockTime duration = 0;        // from there to the end of the last displayed frame
  GstClockTime first_duration = 0;  // of the first displayed frame
};

// Throws Error{Clip}.
Packets read_packets(const std::string& path);

// What differs of the codecs of two clips, "" if one decoder can continue from one to the other.
std::string codec_difference(GstCaps* one, GstCaps* other);

}  // namespace airforce::cli
