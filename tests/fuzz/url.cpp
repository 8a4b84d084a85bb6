// SPDX-License-Identifier: LGPL-2.1-or-later
// Where the key may go is decided by these: input is a URL, and behind a line break where it
// redirects to.
#include "http/url.h"

#include <algorithm>

#include "fuzz.h"
#include "store/redis_address.h"
#include "values/error.h"

namespace {

using namespace airforce;

void check_base_url(const std::string& url) {
  try {
    const std::string base = http::checked_base_url(url);
    fuzz::require(http::is_https(base) || http::is_loopback(base),
                  "the key is not sent in the clear");
    fuzz::require(http::origin_of(base) == http::origin_of(url),
                  "a checked URL has the same origin");
  } catch (const Error& error) {
    fuzz::require(error.kind == ErrorKind::Settings, "a base URL is refused as a wrong setting");
  }
}

void check_redirect(const std::string& url, const std::string& location) {
  const std::string target = http::redirect_target(url, location);
  if (target.empty()) return;
  fuzz::require(!http::origin_of(target).empty(), "a redirect leads to a server");
  fuzz::require(!http::is_https(url) || http::is_https(target), "https stays https");
}

void check_shown(const std::string& url) {
  const std::string origin = http::origin_of(url);
  const std::string shown = http::redacted(url);
  fuzz::require(shown.find_first_of("?#") == std::string::npos, "no query is shown");
  fuzz::require(origin.empty() || http::origin_of(shown) == origin, "what is shown has the origin");
}

void check_store(const std::string& uri) {
  try {
    const RedisAddress address(uri);
    fuzz::require(!address.host.empty() || !address.socket.empty(), "an address leads somewhere");
    fuzz::require(address.port > 0 && address.port < 65536, "a port is one");
    // A socket's path may happen to hold the same letters, and is shown.
    const std::string secret = ":" + address.password + "@";
    fuzz::require(address.password.size() < 4 || address.socket.find(secret) != std::string::npos ||
                      address.shown().find(secret) == std::string::npos,
                  "no password is shown");
  } catch (const Error& error) {
    fuzz::require(error.kind == ErrorKind::Settings, "a store is refused as a wrong setting");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const std::string url(text.substr(0, text.find('\n')));
  const std::string location(text.substr(std::min(text.size(), url.size() + 1)));
  check_base_url(url);
  check_redirect(url, location);
  check_shown(url);
  if (is_redis_uri(url)) check_store(url);
  return 0;
}
