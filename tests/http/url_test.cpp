// SPDX-License-Identifier: LGPL-2.1-or-later
#include "http/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"

namespace airforce::http {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Origin, is_scheme_host_and_port_in_one_spelling) {
  EXPECT_EQ(origin_of("https://API.Airforce/v1/models?x=1#y"), "https://api.airforce");
  EXPECT_EQ(origin_of("HTTPS://api.airforce:443/"), "https://api.airforce");
  EXPECT_EQ(origin_of("http://h:80"), "http://h");
  EXPECT_EQ(origin_of("http://h:443"), "http://h:443");
  EXPECT_EQ(origin_of("http://[::1]:8080/x"), "http://[::1]:8080");
}

TEST(Origin, is_that_of_the_host_and_not_of_what_looks_like_one) {
  EXPECT_EQ(origin_of("https://api.airforce@evil.example/"), "https://evil.example");
  EXPECT_EQ(origin_of("https://api.airforce.evil.example/"), "https://api.airforce.evil.example");
  EXPECT_NE(origin_of("https://api.airforce:444/"), origin_of("https://api.airforce/"));
  EXPECT_NE(origin_of("http://api.airforce/"), origin_of("https://api.airforce/"));
}

TEST(Origin, is_nothing_where_there_is_no_http_host) {
  for (const char* wrong : {"", "api.airforce", "ftp://h/", "file:///etc/passwd", "https://",
                            "https:///path", "javascript:1", "http:h", "https://me:pass@word@host/",
                            "https://api.airforce%2Fx/", "https://api.airforce%3A80/"}) {
    EXPECT_EQ(origin_of(wrong), "") << wrong;
    EXPECT_FALSE(is_https(wrong)) << wrong;
    EXPECT_FALSE(is_loopback(wrong)) << wrong;
  }
}

TEST(Loopback, is_this_machine_only) {
  for (const char* own : {"http://127.0.0.1:1/", "http://127.8.9.1", "http://localhost",
                          "http://LOCALHOST:80", "http://[::1]/"}) {
    EXPECT_TRUE(is_loopback(own)) << own;
  }
  for (const char* other : {"http://127.0.0.1.evil.example", "http://localhost.evil.example",
                            "http://localhost@evil.example", "http://0.0.0.0", "http://128.0.0.1",
                            "http://[::2]", "http://notlocalhost"}) {
    EXPECT_FALSE(is_loopback(other)) << other;
  }
}

TEST(RedactedUrl, has_neither_user_nor_query_nor_fragment) {
  EXPECT_EQ(redacted("https://cdn.host/v.mp4?sig=canary#canary"), "https://cdn.host/v.mp4");
  EXPECT_EQ(redacted("https://me:canary@cdn.host/v.mp4"), "https://cdn.host/v.mp4");
}

TEST(RedactedUrl, has_no_secret_even_where_it_is_no_url) {
  for (const char* wrong :
       {"https://cdn.host:99999/v?canary", "https://me:canary@[::1", "://x?canary",
        "http://%zz?canary=1#canary", "https://user:canary@ho st/", "me:canary@host",
        "https://h/%gg?x=canary", "https://me:pass@canary@host/"}) {
    EXPECT_THAT(redacted(wrong), Not(HasSubstr("canary"))) << wrong;
  }
}

TEST(RedactedUrl, still_names_the_origin_of_one_that_is_not_utf8) {
  EXPECT_EQ(redacted("https://me:canary@cdn.host/\xA6.mp4?canary"), "https://cdn.host");
}

TEST(BaseUrl, has_one_form) {
  for (const char* base :
       {"https://API.Airforce", "https://api.airforce:443", "https://api.airforce/v1",
        "https://api.airforce/v1/", "https://api.airforce/V1", "https://API.AIRFORCE/V1/",
        "https://api.airforce:443//v1//", "HTTPS://api.airforce/"}) {
    EXPECT_EQ(checked_base_url(base), "https://api.airforce") << base;
  }
  EXPECT_EQ(checked_base_url("http://LOCALHOST:80/v1"), "http://localhost");
  EXPECT_EQ(checked_base_url("https://h/air/v1"), "https://h/air");
  EXPECT_EQ(checked_base_url("https://h/v10"), "https://h/v10");
  EXPECT_EQ(checked_base_url("https://[2001:DB8::1]:8443/v1"), "https://[2001:db8::1]:8443");
}

