// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip/mp4_boxes.h"

#include <algorithm>
#include <limits>

#include "values/trim.h"

namespace airforce {
namespace {

// Boxes that real files begin with. QuickTime has no ftyp: there moov, mdat, wide, free, skip and
// pnot come first.
constexpr std::array<std::string_view, 14> kFirstBoxes = {
    "ftyp", "styp", "moov", "mdat", "free", "skip", "wide",
    "pnot", "moof", "sidx", "ssix", "uuid", "emsg", "prft",
};

bool is_first_box(std::string_view type) {
  return std::find(kFirstBoxes.begin(), kFirstBoxes.end(), type) != kFirstBoxes.end();
}

std::uint64_t big_endian(std::span<const char> bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

// How the top-level boxes of a file end.
struct TopLevel {
  enum class End {
    OfFile,  // where the file does
    Open,    // by one that continues to the end of the file
    Cut,     // by one that is longer than the file
    NoBox    // by something else
  };
  End end = End::OfFile;
  std::uint64_t offset = 0;  // of the box `last`
  BoxHeader last;            // Open, Cut
  bool has_moov = false;
};

TopLevel walk(std::uint64_t size, const ReadAt& read) {
  TopLevel seen;
  while (seen.offset < size) {
    std::array<char, BoxHeader::kMax> bytes{};
    const auto count = read(seen.offset, bytes);
    const auto header = parse_box_header(std::span(bytes).first(count));
    if (!header) {
      seen.end = TopLevel::End::NoBox;
      return seen;
    }
    seen.last = *header;
    seen.has_moov = seen.has_moov || header->name() == "moov";
    if (header->size == 0 || header->size > size - seen.offset) {
      seen.end = header->size == 0 ? TopLevel::End::Open : TopLevel::End::Cut;
      return seen;
    }
    seen.offset += header->size;
  }
  return seen;
}

}  // namespace

std::optional<BoxHeader> parse_box_header(std::span<const char> bytes) {
  constexpr std::size_t kShort = 8;
  if (bytes.size() < kShort) return std::nullopt;
  BoxHeader header;
  header.size = big_endian(bytes.first(4));
  std::copy_n(bytes.begin() + 4, 4, header.type.begin());
  if (header.size == 0) return header;
  std::uint64_t least = kShort;
  if (header.size == 1) {
    if (bytes.size() < BoxHeader::kMax) return std::nullopt;
    header.size = big_endian(bytes.subspan(kShort, 8));
    least = BoxHeader::kMax;
  }
  if (header.size < least) return std::nullopt;
  return header;
}

bool begins_like_mp4(std::span<const char> begin) {
  if (begin.size() < kMp4BeginSize) return false;
  return is_first_box({begin.data() + 4, 4});
}

std::string describe_begin(std::span<const char> begin) {
  std::string_view text(begin.data(), begin.size());
  if (text.empty()) return "empty";
  if (text.starts_with("\x1f\x8b")) return "compressed with gzip, which was not asked for";
  text = without_byte_order_mark(text);
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "blank";
  text.remove_prefix(first);
  if (text.starts_with("<?xm")) return "XML";
  if (text.front() == '<') return "a web page";
  if (text.front() == '{' || text.front() == '[') return "JSON";
  return "something else";
}

void MoovFinder::feed(std::span<const char> bytes) {
  if (!next_ || bytes.size() < 8) return;
  const bool long_size = big_endian(bytes.first(4)) == 1;
  if (long_size && bytes.size() < BoxHeader::kMax) return;
  const auto header = parse_box_header(bytes);
  constexpr auto kMaxOffset = std::numeric_limits<std::int64_t>::max();
  if (!header || header->name() == "moov" || header->size == 0 ||
      header->size > static_cast<std::uint64_t>(kMaxOffset) - *next_) {
    next_.reset();
    return;
  }
  *next_ += header->size;
}

bool boxes_are_whole(std::uint64_t size, const ReadAt& read) {
  const TopLevel seen = walk(size, read);
  return seen.has_moov && (seen.end == TopLevel::End::OfFile || seen.end == TopLevel::End::Open);
}

std::optional<std::uint64_t> end_of_cut_box(std::uint64_t size, const ReadAt& read) {
  const TopLevel seen = walk(size, read);
  constexpr auto kMaxOffset = std::numeric_limits<std::int64_t>::max();
  if (seen.end != TopLevel::End::Cut || !is_first_box(seen.last.name()) ||
      seen.last.size > static_cast<std::uint64_t>(kMaxOffset) - seen.offset)
    return std::nullopt;
  return seen.offset + seen.last.size;
}

}  // namespace airforce
