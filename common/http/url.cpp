// SPDX-License-Identifier: LGPL-2.1-or-later
#include "http/url.h"

#include <algorithm>
#include <cstring>

#include <libsoup/soup.h>

#include "values/error.h"

namespace airforce::http {
namespace {

constexpr auto kUriFlags = static_cast<GUriFlags>(SOUP_HTTP_URI_FLAGS);

// Whether `host`, which GLib has unescaped, could stand in a URL as it is. One that could not was
// written to be misread, or is part of a password with a '@' in it.
bool is_host(const char* host) {
  if (host == nullptr || *host == '\0') return false;
  if (std::strchr(host, ':') != nullptr) return g_hostname_is_ip_address(host) != FALSE;
  return std::all_of(host, host + std::strlen(host), [](char sign) {
    return !g_ascii_iscntrl(sign) && std::strchr(" #%/<>?@[\\]^|", sign) == nullptr;
  });
}

}  // namespace

GUriPtr parse_url(std::string_view url) {
  GUriPtr uri(g_uri_parse(std::string(url).c_str(), kUriFlags, nullptr));
  if (!uri || !is_host(g_uri_get_host(uri.get()))) return nullptr;
  const std::string_view scheme = g_uri_get_scheme(uri.get());
  if (scheme != "http" && scheme != "https") return nullptr;
  return uri;
}

std::string origin_of(std::string_view url) {
  const GUriPtr uri = parse_url(url);
  if (!uri) return {};
  const std::string scheme = g_uri_get_scheme(uri.get());
  const GCharPtr host(g_ascii_strdown(g_uri_get_host(uri.get()), -1));
  const int port = g_uri_get_port(uri.get());
  const bool is_ipv6 = std::string_view(host.get()).find(':') != std::string_view::npos;
  std::string origin =
      scheme + "://" + (is_ipv6 ? "[" + std::string(host.get()) + "]" : std::string(host.get()));
  if (port > 0 && port != (scheme == "https" ? 443 : 80)) origin += ":" + std::to_string(port);
  return origin;
}

bool is_https(std::string_view url) {
  return origin_of(url).starts_with("https://");
}

bool is_loopback(std::string_view url) {
  const GUriPtr uri = parse_url(url);
  if (!uri) return false;
  const char* host = g_uri_get_host(uri.get());
  if (g_ascii_strcasecmp(host, "localhost") == 0) return true;
  const GObjectPtr<GInetAddress> address(g_inet_address_new_from_string(host));
  return address && g_inet_address_get_is_loopback(address.get());
}

std::string redacted(std::string_view url) {
  const GUriPtr uri(g_uri_parse(std::string(url).c_str(), G_URI_FLAGS_NONE, nullptr));
  // What can't be parsed (bytes that are not UTF-8), or names no host ("user:password@host"), is
  // cut where a secret could begin.
  if (!uri || !is_host(g_uri_get_host(uri.get()))) {
    if (std::string origin = origin_of(url); !origin.empty()) return origin;
    const std::string_view head = url.substr(0, url.find_first_of("?#"));
    return std::string(head.find('@') == std::string_view::npos ? head
                                                                : head.substr(0, head.find(':')));
  }
  const GCharPtr text(g_uri_to_string_partial(
      uri.get(),
      static_cast<GUriHideFlags>(G_URI_HIDE_USERINFO | G_URI_HIDE_QUERY | G_URI_HIDE_FRAGMENT)));
  return text.get();
}

std::string checked_base_url(const std::string& base) {
  const GUriPtr uri = parse_url(base);
  const std::string shown = "'" + redacted(base) + "'";
  if (!uri)
    throw Error(ErrorKind::Settings, Step::Settings,
                "the API's base URL " + shown + " is not an http(s) URL",
                "set base_url or AIRFORCE_BASE_URL to something like https://api.airforce");
  if (g_uri_get_userinfo(uri.get()) != nullptr || g_uri_get_query(uri.get()) != nullptr ||
      g_uri_get_fragment(uri.get()) != nullptr)
    throw Error(ErrorKind::Settings, Step::Settings,
                "the API's base URL " + shown + " must not have a user, a query or a fragment",
                "the key belongs in AIRFORCE_API_KEY or api_key_file");
  if (!is_https(base) && !is_loopback(base))
    throw Error(ErrorKind::Settings, Step::Settings,
                "the API's base URL " + shown +
                    " would send the key unencrypted, which is allowed to this machine only",
                "use https://");
  std::string path = g_uri_get_path(uri.get());
  const auto drop_slashes = [&path] {
    while (path.ends_with('/')) path.pop_back();
  };
  drop_slashes();
  // A service with a "/V1" of its own that is not this one is not to be expected.
  if (path.ends_with("/v1") || path.ends_with("/V1")) path.resize(path.size() - 3);
  drop_slashes();
  return origin_of(base) + path;
}

std::string resolved(std::string_view base, std::string_view url) {
  if (url.empty() || !origin_of(url).empty()) return std::string(url);
  const GUriPtr from = parse_url(base);
  if (!from) return std::string(url);
  const GUriPtr target(
      g_uri_parse_relative(from.get(), std::string(url).c_str(), kUriFlags, nullptr));
  if (!target) return std::string(url);
  return GCharPtr(g_uri_to_string(target.get())).get();
}

std::string redirect_target(std::string_view url, std::string_view location) {
  const GUriPtr base = parse_url(url);
  if (!base) return {};
  const GUriPtr target(
      g_uri_parse_relative(base.get(), std::string(location).c_str(), kUriFlags, nullptr));
  if (!target) return {};
  const GCharPtr text(g_uri_to_string(target.get()));
  if (!parse_url(text.get())) return {};
  if (is_https(url) && !is_https(text.get())) return {};
  return text.get();
}

}  // namespace airforce::http
