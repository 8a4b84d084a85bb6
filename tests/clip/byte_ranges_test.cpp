// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip/byte_ranges.h"

#include <bitset>
#include <random>

#include <gtest/gtest.h>

namespace airforce::test {
namespace {

TEST(ByteRanges, joins_what_touches_or_overlaps) {
  ByteRanges ranges;
  ranges.add(10, 20);
  ranges.add(30, 40);
  EXPECT_EQ(ranges.contiguous(10), 10u);
  EXPECT_EQ(ranges.next_present(20), 30u);
  ranges.add(20, 30);
  EXPECT_EQ(ranges.contiguous(10), 30u);
  EXPECT_EQ(ranges.count(), 30u);
  ranges.add(5, 100);
  EXPECT_EQ(ranges.contiguous(5), 95u);
}

TEST(ByteRanges, an_empty_interval_is_nothing) {
  ByteRanges ranges;
  ranges.add(5, 5);
  ranges.add(9, 3);
  EXPECT_TRUE(ranges.empty());
  EXPECT_EQ(ranges.next_present(0), ByteRanges::kNone);
  EXPECT_EQ(ranges.first_missing(0), 0u);
}

TEST(ByteRanges, splits_where_the_middle_is_removed) {
  ByteRanges ranges;
  ranges.add(0, 100);
  ranges.remove(40, 60);
  EXPECT_EQ(ranges.contiguous(0), 40u);
  EXPECT_EQ(ranges.contiguous(50), 0u);
  EXPECT_EQ(ranges.next_present(50), 60u);
  EXPECT_EQ(ranges.count(), 80u);
}

TEST(ByteRanges, agrees_with_a_set_of_bits_whatever_is_done_to_both) {
  constexpr std::size_t kSize = 200;
  std::mt19937 random(1);
  ByteRanges ranges;
  std::bitset<kSize> bits;
  for (int step = 0; step < 20'000; ++step) {
    const std::size_t first = random() % kSize;
    const std::size_t end = first + random() % (kSize - first);
    const bool add = random() % 2 == 0;
    add ? ranges.add(first, end) : ranges.remove(first, end);
    for (auto bit = first; bit < end; ++bit) bits[bit] = add;

    ASSERT_EQ(ranges.count(), bits.count());
    const std::size_t offset = random() % kSize;
    auto missing = offset;
    while (missing < kSize && bits[missing]) ++missing;
    ASSERT_EQ(ranges.first_missing(offset), missing);
    auto present = offset;
    while (present < kSize && !bits[present]) ++present;
    ASSERT_EQ(ranges.next_present(offset), present < kSize ? present : ByteRanges::kNone);
  }
}

}  // namespace
}  // namespace airforce::test
