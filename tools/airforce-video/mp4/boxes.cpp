// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mp4/boxes.h"

#include <algorithm>

#include "values/error.h"

namespace airforce::cli::mp4 {
namespace {

constexpr std::size_t kHeader = 8;

Error odd_box(const std::string& what) {
  return {ErrorKind::Clip, Step::Download, "its boxes cannot be read: " + what};
}

}  // namespace

std::uint64_t number(std::string_view bytes, std::size_t at, std::size_t size) {
  if (at > bytes.size() || size > bytes.size() - at) throw odd_box("one is too short");
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

void put(std::string& bytes, std::size_t at, std::size_t size, std::uint64_t value) {
  for (std::size_t i = 0; i < size; ++i)
    bytes[at + i] = static_cast<char>(value >> (8 * (size - 1 - i)) & 0xFFU);
}

std::string big_endian(std::uint64_t value, std::size_t size) {
  std::string bytes(size, '\0');
  put(bytes, 0, size, value);
  return bytes;
}

std::string box(std::string_view type, std::string_view content) {
  std::string bytes = big_endian(content.size() + kHeader, 4);
  bytes += type;
  bytes += content;
  return bytes;
}

std::vector<Box> boxes_of(std::string_view bytes) {
  std::vector<Box> boxes;
  while (!bytes.empty()) {
    const std::uint64_t size = number(bytes, 0, 4);
    if (size < kHeader || size > bytes.size()) throw odd_box("one has a wrong size");
    boxes.push_back(
        {std::string(bytes.substr(4, 4)), std::string(bytes.substr(kHeader, size - kHeader))});
    bytes.remove_prefix(size);
  }
  return boxes;
}

std::string joined(const std::vector<Box>& boxes) {
  std::string bytes;
  for (const Box& each : boxes) bytes += box(each.type, each.content);
  return bytes;
}

Box* find_box(std::vector<Box>& boxes, std::string_view type) {
  const auto found = std::find_if(boxes.begin(), boxes.end(),
                                  [type](const Box& each) { return each.type == type; });
  return found != boxes.end() ? &*found : nullptr;
}

Box& get_box(std::vector<Box>& boxes, std::string_view type) {
  Box* const found = find_box(boxes, type);
  if (found == nullptr) throw odd_box("there is no " + std::string(type));
  return *found;
}

}  // namespace airforce::cli::mp4
