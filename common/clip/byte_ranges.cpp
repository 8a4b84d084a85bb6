// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip/byte_ranges.h"

#include <algorithm>
#include <iterator>

namespace airforce {

void ByteRanges::add(std::uint64_t first, std::uint64_t end) {
  if (end <= first) return;
  auto next = ranges_.upper_bound(first);
  if (next != ranges_.begin()) {
    const auto before = std::prev(next);
    if (before->second >= first) {
      first = before->first;
      end = std::max(end, before->second);
      next = ranges_.erase(before);
    }
  }
  while (next != ranges_.end() && next->first <= end) {
    end = std::max(end, next->second);
    next = ranges_.erase(next);
  }
  ranges_.emplace_hint(next, first, end);
}

void ByteRanges::add(const ByteRanges& other) {
  for (const auto& [first, end] : other.ranges_) add(first, end);
}

void ByteRanges::remove(std::uint64_t first, std::uint64_t end) {
  if (end <= first) return;
  auto range = ranges_.lower_bound(first);
  if (range != ranges_.begin()) {
    const auto before = std::prev(range);
    const auto before_end = before->second;
    if (before_end > first) {
      before->second = first;
      if (before_end > end) ranges_.emplace(end, before_end);
    }
  }
  while (range != ranges_.end() && range->first < end) {
    const auto range_end = range->second;
    range = ranges_.erase(range);
    if (range_end > end) range = ranges_.emplace_hint(range, end, range_end);
  }
}

std::uint64_t ByteRanges::contiguous(std::uint64_t offset) const {
  const auto next = ranges_.upper_bound(offset);
  if (next == ranges_.begin()) return 0;
  const auto end = std::prev(next)->second;
  return end > offset ? end - offset : 0;
}

std::uint64_t ByteRanges::next_present(std::uint64_t offset) const {
  if (contiguous(offset) > 0) return offset;
  const auto next = ranges_.lower_bound(offset);
  return next == ranges_.end() ? kNone : next->first;
}

std::uint64_t ByteRanges::count() const {
  std::uint64_t bytes = 0;
  for (const auto& [first, end] : ranges_) bytes += end - first;
  return bytes;
}

}  // namespace airforce
