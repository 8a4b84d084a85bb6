// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/text.h"

#include <algorithm>

#include <glib.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "values/glib_ptr.h"

namespace airforce {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using namespace std::string_view_literals;

TEST(DisplayText, is_one_line_without_control_characters) {
  EXPECT_EQ(display_text(" a\n\t b\r\n\x1b[31mc\x07 \0d \xE2\x80\xA8 e "sv),
            "a b [31mc \xEF\xBF\xBD"
            "d e");
  EXPECT_EQ(display_text("ab\xE2\x80\xAE"
                         "dc"),
            "abdc");
  EXPECT_EQ(display_text("a ?x=1 b ?y=1"), "a b");
  // One emoji of two, and one that nobody sees.
  EXPECT_EQ(display_text("\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x9A\x80 \xE2\x80\x8B"),
            "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x9A\x80");
  EXPECT_EQ(display_text(""), "");
}

TEST(DisplayText, leaves_out_whatever_nobody_sees) {
  for (const char* invisible :
       {"\x1b",   "\x7f",   "\u0085",     "\u009b",     "\u00ad",     "\u034f",    "\u061c",
        "\u115f", "\u180e", "\u200b",     "\u200d",     "\u200e",     "\u202e",    "\u2060",
        "\u2065", "\u2066", "\u2069",     "\u2800",     "\u3164",     "\ufe00",    "\ufe0f",
        "\ufeff", "\uffa0", "\U000e0001", "\U000e0041", "\U000e007f", "\U000e0100"}) {
    const std::string text = std::string("a") + invisible + "b";
    EXPECT_EQ(display_text(text), "ab") << text;
    EXPECT_EQ(visible_line(text), "ab") << text;
  }
  EXPECT_EQ(visible_line("\u2764\ufe0f\u200d\U0001f525"), "\u2764\ufe0f\u200d\U0001f525");
  // A joiner joins nothing to what is left out.
  EXPECT_EQ(visible_line("\U0001f469\u200d\u2065"), "\U0001f469");
  EXPECT_EQ(visible_line("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD") << "a surrogate";
}

TEST(VisibleLine, keeps_all_of_a_text) {
  EXPECT_EQ(visible_line("see https://h/p?q=1\n" + std::string(1000, 'x')),
            "see https://h/p?q=1 " + std::string(1000, 'x'));
}

TEST(PrintableJson, has_escapes_for_what_nobody_sees) {
  EXPECT_EQ(printable_json("{\"a\": \"b\\u001b\u009b\u202e\u200d\U000e0041\u2028 \u00fc\"}\n"),
            "{\"a\": \"b\\u001b\\u009b\\u202e\\u200d\\udb40\\udc41\\u2028 \u00fc\"}\n");
}

TEST(ShellQuoted, is_one_word_of_a_shell) {
  EXPECT_EQ(shell_quoted("vid_01.mp4"), "vid_01.mp4");
  EXPECT_EQ(shell_quoted(""), "''");
  EXPECT_EQ(shell_quoted("a b"), "'a b'");
  EXPECT_EQ(shell_quoted("$(reboot)"), "'$(reboot)'");
  EXPECT_EQ(shell_quoted("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quoted("a\nb\x1b'\\"), "$'a\\x0ab\\x1b\\'\\\\'");
  EXPECT_EQ(shell_quoted("a\u202eb"), "$'a\\xe2\\x80\\xaeb'");
}

TEST(Listed, is_cut_after_ten) {
  EXPECT_EQ(listed({}), "");
  EXPECT_EQ(listed({"a", "b"}), "a, b");
  EXPECT_EQ(listed({"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"}),
            "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 \u2026 and 2 more");
}

TEST(DisplayText, is_utf8_whatever_comes) {
  for (const std::string_view bytes :
       {"\xFF\xFE"sv, "a\xC3"sv, "\xED\xA0\x80"sv, "\xF0\x9F\xA6"sv, "a\0b"sv}) {
    const std::string text = display_text(bytes);
    EXPECT_TRUE(g_utf8_validate(text.c_str(), -1, nullptr));
  }
}

TEST(DisplayText, is_cut_between_characters_with_an_ellipsis) {
  std::string long_text;
  for (int i = 0; i < 400; ++i) long_text += "ü";
  const std::string text = display_text(long_text, 300);
  EXPECT_EQ(g_utf8_strlen(text.c_str(), -1), 300);
  EXPECT_TRUE(g_utf8_validate(text.c_str(), -1, nullptr));
  EXPECT_THAT(text, EndsWith("ü…"));
  EXPECT_EQ(shortened("abc", 3), "abc");
  EXPECT_EQ(shortened("abcd", 3), "ab…");
  EXPECT_EQ(shortened("abcd", 0), "");
}

class Secret : public testing::TestWithParam<const char*> {};

TEST_P(Secret, is_not_shown) {
  const std::string text = display_text(GetParam());
  EXPECT_THAT(text, Not(HasSubstr("canary"))) << text;
  EXPECT_THAT(text, HasSubstr("before")) << text;
  EXPECT_THAT(text, HasSubstr("after")) << text;
}

INSTANTIATE_TEST_SUITE_P(
    DisplayText, Secret,
    testing::Values("before https://cdn.host/v.mp4?X-Amz-Signature=canary&a=b after",
                    "before http://h/p?canary after", "before https://h/p#canary after",
                    "before https://user:canary@h/p after", "before \"https://h/?a=canary\" after",
                    "before /video/v.mp4?token=canary after",
                    "before (HTTPS://H/P?A=CANARYcanary) after", "before redis://:canary@h/0 after",
                    "before Bearer canary-1234 after", "before sk-air-canary0123 after",
                    "before ?sig=canary after", "before https://h/a?x=https://g/b?y=canary after",
                    "before https://user:p@canary@h/p after", "before Bearer bearer canary after",
                    "before https://h/p?si\x01g=canary after",
                    "before sk-\xE2\x80\x8B"
                    "air-canary after"));

TEST(DisplayText, hides_a_secret_that_the_cut_would_have_split) {
  const std::string text = display_text("https://h/p?sig=" + std::string(1000, 'c'), 20);
  EXPECT_EQ(text, "https://h/p");
}

TEST(DisplayText, leaves_an_ordinary_sentence_and_a_plain_url_as_they_are) {
  for (const char* plain : {"The model wan-2.6 makes 5 to 10 s; why not ask for 8?",
                            "see https://api.airforce/docs/video", "a = b & c"}) {
    EXPECT_EQ(display_text(plain), plain);
  }
}

TEST(DisplayText, needs_no_long_time_for_hostile_text) {
  for (const char* piece : {"a", "://", "a://", "?a=", "bearer ", "sk-", "<", "@", "\xFF"}) {
    std::string hostile;
    for (int i = 0; i < 1 << 18; ++i) hostile += piece;
    EXPECT_LE(g_utf8_strlen(display_text(hostile).c_str(), -1), 300) << piece;
  }
}

class EchoedSecret : public testing::TestWithParam<std::string> {};

TEST_P(EchoedSecret, is_hidden_however_it_is_spelled) {
  std::string text = "before " + GetParam() + " after";
  hide_secret(text, "sk-air-canary/0123456789");
  EXPECT_EQ(text, "before [hidden] after");
}

INSTANTIATE_TEST_SUITE_P(
    HideSecret, EchoedSecret,
    testing::Values("sk-air-canary/0123456789", "sk-air-canary%2F0123456789",
                    "%73%6b%2Dair-canary%2f0123456789", "sk-air-\ncanary/\t0123456789",
                    R"(sk-air-\ncanary\/0123456789)", R"(\u0073k-air-\u0063anary/0123456789)",
                    "sk-air-\u200Bcanary/0123456789", R"(sk-air-\u200bcanary/0123456789)",
                    "s k - a i r - c a n a r y / 0 1 2 3 4 5 6 7 8 9",
                    "sk-air-canary/01234%2056789", "sk-air-canary/01234+56789",
                    "sk-air-\u034F\u115F\u3164\u2800\uFE0E\uFE0F\U000E0041canary/0123456789",
                    R"(sk-air-\udb40\udc41\u034fcanary/0123456789)",
                    "&#115;&#x6B;-air-canary&#X2f;0123456789",
                    "sk-air-" + std::string(500, '\x1b') + "canary/0123456789"));

TEST(HideSecret, hides_each_and_nothing_else) {
  std::string text = "sk-air-canary/0123456789sk-air-canary/0123456789 sk-air-canary/01234567 sk";
  hide_secret(text, "sk-air-canary/0123456789");
  EXPECT_EQ(text, "[hidden][hidden] sk-air-canary/01234567 sk");
  text = "a sky and a task_id";
  hide_secret(text, "sk");
  EXPECT_EQ(text, "a sky and a task_id");
  hide_secret(text, "");
  EXPECT_EQ(text, "a sky and a task_id");
  text = "&#;&#x;&#99999999999;&#115 &#xk; & sky &#";
  hide_secret(text, "sk-air-canary/0123456789");
  EXPECT_EQ(text, "&#;&#x;&#99999999999;&#115 &#xk; & sky &#");
}

TEST(HideSecret, hides_it_within_base64_of_either_alphabet) {
  for (const char* secret : {"sk-air-canary/0123456789", "sk-air-\xfb\xff\xfe>>>~~~-canary"}) {
    for (std::string around : {"", ":", "u:", "me:", "user:", "{\"key\":\""}) {
      const std::string both = around + secret + around;
      const GCharPtr encoded(
          g_base64_encode(reinterpret_cast<const guchar*>(both.data()), both.size()));
      std::string url_safe = encoded.get();
      std::replace(url_safe.begin(), url_safe.end(), '+', '-');
      std::replace(url_safe.begin(), url_safe.end(), '/', '_');
      std::string wrapped = encoded.get();
      wrapped.insert(16, "\n");
      for (const std::string& echo : {std::string(encoded.get()), url_safe, wrapped}) {
        std::string text = "Basic " + echo + " x";
        hide_secret(text, secret);
        EXPECT_THAT(text, HasSubstr("[hidden]")) << echo;
        EXPECT_THAT(text, StartsWith("Basic "));
        EXPECT_THAT(text, EndsWith(" x"));
        EXPECT_LT(text.size(), 8 + 6 + 2 * (around.size() + 3) * 4 / 3 + 6) << text;
      }
    }
  }
  std::string honest = "c2stYWlyLWNhbmFyeQ==";
  hide_secret(honest, "sk-air-canary/0123456789");
  EXPECT_EQ(honest, "c2stYWlyLWNhbmFyeQ==") << "of another text";
}

TEST(HideSecret, needs_no_long_time_for_hostile_text) {
  for (const char* piece : {"s", "sk-air-canary", "s ", "sk-air-canary/012345678", "\\", "%73", "%",
                            "&#115;", "&", "\u200b"}) {
    std::string hostile;
    for (int i = 0; i < 1 << 16; ++i) hostile += piece;
    hide_secret(hostile, "sk-air-canary/0123456789");
  }
}

TEST(Markup, is_distinguished_from_a_sentence) {
  for (const char* markup :
       {"<!DOCTYPE html><html>", "<html>", "  <HTML lang='en'>", "<?xml version=\"1.0\"?>",
        "502 <center>nginx</center>", "x<br/>y", "<!-- c -->", "</body>"}) {
    EXPECT_TRUE(looks_like_markup(markup)) << markup;
  }
  for (const char* sentence :
       {"duration must be < 10", "a <b", "5 < 6 > 4", "list<int> expected", "", "x <- y"}) {
    EXPECT_FALSE(looks_like_markup(sentence)) << sentence;
  }
}

TEST(NumberText, has_no_needless_digits) {
  EXPECT_EQ(number_text(0.1), "0.1");
  EXPECT_EQ(number_text(900), "900");
}

}  // namespace
}  // namespace airforce
