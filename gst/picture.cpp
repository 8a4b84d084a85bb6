// SPDX-License-Identifier: LGPL-2.1-or-later
#include "picture.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace airforce::gst {
namespace {

using Bytes = std::span<const std::uint8_t>;

std::string_view text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::size_t big_endian(Bytes bytes) {
  std::size_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  return number;
}

// Chunks of length, type, data and checksum, up to IEND.
bool is_whole_png(Bytes rest) {
  constexpr std::size_t kAround = 12;  // length, type and checksum
  while (rest.size() >= kAround) {
    if (text(rest.subspan(4, 4)) == "IEND") return true;
    const std::size_t length = big_endian(rest.first(4));
    if (length > rest.size() - kAround) return false;
    rest = rest.subspan(kAround + length);
  }
  return false;
}

// Segments of a marker, a length and data; behind a start of scan, compressed data up to the next
// marker.
bool is_whole_jpeg(Bytes rest) {
  constexpr std::uint8_t kMark = 0xFF;
  constexpr std::uint8_t kEndOfImage = 0xD9;
  constexpr std::uint8_t kStartOfScan = 0xDA;
  bool in_scan = false;
  while (rest.size() >= 2) {
    if (rest[0] != kMark) {
      if (!in_scan) return false;
      rest = rest.subspan(std::find(rest.begin(), rest.end(), kMark) - rest.begin());
      continue;
    }
    const std::uint8_t marker = rest[1];
    const bool is_restart = marker >= 0xD0 && marker <= 0xD7;
    if (marker == kEndOfImage) return true;
    if (marker == kMark) {  // padding
      rest = rest.subspan(1);
    } else if (marker == 0 || marker == 1 || is_restart) {  // those that have no length
      rest = rest.subspan(2);
    } else {
      if (rest.size() < 4) return false;
      const std::size_t length = 2 + big_endian(rest.subspan(2, 2));
      if (length > rest.size()) return false;
      rest = rest.subspan(length);
      in_scan = marker == kStartOfScan;
    }
  }
  return false;
}

}  // namespace

bool is_whole_picture(std::span<const std::uint8_t> bytes) {
  using namespace std::string_view_literals;
  constexpr auto kPng = "\x89PNG\r\n\x1A\n"sv;
  constexpr auto kStartOfImage = "\xFF\xD8"sv;
  if (text(bytes).starts_with(kPng)) return is_whole_png(bytes.subspan(kPng.size()));
  if (text(bytes).starts_with(kStartOfImage)) {
    return is_whole_jpeg(bytes.subspan(kStartOfImage.size()));
  }
  return false;
}

}  // namespace airforce::gst
