// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/page_text.h"

#include <gtest/gtest.h>

namespace airforce {
namespace {

TEST(PageText, is_the_title_where_there_is_one) {
  EXPECT_EQ(page_text("<html><head><title>502 Bad Gateway</title></head><body>nginx"),
            "502 Bad Gateway");
  EXPECT_EQ(page_text("<TITLE lang=en>\n Host error </TITLE><p>x"), "Host error");
  EXPECT_EQ(page_text("<title>cut"), "cut");
}

TEST(PageText, is_what_a_reader_sees_where_there_is_no_title) {
  EXPECT_EQ(page_text("<html><style>p{}</style><script>f(\"<b>\")</script><p>No such host</p>"),
            "No such host");
  EXPECT_EQ(page_text("<title> </title><!-- <p>no -->busy<br>later"), "busy later");
  EXPECT_EQ(page_text("<p>a &amp; b&nbsp;&quot;c&quot;"), "a & b \"c\"");
  EXPECT_EQ(page_text("502<br>nginx"), "502 nginx");
}

TEST(PageText, has_no_markup_however_that_is_nested_or_cut) {
  EXPECT_EQ(page_text("<p><<b>b>&lt;b>x"), "b&lt;bx");
  EXPECT_EQ(page_text("<p>x<script>y"), "x");
  EXPECT_EQ(page_text("<p>x<!-- y"), "x");
  EXPECT_EQ(page_text("<p>x<a href='"), "x");
  EXPECT_EQ(page_text("<html></html>"), "");
  EXPECT_EQ(page_text(""), "");
}

TEST(PageText, needs_no_long_time_for_a_page_without_end) {
  for (const char* piece : {"<", "<script>", "<!--", "<title>", "<title ", "&amp;", "\xff"}) {
    std::string page;
    while (page.size() < (1u << 20)) page += piece;
    EXPECT_LT(page_text(page).size(), 16u << 10);
  }
}

}  // namespace
}  // namespace airforce
