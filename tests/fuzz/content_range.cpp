// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip/content_range.h"

#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto range = airforce::parse_content_range(text)) {
    fuzz::require(range->piece || range->size, "a range says something");
    if (range->piece) {
      fuzz::require(range->piece->first <= range->piece->last, "a piece begins before its end");
      fuzz::require(!range->size || range->piece->last < *range->size, "a piece is of its whole");
    }
  }
  if (const auto count = airforce::parse_byte_count(text))
    fuzz::require(*count <= INT64_MAX, "a count of bytes fits a file's offset");
  return 0;
}
