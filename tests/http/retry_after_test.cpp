// SPDX-License-Identifier: LGPL-2.1-or-later
#include "http/retry_after.h"

#include <gtest/gtest.h>

namespace airforce::http {
namespace {

constexpr std::int64_t kNow = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT

TEST(RetryAfter, is_a_number_of_seconds) {
  EXPECT_EQ(retry_after("0", kNow), 0);
  EXPECT_EQ(retry_after("120", kNow), 120);
  EXPECT_EQ(retry_after("  7 ", kNow), 7);
}

TEST(RetryAfter, is_rounded_up_where_a_proxy_gives_a_fraction) {
  EXPECT_EQ(retry_after("29.2", kNow), 30);
  EXPECT_EQ(retry_after("30.0", kNow), 30);
}

TEST(RetryAfter, is_a_date_in_each_form_that_http_ever_had) {
  EXPECT_EQ(retry_after("Sun, 06 Nov 1994 08:50:37 GMT", kNow), 60);
  EXPECT_EQ(retry_after("Sunday, 06-Nov-94 08:50:37 GMT", kNow), 60);
  EXPECT_EQ(retry_after("Sun Nov  6 08:50:37 1994", kNow), 60);
}

TEST(RetryAfter, is_never_negative) {
  EXPECT_EQ(retry_after("Sun, 06 Nov 1994 08:49:00 GMT", kNow), 0);
}

TEST(RetryAfter, is_long_where_the_number_is_beyond_all_numbers) {
  EXPECT_GT(retry_after("99999999999999999999999999", kNow), 1e9);
}

TEST(RetryAfter, is_unset_where_it_is_neither) {
  for (const char* wrong :
       {"", " ", "soon", "-1", ".", "1e3", "+5", "5s", "0x10", "Sun, 99 Foo 1994 08:49:37 GMT"}) {
    EXPECT_EQ(retry_after(wrong, kNow), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace airforce::http
