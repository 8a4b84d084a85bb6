// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/image.h"

#include <algorithm>
#include <cstdint>

#include "values/error.h"

namespace airforce {
namespace {

Error bad(const std::string& what, const std::string& next_step) {
  return {ErrorKind::Settings, Step::Settings, what, next_step};
}

bool is_picture(std::string_view bytes) {
  using namespace std::string_view_literals;
  const std::string_view head = bytes.substr(0, 12);
  return head.starts_with("\xFF\xD8\xFF"sv) || head.starts_with("\x89PNG\r\n\x1A\n"sv) ||
         (head.starts_with("RIFF"sv) && head.ends_with("WEBP"sv));
}

// An unsigned number, 0 where the bytes end before.
std::uint32_t big_endian_at(std::string_view bytes, std::size_t at, std::size_t size) {
  if (at > bytes.size() || size > bytes.size() - at) return 0;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

std::uint32_t little_endian_at(std::string_view bytes, std::size_t at, std::size_t size) {
  if (at > bytes.size() || size > bytes.size() - at) return 0;
  std::uint32_t value = 0;
  for (std::size_t i = size; i-- > 0;)
    value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

constexpr std::uint32_t kStartOfScan = 0xDA;
constexpr std::uint32_t kExif = 0xE1;

// Calls `visit` with marker, begin and length of each segment before the image data; it returns
// whether to continue. Returns where the image data begin: npos if the structure is odd, the size
// if the file ends before.
template <typename Visit>
std::size_t walk_jpeg(std::string_view bytes, Visit visit) {
  std::size_t at = 2;
  while (at + 4 <= bytes.size()) {
    const std::uint32_t marker = big_endian_at(bytes, at + 1, 1);
    const std::uint32_t length = big_endian_at(bytes, at + 2, 2);
    if (bytes[at] != '\xFF' || marker < 0xC0 || length < 2) return std::string_view::npos;
    if (marker == kStartOfScan) return at;
    if (!visit(marker, at + 4, length - 2)) return at;
    at += 2 + length;
  }
  return bytes.size();
}

bool is_cut_jpeg(std::string_view bytes) {
  const std::size_t data =
      walk_jpeg(bytes, [](std::uint32_t, std::size_t, std::size_t) { return true; });
  return data != std::string_view::npos && bytes.find("\xFF\xD9", data) == std::string_view::npos;
}

bool is_cut_png(std::string_view bytes) {
  std::size_t at = 8;
  if (bytes.substr(std::min(at + 4, bytes.size()), 4) != "IHDR") return false;
  while (at + 12 <= bytes.size()) {
    if (bytes.substr(at + 4, 4) == "IEND") return false;
    at += std::size_t{12} + big_endian_at(bytes, at, 4);
  }
  return true;
}

bool is_cut(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xD8")) return is_cut_jpeg(bytes);
  if (bytes.starts_with("RIFF"))
    return little_endian_at(bytes, 4, 4) + std::size_t{8} > bytes.size();
  return is_cut_png(bytes);
}

// Of TIFF data: the orientation in its first directory.
int tiff_orientation(std::string_view tiff) {
  constexpr std::uint32_t kOrientation = 0x0112;
  const bool is_little = tiff.starts_with("II");
  if (!is_little && !tiff.starts_with("MM")) return 1;
  const auto number = is_little ? little_endian_at : big_endian_at;
  const std::size_t directory = number(tiff, 4, 4);
  const std::uint32_t count = number(tiff, directory, 2);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t entry = directory + 2 + std::size_t{12} * i;
    if (entry + 12 > tiff.size()) break;
    if (number(tiff, entry, 2) != kOrientation) continue;
    const std::uint32_t value = number(tiff, entry + 8, 2);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace

void check_image(std::string_view bytes, const std::string& what) {
  if (bytes.empty()) throw bad(what + " is empty", "give a picture");
  if (bytes.size() > kMaxImage) {
    throw bad(what + " is larger than " + std::to_string(kMaxImage) + " bytes", "make it smaller");
  }
  if (!is_picture(bytes)) throw bad(what + " is not a JPEG, PNG or WebP picture", "convert it");
}

void check_whole_image(std::string_view bytes, const std::string& what) {
  check_image(bytes, what);
  if (is_cut(bytes)) throw bad(what + " is cut: its end is missing", "save it again");
}

int image_orientation(std::string_view bytes) {
  using namespace std::string_view_literals;
  int orientation = 1;
  if (!bytes.starts_with("\xFF\xD8")) return orientation;
  walk_jpeg(bytes, [&](std::uint32_t marker, std::size_t begin, std::size_t length) {
    const std::string_view segment = bytes.substr(std::min(begin, bytes.size()), length);
    if (marker != kExif || !segment.starts_with("Exif\0\0"sv)) return true;
    orientation = tiff_orientation(segment.substr(6));
    return false;
  });
  return orientation;
}

}  // namespace airforce
