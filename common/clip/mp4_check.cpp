// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip/mp4_check.h"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

namespace airforce {
namespace {

constexpr unsigned kMaxDepth = 8;  // moov/trak/mdia/minf/stbl/stsd is 6

// The boxes on the way from moov to the sample tables.
constexpr std::array<std::string_view, 6> kContainers = {"trak", "mdia", "minf",
                                                         "stbl", "edts", "mvex"};
// Tables that begin with version, flags and a count of entries, with the least bytes of an entry.
struct Table {
  std::string_view type;
  std::uint64_t entry_bytes;
};
constexpr std::array<Table, 8> kTables = {{
    {"stts", 8},
    {"ctts", 8},
    {"stsc", 12},
    {"stco", 4},
    {"co64", 8},
    {"stss", 4},
    {"stps", 4},
    {"elst", 12},
}};

std::uint64_t number(std::span<const char> bytes, std::size_t offset) {
  std::uint64_t value = 0;
  for (const char byte : bytes.subspan(offset, 4)) {
    value = value << 8 | static_cast<unsigned char>(byte);
  }
  return value;
}

// Printable ASCII, or the copyright sign that QuickTime's types begin with.
bool is_type(std::string_view type) {
  return std::all_of(type.begin(), type.end(),
                     [](char c) { return (c >= ' ' && c <= '~') || c == '\xa9'; });
}

class MoovCheck {
 public:
  explicit MoovCheck(const Mp4Limits& limits) : limits_(limits) {}

  std::optional<std::string> problem(std::span<const char> moov) {
    walk(moov, 0);
    if (!problem_ && tracks_ == 0) problem_ = "has no tracks";
    return problem_;
  }

 private:
  void walk(std::span<const char> bytes, unsigned depth) {
    if (depth > kMaxDepth) problem_ = "has boxes that are nested too deep";
    while (!problem_ && bytes.size() >= 8) {
      if (++boxes_ > limits_.boxes) {
        problem_ = "has too many boxes in its index";
        return;
      }
      const auto header = parse_box_header(bytes);
      // Some writers end a list by four zero bytes; players pass over what is cut.
      if (!header || header->size == 0 || header->size > bytes.size()) return;
      const std::size_t begin = number(bytes, 0) == 1 ? BoxHeader::kMax : 8;
      const auto size = static_cast<std::size_t>(header->size);
      look_at(*header, bytes.subspan(begin, size - begin), depth);
      bytes = bytes.subspan(size);
    }
  }

  void look_at(const BoxHeader& header, std::span<const char> content, unsigned depth) {
    const std::string_view type = header.name();
    if (type == "rmra") {
      problem_ = "is a QuickTime reference movie, which only names other places";
    } else if (type == "cmov") {
      problem_ = "has a compressed index";
    } else if (type == "stsz" || type == "stz2") {
      if (content.size() < 12) return;
      samples_ += number(content, 8);
      if (samples_ > limits_.samples) problem_ = "has an index of too many samples";
    } else if (const auto table = std::find_if(kTables.begin(), kTables.end(),
                                               [type](const Table& t) { return t.type == type; });
               table != kTables.end()) {
      if (content.size() < 8) return;
      const std::uint64_t entries = number(content, 4);
      entries_ += std::min(entries, content.size() / table->entry_bytes + 1);
      if (entries_ > limits_.entries) problem_ = "has an index of too many entries";
    } else if (std::find(kContainers.begin(), kContainers.end(), type) != kContainers.end()) {
      if (type == "trak") ++tracks_;
      walk(content, depth + 1);
    }
  }

  const Mp4Limits& limits_;
  std::optional<std::string> problem_;
  std::uint64_t samples_ = 0;
  std::uint64_t entries_ = 0;
  unsigned boxes_ = 0;
  unsigned tracks_ = 0;
};

constexpr const char* kNoIndex = "has no index (moov)";

// Four printable characters where the size of the first box is: some 500 MB or more. What begins so
// is a text format to other programs. A large file may begin with its media data.
bool is_text(std::span<const char> begin) {
  const std::string_view type(begin.data() + 4, 4);
  return type != "mdat" && std::all_of(begin.begin(), begin.begin() + 4,
                                       [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
}

std::string no_mp4(const std::string& why) {
  return "is not an MP4 or QuickTime file (" + why + ")";
}

}  // namespace

std::optional<std::string> mp4_problem(const SizeOf& size, const ReadAt& read,
                                       const Mp4Limits& limits) {
  std::uint64_t offset = 0;
  for (unsigned boxes = 0; boxes < limits.boxes; ++boxes) {
    std::array<char, BoxHeader::kMax> bytes{};
    const std::size_t count = read(offset, bytes);
    const std::uint64_t end_of_file = size().value_or(std::numeric_limits<std::int64_t>::max());
    const auto begin = std::span<const char>(bytes).first(count);
    if (offset == 0 && !begins_like_mp4(begin)) return no_mp4("it is " + describe_begin(begin));
    if (count == 0) return kNoIndex;
    const auto header = parse_box_header(begin);
    if (!header || !is_type(header->name()))
      return offset == 0 ? no_mp4("its first box is malformed") : kNoIndex;
    if (offset == 0 && is_text(begin)) return no_mp4("it begins with text");
    const bool is_moov = header->name() == "moov";
    if (header->size == 0 && !is_moov) return kNoIndex;
    if (header->size > end_of_file - std::min(end_of_file, offset)) {
      if (offset == 0) return no_mp4("its first box is larger than the file");
      return is_moov ? "has an index that is cut off" : kNoIndex;
    }
    if (is_moov) {
      // One that continues to an end that is not known yet may be of any size.
      const std::uint64_t moov_size = header->size == 0 ? end_of_file - offset : header->size;
      if (moov_size > limits.moov_bytes) return "has an index (moov) of more than 32 MiB";
      std::vector<char> moov(static_cast<std::size_t>(moov_size));
      if (read(offset, moov) < moov.size()) return "has an index that is cut off";
      const std::size_t header_size = number(moov, 0) == 1 ? BoxHeader::kMax : 8;
      return MoovCheck(limits).problem(std::span<const char>(moov).subspan(header_size));
    }
    offset += header->size;
  }
  return "has too many boxes before its index";
}

}  // namespace airforce
