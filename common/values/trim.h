// SPDX-License-Identifier: LGPL-2.1-or-later
// What stands around a text and is none of it.
#pragma once

#include <string_view>

namespace airforce {

// Without white space at both ends.
constexpr std::string_view trimmed(std::string_view text, std::string_view space = " \t\r\n") {
  const std::size_t first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

// Without the mark that some editors and servers put in front of UTF-8.
constexpr std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  return text.starts_with(kMark) ? text.substr(kMark.size()) : text;
}

}  // namespace airforce
