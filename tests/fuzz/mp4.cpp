// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include <glib.h>

#include "clip/mp4_boxes.h"
#include "fuzz.h"

namespace {

// The file is longer than what there is of it by this much, as one that is still arriving.
void walk(std::span<const char> bytes, std::uint64_t more) {
  const std::uint64_t size = bytes.size() + more;
  const airforce::ReadAt read = [&](std::uint64_t offset, std::span<char> buffer) {
    if (offset >= bytes.size()) return std::size_t{0};
    const auto from =
        bytes.subspan(offset, std::min<std::size_t>(buffer.size(), bytes.size() - offset));
    std::copy(from.begin(), from.end(), buffer.begin());
    return from.size();
  };
  const bool whole = airforce::boxes_are_whole(size, read);
  const auto end = airforce::end_of_cut_box(size, read);
  fuzz::require(!end || *end > size, "a cut box ends behind the file");
  fuzz::require(!whole || !end, "a whole file is not cut");
}

void find_moov(std::span<const char> bytes) {
  airforce::MoovFinder finder;
  std::optional<std::uint64_t> last;
  while (const auto next = finder.next_header()) {
    fuzz::require(!last || *next > *last, "the search goes on to the end only");
    last = next;
    if (*next >= bytes.size()) return;
    finder.feed(bytes.subspan(*next, std::min(bytes.size() - *next, airforce::BoxHeader::kMax)));
    if (finder.next_header() == next) return;  // the header is not whole
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const char> bytes(reinterpret_cast<const char*>(data), size);
  airforce::begins_like_mp4(bytes);
  const std::string words = airforce::describe_begin(bytes);
  fuzz::require(g_utf8_validate_len(words.data(), words.size(), nullptr), "a description is UTF-8");
  if (const auto header = airforce::parse_box_header(bytes))
    fuzz::require(header->size == 0 || header->size >= 8, "a box holds its own header");
  walk(bytes, 0);
  walk(bytes, 1000);
  find_moov(bytes);
  return 0;
}
