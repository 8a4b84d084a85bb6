// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip/content_range.h"

#include <gtest/gtest.h>

namespace airforce::test {
namespace {

TEST(ContentRange, reads_a_piece_of_a_known_size) {
  const auto range = parse_content_range("bytes 10-19/100");
  ASSERT_TRUE(range && range->piece);
  EXPECT_EQ(range->piece->first, 10u);
  EXPECT_EQ(range->piece->last, 19u);
  EXPECT_EQ(range->size, 100u);
}

TEST(ContentRange, reads_a_piece_of_an_unknown_size) {
  const auto range = parse_content_range("bytes 0-0/*");
  ASSERT_TRUE(range && range->piece);
  EXPECT_FALSE(range->size);
}

TEST(ContentRange, reads_what_cannot_be_satisfied) {
  const auto range = parse_content_range("bytes */100");
  ASSERT_TRUE(range);
  EXPECT_FALSE(range->piece);
  EXPECT_EQ(range->size, 100u);
}

TEST(ContentRange, allows_any_case_and_space_around) {
  EXPECT_TRUE(parse_content_range(" Bytes  1-2/3 "));
  EXPECT_TRUE(parse_content_range("bytes 0-9223372036854775806/9223372036854775807"));
}

class MalformedContentRange : public testing::TestWithParam<const char*> {};

TEST_P(MalformedContentRange, is_refused) {
  EXPECT_FALSE(parse_content_range(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(
    ContentRange, MalformedContentRange,
    testing::Values("", " ", "bytes", "bytes ", "bytes 1", "bytes 1-", "bytes 1-2", "bytes -2/3",
                    "bytes 1-2/", "bytes 2-1/3", "bytes 1-3/3", "bytes 1-2/3/4", "bytes 12/34",
                    "bytes 1-2-3/4", "bytes */*", "bytes *", "bytes 1-2/-3", "bytes +1-2/3",
                    "bytes 0x1-2/3", "bytes 1 -2/3", "bytes 1-2/3 x", "bytes=1-2/3", "lines 1-2/3",
                    "bytes1-2/3", "bytes 1.0-2/3", "bytes 1-99999999999999999999/*",
                    "bytes 18446744073709551615-18446744073709551616/*"));

TEST(ByteCount, is_digits_and_nothing_else) {
  EXPECT_EQ(parse_byte_count("0"), 0u);
  EXPECT_EQ(parse_byte_count("9223372036854775807"), 9223372036854775807u);
  for (const char* text : {"", " 1", "1 ", "-1", "+1", "1a", "1.5", "9223372036854775808"}) {
    EXPECT_FALSE(parse_byte_count(text)) << text;
  }
}

}  // namespace
}  // namespace airforce::test
