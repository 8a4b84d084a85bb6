// SPDX-License-Identifier: LGPL-2.1-or-later
#include "render/mp4_times.h"

#include <array>
#include <cstdint>
#include <string_view>

#include <unistd.h>

namespace airforce::simulator {
namespace {

uint64_t big_endian(const unsigned char* bytes, int count) {
  uint64_t value = 0;
  for (int i = 0; i < count; ++i) value = value << 8 | bytes[i];
  return value;
}

void clear_boxes(int file, int64_t begin, int64_t end) {
  while (begin + 8 <= end) {
    std::array<unsigned char, 17> head = {};
    if (pread(file, head.data(), head.size(), begin) < 8) return;
    const std::string_view type(reinterpret_cast<const char*>(head.data()) + 4, 4);
    auto size = static_cast<int64_t>(big_endian(head.data(), 4));
    int64_t header = 8;
    if (size == 1) {
      size = static_cast<int64_t>(big_endian(head.data() + 8, 8));
      header = 16;
    }
    if (size < header) return;  // 0: to the end of the file, which no box of interest is
    if (type == "moov" || type == "trak" || type == "mdia") {
      clear_boxes(file, begin + header, begin + size);
    } else if (type == "mvhd" || type == "tkhd" || type == "mdhd") {
      // Version and flags, then both times: of 8 bytes in version 1, of 4 otherwise.
      const std::array<char, 16> zeros = {};
      const size_t length = head.at(static_cast<size_t>(header)) == 1 ? 16 : 8;
      if (pwrite(file, zeros.data(), length, begin + header + 4) < 0) return;
    }
    begin += size;
  }
}

}  // namespace

void clear_mp4_times(int file) {
  const int64_t size = lseek(file, 0, SEEK_END);
  clear_boxes(file, 0, size);
}

}  // namespace airforce::simulator
