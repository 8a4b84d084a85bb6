// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether bytes are a picture from its beginning to its end. Pure.
#pragma once

#include <cstdint>
#include <span>

namespace airforce::gst {

// True for a JPEG or PNG file, be there something behind it or not. A source that knows nothing of
// pictures cuts one in pieces, and the first piece begins like a whole one. The compressed data
// themselves are not looked at.
bool is_whole_picture(std::span<const std::uint8_t> bytes);

}  // namespace airforce::gst
