// SPDX-License-Identifier: LGPL-2.1-or-later
// As much of MP4 (ISO/IEC 14496-12) as a downloader needs: is it one, where is moov, does it end
// where its boxes end. Whether it may be played is mp4_check.h's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace airforce {

// How many bytes of the beginning identify an MP4.
inline constexpr std::size_t kMp4BeginSize = 8;

// Whether a file that begins so can be an MP4 or QuickTime file.
bool begins_like_mp4(std::span<const char> begin);
// What a file that begins otherwise looks like, for a message: "a web page", "JSON", "empty".
std::string describe_begin(std::span<const char> begin);

struct BoxHeader {
  static constexpr std::size_t kMax = 16;
  std::array<char, 4> type{};
  std::uint64_t size = 0;  // of the whole box, header included; 0: to the end of the file

  std::string_view name() const { return {type.data(), type.size()}; }
};

// Unset if `bytes` is too short to hold one (8, or 16 where the size has 64 bits), or if the size
// is less than the header's.
std::optional<BoxHeader> parse_box_header(std::span<const char> bytes);

// Walks from top-level box to top-level box until moov is found, whatever the order in which the
// bytes come.
class MoovFinder {
 public:
  // Where the next box header is expected; unset once moov is found, or when it can't be.
  std::optional<std::uint64_t> next_header() const { return next_; }
  // Up to BoxHeader::kMax bytes at next_header(). Too few leave it where it is; what is no box
  // ends the search.
  void feed(std::span<const char> bytes);

 private:
  std::optional<std::uint64_t> next_ = 0;
};

// Fills a span from an offset of the file; returns the count.
using ReadAt = std::function<std::size_t(std::uint64_t offset, std::span<char> buffer)>;

// Whether a file of `size` bytes has a moov and ends where its last top-level box ends.
bool boxes_are_whole(std::uint64_t size, const ReadAt& read);
// Where a file of `size` bytes would end if its last box, one that MP4s are made of, were whole.
// Unset if nothing is missing, or if what lies there is no such box: players pass over that.
std::optional<std::uint64_t> end_of_cut_box(std::uint64_t size, const ReadAt& read);

}  // namespace airforce
