// SPDX-License-Identifier: LGPL-2.1-or-later
// How long a clip's picture is shown, from its index: a demuxer only knows the longest stream.
#pragma once

#include <cstdint>
#include <optional>

#include "clip/mp4_boxes.h"

namespace airforce::gst {

struct PictureLength {
  std::uint64_t length = 0;  // ns
  std::uint64_t frame = 0;   // ns, the first one's
};

// Of a file that mp4_problem() has found nothing wrong with. Unset where the index does not say it,
// as that of a fragmented file.
std::optional<PictureLength> picture_length(const ReadAt& read);

}  // namespace airforce::gst
