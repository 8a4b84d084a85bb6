// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether a file is an MP4 or QuickTime file that may be delivered, and given to a demuxer. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "clip/mp4_boxes.h"

namespace airforce {

// What a demuxer is given at most. A clip of an hour stays far below.
struct Mp4Limits {
  std::uint64_t moov_bytes = 32u << 20;  // GStreamer's qtdemux takes no larger one
  std::uint64_t samples = 2'000'000;     // of all tracks; a demuxer takes some 40 bytes for each
  std::uint64_t entries = 8'000'000;     // of all tables; each is bounded by its box as well
  unsigned boxes = 10'000;               // before moov, and in one box
  unsigned boxes_behind = 100'000;       // behind moov: two for each fragment
  unsigned tracks = 50;                  // a demuxer has a record of each for each fragment
};

// The size of the file, unset while it is unknown.
using SizeOf = std::function<std::optional<std::uint64_t>()>;

// Reads box headers, and the boxes with numbers that demuxers allocate by: moov, fragments, and
// whatever else a demuxer looks into, wherever it stands.
class Mp4Check {
 public:
  explicit Mp4Check(const Mp4Limits& limits = {}) : limits_(limits) {}

  // Why it must not be played, to follow "it ": "is not an MP4 or QuickTime file (...)". Unset if
  // it may as far as moov, which is all that is looked at.
  std::optional<std::string> problem_up_to_moov(const SizeOf& size, const ReadAt& read);
  // After that: the same of the boxes that begin before `end`. What `read` throws changes nothing:
  // the next call continues.
  std::optional<std::string> problem_before(std::uint64_t end, const SizeOf& size,
                                            const ReadAt& read);
  // Bytes before this have been looked at.
  std::uint64_t checked() const { return next_; }

 private:
  std::optional<std::string> check_root_box(const BoxHeader& header, std::uint64_t end_of_file,
                                            const ReadAt& read);
  void walk(std::span<const char> bytes, unsigned depth);
  void look_at(std::string_view type, std::span<const char> content, unsigned depth);
  void look_at_table(std::string_view type, std::span<const char> content);
  void add_samples(std::uint64_t samples);
  void add_entries(std::uint64_t entries);

  Mp4Limits limits_;
  std::optional<std::string> problem_;
  std::uint64_t next_ = 0;  // the offset of the next root box
  std::uint64_t samples_ = 0;
  std::uint64_t entries_ = 0;
  std::uint64_t chunks_ = 0;
  std::uint64_t largest_chunk_ = 0;  // in samples
  unsigned boxes_ = 0;               // in this root box
  unsigned root_boxes_ = 0;
  unsigned tracks_ = 0;
};

// Mp4Check::problem_up_to_moov() alone, or of the whole file.
std::optional<std::string> mp4_problem(const SizeOf& size, const ReadAt& read,
                                       const Mp4Limits& limits = {});
std::optional<std::string> problem_of_whole_mp4(std::uint64_t size, const ReadAt& read,
                                                const Mp4Limits& limits = {});

}  // namespace airforce
