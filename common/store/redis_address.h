// SPDX-License-Identifier: LGPL-2.1-or-later
// Where a Redis or Valkey is, from a URI.
#pragma once

#include <string>
#include <string_view>

namespace airforce {

//   redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE][?lease_seconds=15]
//   rediss://...                         with TLS
//   redis+unix:///PATH[?database=0&lease_seconds=15]    (or unix://)
// AIRFORCE_STORE_PASSWORD is the password where the URI has none.
struct RedisAddress {
  std::string host;
  int port = 6379;
  std::string socket;  // a path; then there is no host
  int database = 0;
  std::string user;
  std::string password;
  bool tls = false;
  // How long an owner that is silent counts as alive.
  double lease_seconds = 15;

  // Throws Error{Settings} that does not show the password.
  explicit RedisAddress(const std::string& uri);
  // For people: without user and password.
  std::string shown() const;
};

// Whether it is a URI that RedisAddress reads.
bool is_redis_uri(std::string_view where);

}  // namespace airforce
