// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip/content_range.h"

#include <charconv>
#include <limits>

#include <glib.h>

#include "values/trim.h"

namespace airforce {

std::optional<std::uint64_t> parse_byte_count(std::string_view text) {
  std::uint64_t count = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  if (count > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return std::nullopt;
  }
  return count;
}

std::optional<ContentRange> parse_content_range(std::string_view header) {
  header = trimmed(header);
  constexpr std::string_view kUnit = "bytes";
  if (header.size() <= kUnit.size() ||
      g_ascii_strncasecmp(header.data(), kUnit.data(), kUnit.size()) != 0 ||
      header[kUnit.size()] != ' ') {
    return std::nullopt;
  }
  header = trimmed(header.substr(kUnit.size()));

  const auto slash = header.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto range = header.substr(0, slash);
  const auto size = header.substr(slash + 1);

  ContentRange parsed;
  if (size != "*") {
    parsed.size = parse_byte_count(size);
    if (!parsed.size) return std::nullopt;
  }
  if (range == "*") {
    if (!parsed.size) return std::nullopt;
    return parsed;
  }
  const auto dash = range.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = parse_byte_count(range.substr(0, dash));
  const auto last = parse_byte_count(range.substr(dash + 1));
  if (!first || !last || *first > *last) return std::nullopt;
  if (parsed.size && *last >= *parsed.size) return std::nullopt;
  parsed.piece = ContentRange::Piece{*first, *last};
  return parsed;
}

}  // namespace airforce
