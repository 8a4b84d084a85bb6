// SPDX-License-Identifier: LGPL-2.1-or-later
// MP4 boxes (ISO/IEC 14496-12, 4.2) in memory. Pure. What is read is from elsewhere: every length
// is checked, and Error{Clip} is thrown for what does not fit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace airforce::cli::mp4 {

// Big-endian, `size` bytes long.
std::uint64_t number(std::string_view bytes, std::size_t at, std::size_t size);
void put(std::string& bytes, std::size_t at, std::size_t size, std::uint64_t value);
std::string big_endian(std::uint64_t value, std::size_t size);

struct Box {
  std::string type;  // four bytes
  std::string content;
};

std::string box(std::string_view type, std::string_view content);
std::vector<Box> boxes_of(std::string_view bytes);
std::string joined(const std::vector<Box>& boxes);
// The first box of this type, or null.
Box* find_box(std::vector<Box>& boxes, std::string_view type);
// Likewise; Error{Clip} where there is none.
Box& get_box(std::vector<Box>& boxes, std::string_view type);

}  // namespace airforce::cli::mp4
