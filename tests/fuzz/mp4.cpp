// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include <glib.h>

#include "clip/mp4_boxes.h"
#include "clip/mp4_check.h"
#include "fuzz.h"

namespace {

constexpr std::string_view kMoov = "moov";

// The file is longer than what there is of it by this much, as one that is being downloaded.
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
    fuzz::require(!last || *next > *last, "the search continues to the end only");
    last = next;
    if (*next >= bytes.size()) return;
    finder.feed(bytes.subspan(*next, std::min(bytes.size() - *next, airforce::BoxHeader::kMax)));
    if (finder.next_header() == next) return;  // the header is not whole
  }
}

// Whether the file may be demuxed: the same whether its size is known at first or found at its end,
// and never more is read at once than an index may have.
void check(std::span<const char> bytes) {
  const airforce::Mp4Limits limits;
  unsigned reads = 0;
  const airforce::ReadAt read = [&](std::uint64_t offset, std::span<char> buffer) {
    fuzz::require(++reads <= 2 * limits.boxes + limits.boxes / 2, "a check comes to an end");
    fuzz::require(buffer.size() <= limits.moov_bytes, "a check takes bounded memory");
    if (offset >= bytes.size()) return std::size_t{0};
    const auto from =
        bytes.subspan(offset, std::min<std::size_t>(buffer.size(), bytes.size() - offset));
    std::copy(from.begin(), from.end(), buffer.begin());
    return from.size();
  };
  const auto problem =
      airforce::mp4_problem([&] { return std::optional<std::uint64_t>(bytes.size()); }, read);
  if (problem) {
    fuzz::require(g_utf8_validate_len(problem->data(), problem->size(), nullptr),
                  "a problem is UTF-8");
    reads = 0;
    airforce::mp4_problem([] { return std::optional<std::uint64_t>(); }, read);
    return;
  }
  fuzz::require(airforce::begins_like_mp4(bytes), "what may be demuxed begins like an MP4");
  fuzz::require(std::search(bytes.begin(), bytes.end(), kMoov.begin(), kMoov.end()) != bytes.end(),
                "what may be demuxed has an index");
  reads = 0;
  airforce::Mp4Limits few = limits;
  few.boxes_behind = limits.boxes / 4;  // with up to two reads each
  airforce::problem_of_whole_mp4(bytes.size(), read, few);
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
  check(bytes);
  return 0;
}
