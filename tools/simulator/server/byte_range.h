// SPDX-License-Identifier: LGPL-2.1-or-later
// The Range header (RFC 9110, section 14).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace airforce::simulator {

struct ByteRange {
  int64_t first;
  int64_t length;
};

enum class RangeResponse {
  kWhole,           ///< 200: no Range, or one that is to be ignored
  kPart,            ///< 206
  kNotSatisfiable,  ///< 416
};

/// What a Range header means for a file of that size. Several ranges at once are ignored, which a
/// server may do. `range` is set with kPart.
RangeResponse read_range(const std::string& header, int64_t size, ByteRange& range);

}  // namespace airforce::simulator
