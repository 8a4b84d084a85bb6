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

}  // namespace airforce
