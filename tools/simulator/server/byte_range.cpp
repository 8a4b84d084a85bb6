// SPDX-License-Identifier: LGPL-2.1-or-later
#include "server/byte_range.h"

#include <algorithm>
#include <regex>

namespace airforce::simulator {
namespace {

/// Digits; what is too large for the type is as large as it gets.
int64_t number(const std::string& digits) {
  return digits.size() > 18 ? INT64_MAX : std::stoll(digits);
}

}  // namespace

RangeResponse read_range(const std::string& header, int64_t size, ByteRange& range) {
  static const std::regex form("bytes=([0-9]*)-([0-9]*)");
  std::smatch parts;
  if (!std::regex_match(header, parts, form) || (parts.length(1) == 0 && parts.length(2) == 0))
    return RangeResponse::kWhole;
  if (parts.length(1) == 0) {  // the last so many bytes
    const int64_t count = std::min(number(parts[2]), size);
    if (count == 0) return RangeResponse::kNotSatisfiable;
    range = {size - count, count};
    return RangeResponse::kPart;
  }
  const int64_t first = number(parts[1]);
  const int64_t last = parts.length(2) == 0 ? size - 1 : std::min(number(parts[2]), size - 1);
  if (first >= size) return RangeResponse::kNotSatisfiable;
  if (last < first) return RangeResponse::kWhole;
  range = {first, last - first + 1};
  return RangeResponse::kPart;
}

}  // namespace airforce::simulator
