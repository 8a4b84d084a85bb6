// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace airforce {

// A Content-Range of bytes (RFC 9110, 14.4).
struct ContentRange {
  struct Piece {
    std::uint64_t first = 0;
    std::uint64_t last = 0;  // inclusive
  };
  std::optional<Piece> piece;         // unset: the range can't be satisfied, "bytes */1234"
  std::optional<std::uint64_t> size;  // of the whole; unset for '*'
};

// Strict: unset for another unit, for anything malformed, and for a range that contradicts itself.
std::optional<ContentRange> parse_content_range(std::string_view header);

// A header's number of bytes: digits and nothing else, at most 2^63-1.
std::optional<std::uint64_t> parse_byte_count(std::string_view text);

}  // namespace airforce
