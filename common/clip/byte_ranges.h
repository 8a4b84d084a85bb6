// SPDX-License-Identifier: LGPL-2.1-or-later
// Which bytes of a file are available: a set of half-open intervals, joined where they touch.
#pragma once

#include <cstdint>
#include <limits>
#include <map>

namespace airforce {

class ByteRanges {
 public:
  // What next_present() says where nothing follows.
  static constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();

  // [first, end); empty if end <= first.
  void add(std::uint64_t first, std::uint64_t end);
  void add(const ByteRanges& other);
  void remove(std::uint64_t first, std::uint64_t end);
  void clear() { ranges_.clear(); }

  bool empty() const { return ranges_.empty(); }
  // How many bytes are available in one piece from `offset` on.
  std::uint64_t contiguous(std::uint64_t offset) const;
  // The first missing byte at or after `offset`.
  std::uint64_t first_missing(std::uint64_t offset) const { return offset + contiguous(offset); }
  // The first byte at or after `offset` that is available, or kNone.
  std::uint64_t next_present(std::uint64_t offset) const;
  // How many bytes are available in all.
  std::uint64_t count() const;

 private:
  std::map<std::uint64_t, std::uint64_t> ranges_;  // first to end; never empty, never touching
};

}  // namespace airforce