TEST(ResolvedUrl, is_absolute) {
  const char* request = "https://h:8/air/v1/video/tasks/a?x=1";
  EXPECT_EQ(resolved(request, "https://cdn/a.mp4?s=1"), "https://cdn/a.mp4?s=1");
  EXPECT_EQ(resolved(request, "/cdn/a.mp4?s=1"), "https://h:8/cdn/a.mp4?s=1");
  EXPECT_EQ(resolved(request, "//cdn/a.mp4"), "https://cdn/a.mp4");
  EXPECT_EQ(resolved(request, "a.mp4"), "https://h:8/air/v1/video/tasks/a.mp4");
  EXPECT_EQ(resolved(request, ""), "");
  EXPECT_EQ(resolved(request, "file:///etc/passwd"), "file:///etc/passwd")
      << "refused by whoever opens it";
}

TEST(BaseUrl, is_https_or_on_this_machine_and_loses_its_last_slash) {
  EXPECT_EQ(checked_base_url("https://api.airforce"), "https://api.airforce");
  EXPECT_EQ(checked_base_url("https://api.airforce/"), "https://api.airforce");
  EXPECT_EQ(checked_base_url("https://proxy.example/airforce//"), "https://proxy.example/airforce");
  EXPECT_EQ(checked_base_url("http://127.0.0.1:8080/"), "http://127.0.0.1:8080");
}

std::string refusal(const char* base) {
  const Error error = test::error_of([&] { checked_base_url(base); });
  EXPECT_EQ(error.kind, ErrorKind::Settings) << base;
  EXPECT_EQ(error.charge, Charge::None);
  return error.text();
}

TEST(BaseUrl, is_refused_when_it_would_send_the_key_in_the_clear) {
  EXPECT_THAT(refusal("http://api.airforce"), HasSubstr("unencrypted"));
  EXPECT_THAT(refusal("http://127.0.0.1.evil.example"), HasSubstr("unencrypted"));
}

TEST(BaseUrl, is_refused_without_showing_it_when_invalid_or_with_a_secret) {
  for (const char* wrong : {"", "api.airforce", "ftp://h", "https://", "https://me:canary@h",
                            "https://h?key=canary", "https://h#canary"}) {
    const std::string text = refusal(wrong);
    EXPECT_THAT(text, HasSubstr("base URL")) << wrong;
    EXPECT_THAT(text, Not(HasSubstr("canary"))) << wrong;
  }
}

TEST(Redirect, is_resolved_against_the_url_that_made_it) {
  EXPECT_EQ(redirect_target("https://a/b/c?d", "e?f=1"), "https://a/b/e?f=1");
  EXPECT_EQ(redirect_target("https://a/b/c", "/e"), "https://a/e");
  EXPECT_EQ(redirect_target("https://a/b/c", "//other/e"), "https://other/e");
  EXPECT_EQ(redirect_target("http://a/", "https://b/x%20y"), "https://b/x%20y");
}

TEST(Redirect, never_leaves_https_or_http) {
  for (const char* wrong : {"http://a/", "file:///etc/passwd", "ftp://a/", "data:video/mp4,x",
                            "javascript:x", "https://", "http:"}) {
    EXPECT_EQ(redirect_target("https://a/b", wrong), "") << wrong;
  }
  EXPECT_EQ(redirect_target("https://a/b", ""), "https://a/b");
}

TEST(Origin, has_no_port_that_says_nothing) {
  for (const char* url : {"https://h/p", "https://h:443/p", "https://h:/p", "https://h:0/p"})
    EXPECT_EQ(origin_of(url), "https://h") << url;
  EXPECT_EQ(origin_of("https://h:80/p"), "https://h:80");
}

}  // namespace
}  // namespace airforce::http
