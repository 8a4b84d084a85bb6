// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip/mp4_check.h"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

namespace airforce {
namespace {

constexpr unsigned kMaxDepth = 8;  // moov/trak/mdia/minf/stbl/stsd is 6
constexpr std::uint64_t kMaxPosition = std::numeric_limits<std::int64_t>::max();

// Boxes of boxes that qtdemux or FFmpeg's mov demuxer look into.
constexpr std::array<std::string_view, 18> kContainers = {
    "moov", "trak", "mdia", "minf", "stbl", "edts", "mvex", "udta", "dinf",
    "tref", "sinf", "schi", "ilst", "wave", "moof", "traf", "iprp", "gmhd"};
// Tables that begin with version, flags and a count of entries, with the least bytes of an entry.
struct Table {
  std::string_view type;
  std::uint64_t entry_bytes;
};
constexpr std::array<Table, 7> kTables = {{
    {"stts", 8},
    {"ctts", 8},
    {"stsc", 12},
    {"stco", 4},
    {"co64", 8},
    {"stss", 4},
    {"stps", 4},
}};
constexpr std::array<std::string_view, 13> kOthers = {"rmra", "cmov", "stsz", "stz2", "trun",
                                                      "elst", "sidx", "meta", "iinf", "iloc",
                                                      "free", "hoov", "stsd"};

std::uint64_t number(std::span<const char> bytes, std::size_t offset, std::size_t count = 4) {
  std::uint64_t value = 0;
  for (const char byte : bytes.subspan(offset, count)) {
    value = value << 8 | static_cast<unsigned char>(byte);
  }
  return value;
}

bool is_container(std::string_view type) {
  return std::find(kContainers.begin(), kContainers.end(), type) != kContainers.end();
}

const Table* table_of(std::string_view type) {
  const auto* const table = std::find_if(kTables.begin(), kTables.end(),
                                         [type](const Table& t) { return t.type == type; });
  return table != kTables.end() ? table : nullptr;
}

bool is_looked_at(std::string_view type) {
  return is_container(type) || table_of(type) != nullptr ||
         std::find(kOthers.begin(), kOthers.end(), type) != kOthers.end();
}

// Printable ASCII, or the copyright sign that QuickTime's types begin with.
bool is_type(std::string_view type) {
  return std::all_of(type.begin(), type.end(),
                     [](char c) { return (c >= ' ' && c <= '~') || c == '\xa9'; });
}

constexpr const char* kNoIndex = "has no index (moov)";
constexpr const char* kCutIndex = "has an index that is cut off";
constexpr const char* kMalformed = "has a malformed index";

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

std::size_t header_bytes(std::span<const char> box) {
  return number(box, 0) == 1 ? BoxHeader::kMax : 8;
}

// Where the boxes of a meta box begin: before hdlr. MP4 has version and flags in front of them,
// QuickTime has not.
std::span<const char> boxes_of_meta(std::span<const char> content) {
  for (std::size_t at = 4; at + 4 <= content.size(); at += 4) {
    if (std::string_view(content.data() + at, 4) == "hdlr") return content.subspan(at - 4);
  }
  return {};
}

}  // namespace

// What is cut by the end of its parent is read by demuxers as far as it is there.
void Mp4Check::walk(std::span<const char> bytes, unsigned depth) {
  if (depth > kMaxDepth) problem_ = "has boxes that are nested too deep";
  while (!problem_ && bytes.size() >= 8) {
    if (++boxes_ > limits_.boxes) {
      problem_ = "has too many boxes in its index";
      return;
    }
    const auto header = parse_box_header(bytes);
    if (!header) return;
    const std::size_t begin = header_bytes(bytes);
    const auto size = header->size == 0 || header->size > bytes.size()
                          ? bytes.size()
                          : static_cast<std::size_t>(header->size);
    look_at(header->name(), bytes.subspan(begin, size - begin), depth);
    bytes = bytes.subspan(size);
  }
}

void Mp4Check::look_at(std::string_view type, std::span<const char> content, unsigned depth) {
  if (type == "rmra") {
    problem_ = "is a QuickTime reference movie, which only names other places";
  } else if (type == "cmov") {
    problem_ = "has a compressed index";
  } else if (type == "free" || type == "hoov") {
    if (content.size() < 8) return;
    const std::string_view inner(content.data() + 4, 4);
    if (inner == "mvhd" || inner == "cmov") problem_ = "has an index in free space";
  } else if (type == "meta") {
    walk(boxes_of_meta(content), depth + 1);
  } else if (is_container(type)) {
    if (type == "trak" && ++tracks_ > limits_.tracks) problem_ = "has too many tracks";
    if (!problem_) walk(content, depth + 1);
  } else {
    look_at_table(type, content);
  }
}

void Mp4Check::look_at_table(std::string_view type, std::span<const char> content) {
  constexpr std::size_t kVersion = 4;  // and flags
  if (type == "stsz" || type == "stz2") {
    if (content.size() < 12) problem_ = kMalformed;
    if (!problem_) add_samples(number(content, 8));
  } else if (type == "trun") {
    if (content.size() < 8) problem_ = kMalformed;
    if (!problem_) add_samples(number(content, kVersion));
  } else if (type == "iinf" || type == "iloc") {
    // The count has 16 or 32 bits, by the version.
    if (content.size() < 10) return;
    const unsigned at = type == "iloc" ? 6 : 4;
    const auto version = static_cast<unsigned char>(content[0]);
    add_entries(number(content, at, version < (type == "iloc" ? 2 : 1) ? 2 : 4));
  } else if (type == "sidx") {
    add_entries(content.size() / 12);
  } else if (type == "elst") {
    if (content.size() >= 8) add_entries(std::min(number(content, 4), content.size() / 12 + 1));
  } else if (const Table* const table = table_of(type)) {
    if (content.size() < 8) {
      problem_ = kMalformed;
      return;
    }
    const std::uint64_t entries = number(content, kVersion);
    if (entries > (content.size() - 8) / table->entry_bytes) {
      problem_ = "has an index whose tables are cut off";
      return;
    }
    add_entries(entries);
    if (type == "stco" || type == "co64") chunks_ += entries;
    for (std::uint64_t i = 0; type == "stsc" && i < entries; ++i) {
      const auto at = static_cast<std::size_t>(8 + i * table->entry_bytes);
      largest_chunk_ = std::max(largest_chunk_, number(content, at + 4));
    }
    // Raw sound has one entry for each 1024 samples of a chunk, whatever stsz says.
    if ((largest_chunk_ + 1023) / 1024 * chunks_ > limits_.samples)
      problem_ = "has an index of too many samples";
  }
}

void Mp4Check::add_samples(std::uint64_t samples) {
  samples_ += samples;
  if (samples_ > limits_.samples) problem_ = "has an index of too many samples";
}

void Mp4Check::add_entries(std::uint64_t entries) {
  entries_ += entries;
  if (entries_ > limits_.entries) problem_ = "has an index of too many entries";
}

// The box at next_.
std::optional<std::string> Mp4Check::check_root_box(const BoxHeader& header,
                                                    std::uint64_t end_of_file, const ReadAt& read) {
  if (!is_looked_at(header.name())) return std::nullopt;
  constexpr std::uint64_t kEnough = 32;  // of free space, which may be large
  const std::uint64_t rest = end_of_file - std::min(end_of_file, next_);
  std::uint64_t size = header.size == 0 ? rest : std::min(header.size, rest);
  if (header.name() == "free") size = std::min(size, kEnough);
  // One that continues to an end that is not known yet may be of any size.
  if (size > limits_.moov_bytes) return "has an index (moov) of more than 32 MiB";
  std::vector<char> box(static_cast<std::size_t>(size));
  box.resize(read(next_, box));
  if (header.name() == "moov" && box.size() < size) return kCutIndex;
  boxes_ = 0;
  const std::span<const char> bytes(box);
  if (bytes.size() < 8 || bytes.size() < header_bytes(bytes)) return std::nullopt;
  // Also where it stands in a box that is not walked through.
  if (std::string_view(box.data(), box.size()).find("dcomzlib") != std::string_view::npos)
    return "has a compressed index";
  look_at(header.name(), bytes.subspan(header_bytes(bytes)), 0);
  return problem_;
}

std::optional<std::string> Mp4Check::problem_up_to_moov(const SizeOf& size, const ReadAt& read) {
  while (root_boxes_++ < limits_.boxes) {
    std::array<char, BoxHeader::kMax> bytes{};
    const std::size_t count = read(next_, bytes);
    const std::uint64_t end_of_file = size().value_or(kMaxPosition);
    const auto begin = std::span<const char>(bytes).first(count);
    if (next_ == 0 && !begins_like_mp4(begin)) return no_mp4("it is " + describe_begin(begin));
    if (count == 0) return kNoIndex;
    const auto header = parse_box_header(begin);
    if (!header || !is_type(header->name()))
      return next_ == 0 ? no_mp4("its first box is malformed") : kNoIndex;
    if (next_ == 0 && is_text(begin)) return no_mp4("it begins with text");
    const bool is_moov = header->name() == "moov";
    if (header->size == 0 && !is_moov) return kNoIndex;
    if (header->size > end_of_file - std::min(end_of_file, next_)) {
      if (next_ == 0) return no_mp4("its first box is larger than the file");
      return is_moov ? kCutIndex : kNoIndex;
    }
    if (auto problem = check_root_box(*header, end_of_file, read)) return problem;
    next_ = header->size == 0 ? kMaxPosition : next_ + header->size;
    if (is_moov) {
      root_boxes_ = 0;
      return tracks_ == 0 ? std::optional<std::string>("has no tracks") : std::nullopt;
    }
  }
  return "has too many boxes before its index";
}

std::optional<std::string> Mp4Check::problem_before(std::uint64_t end, const SizeOf& size,
                                                    const ReadAt& read) {
  while (!problem_ && next_ < end && next_ < size().value_or(kMaxPosition)) {
    std::array<char, BoxHeader::kMax> bytes{};
    const std::size_t count = read(next_, bytes);
    const auto header = parse_box_header(std::span<const char>(bytes).first(count));
    // What is no box is passed over by demuxers, to the end.
    if (!header) {
      next_ = kMaxPosition;
      break;
    }
    if (++root_boxes_ > limits_.boxes_behind) {
      problem_ = "has too many boxes behind its index";
      break;
    }
    // A second index is passed over.
    if (header->name() != "moov")
      problem_ = check_root_box(*header, size().value_or(kMaxPosition), read);
    next_ = header->size == 0 || header->size > kMaxPosition - next_ ? kMaxPosition
                                                                     : next_ + header->size;
  }
  return problem_;
}

std::optional<std::string> mp4_problem(const SizeOf& size, const ReadAt& read,
                                       const Mp4Limits& limits) {
  return Mp4Check(limits).problem_up_to_moov(size, read);
}

std::optional<std::string> problem_of_whole_mp4(std::uint64_t size, const ReadAt& read,
                                                const Mp4Limits& limits) {
  const auto size_of = [size] { return std::optional(size); };
  Mp4Check check(limits);
  if (auto problem = check.problem_up_to_moov(size_of, read)) return problem;
  return check.problem_before(size, size_of, read);
}

}  // namespace airforce
