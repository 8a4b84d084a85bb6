// SPDX-License-Identifier: LGPL-2.1-or-later
#include "http/proxy.h"

#include <gtest/gtest.h>

namespace airforce::http {
namespace {

using GStringsPtr = std::unique_ptr<gchar*, Deleter<g_strfreev>>;

// The first proxy for `uri`; "" where the environment names none.
std::string proxy_for(const ProxyEnvironment& environment, const char* uri) {
  const auto resolver = make_proxy_resolver(environment);
  if (!resolver) return {};
  const GStringsPtr proxies(g_proxy_resolver_lookup(resolver.get(), uri, nullptr, nullptr));
  return proxies ? proxies.get()[0] : "";
}

TEST(Proxy, is_the_systems_where_the_environment_names_none) {
  EXPECT_FALSE(make_proxy_resolver({}));
  EXPECT_FALSE(make_proxy_resolver({"", "", "", "example.com"}));
}

TEST(Proxy, is_that_of_the_scheme_or_else_that_of_all) {
  const ProxyEnvironment environment{"http://a:1", "b:2", "socks5h://c:3", ""};
  EXPECT_EQ(proxy_for(environment, "http://example.com/"), "http://a:1");
  EXPECT_EQ(proxy_for(environment, "https://example.com/"), "http://b:2");
  EXPECT_EQ(proxy_for({"", "", "socks5h://c:3", ""}, "https://example.com/"), "socks5://c:3");
  EXPECT_EQ(proxy_for({"http://a:1", "", "", ""}, "https://example.com/"), "direct://");
}

TEST(Proxy, is_none_for_what_no_proxy_names) {
  const ProxyEnvironment environment{"http://a:1", "http://a:1", "",
                                     "example.com, .corp  *.lan,10.0.0.0/8,h:8080,[2001:db8::1],"
                                     "dot.org., .dots.net."};
  for (const char* direct : {"https://dot.org/", "https://api.dot.org/", "https://dot.org./",
                             "https://a.dots.net/", "https://example.com./", "https://example.com/",
                             "https://api.example.com/", "http://a.corp/", "http://b.lan/",
                             "http://10.1.2.3/", "http://h:8080/", "http://[2001:db8::1]/"}) {
    EXPECT_EQ(proxy_for(environment, direct), "direct://") << direct;
  }
  for (const char* proxied : {"https://notexample.com/", "https://example.com.evil/",
                              "https://notdot.org/", "http://11.1.2.3/", "http://h:81/"}) {
    EXPECT_EQ(proxy_for(environment, proxied), "http://a:1") << proxied;
  }
  EXPECT_EQ(proxy_for({"http://a:1", "", "http://a:1", "x,*"}, "http://example.com/"), "direct://");
}

TEST(Proxy, is_never_used_for_this_machine) {
  const ProxyEnvironment environment{"http://a:1", "http://a:1", "http://a:1", ""};
  for (const char* here :
       {"http://localhost:8080/", "http://127.0.0.1/", "http://127.9.9.9:1/", "http://[::1]:1/"}) {
    EXPECT_EQ(proxy_for(environment, here), "direct://") << here;
  }
}

}  // namespace
}  // namespace airforce::http
