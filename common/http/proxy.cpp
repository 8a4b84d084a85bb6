// SPDX-License-Identifier: LGPL-2.1-or-later
#include "http/proxy.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <glib.h>

namespace airforce::http {
namespace {

std::string variable(const char* name) {
  const char* lower = std::getenv(name);
  if (lower != nullptr && *lower != '\0') return lower;
  const GCharPtr upper_name(g_ascii_strup(name, -1));
  // A web server gives a CGI program the request's header "Proxy" under this name.
  if (std::string_view(name) == "http_proxy" && std::getenv("REQUEST_METHOD") != nullptr) return {};
  const char* upper = std::getenv(upper_name.get());
  return upper != nullptr ? upper : "";
}

// As GIO spells it; "" for none.
std::string proxy_uri(const std::string& proxy) {
  if (proxy.empty() || proxy.find("://") != std::string::npos) {
    // GIO's SOCKS 5 leaves names to the proxy, as "socks5h" asks for.
    return proxy.starts_with("socks5h://") ? "socks5://" + proxy.substr(10) : proxy;
  }
  return "http://" + proxy;
}

std::vector<std::string> words_of(const std::string& list) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while ((at = list.find_first_not_of(", \t", at)) != std::string::npos) {
    const std::size_t end = std::min(list.find_first_of(", \t", at), list.size());
    std::string word = list.substr(at, end - at);
    at = end;
    if (word.starts_with('[') && word.ends_with(']')) word = word.substr(1, word.size() - 2);
    // "example.com." is the same name.
    if (word.size() > 1 && word.ends_with('.')) word.pop_back();
    // GIO would print a warning about what is no network.
    const GObjectPtr<GInetAddressMask> network(
        g_inet_address_mask_new_from_string(word.c_str(), nullptr));
    const bool is_name = !network && word.find_first_of("[]/:") == std::string::npos;
    if (is_name) words.push_back(word + ".");
    if (network || word.find_first_of("[]/") == std::string::npos || word.starts_with('['))
      words.push_back(std::move(word));
  }
  return words;
}

}  // namespace

ProxyEnvironment proxy_environment() {
  return {variable("http_proxy"), variable("https_proxy"), variable("all_proxy"),
          variable("no_proxy")};
}

GObjectPtr<GProxyResolver> make_proxy_resolver(const ProxyEnvironment& environment) {
  std::string http = proxy_uri(environment.http);
  std::string https = proxy_uri(environment.https);
  std::string all = proxy_uri(environment.all);
  if (http.empty() && https.empty() && all.empty()) return nullptr;
  std::vector<std::string> direct = words_of(environment.none);
  for (const std::string& word : direct) {
    if (word == "*") http = https = all = "";
  }
  for (const char* here : {"localhost", "127.0.0.0/8", "::1"}) direct.emplace_back(here);
  std::vector<char*> ignored;
  for (std::string& host : direct) ignored.push_back(host.data());
  ignored.push_back(nullptr);
  GObjectPtr<GProxyResolver> resolver(
      g_simple_proxy_resolver_new(all.empty() ? nullptr : all.c_str(), ignored.data()));
  auto* simple = G_SIMPLE_PROXY_RESOLVER(resolver.get());
  if (!http.empty()) g_simple_proxy_resolver_set_uri_proxy(simple, "http", http.c_str());
  if (!https.empty()) g_simple_proxy_resolver_set_uri_proxy(simple, "https", https.c_str());
  return resolver;
}

}  // namespace airforce::http
