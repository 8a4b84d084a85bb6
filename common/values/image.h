// SPDX-License-Identifier: LGPL-2.1-or-later
// What may be sent as an input image, wherever it comes from.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace airforce {

// Bytes of one, encoded.
inline constexpr std::size_t kMaxImage = 32u << 20;

// Throws Error{Settings} where it is empty, larger than that, or begins neither like a JPEG, nor a
// PNG, nor a WebP. `what` names it: "the image 'fox.png'".
void check_image(std::string_view bytes, const std::string& what);

// Likewise, for a file as well where it certainly ends too early: no end of its image data, or less
// than its own length. What has an odd structure is left to the service.
void check_whole_image(std::string_view bytes, const std::string& what);

// The orientation that a JPEG's EXIF says, 1 to 8; 1 is upright, and where it says nothing.
int image_orientation(std::string_view bytes);

}  // namespace airforce
