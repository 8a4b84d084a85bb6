// SPDX-License-Identifier: LGPL-2.1-or-later
// A real redis-server or valkey-server on a free port of loopback, with a directory of its own.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "given.h"

namespace airforce::testing {

class RedisServer {
 public:
  // `program`: a path. It is ready when this returns.
  explicit RedisServer(std::string program, std::vector<std::string> more_arguments = {});
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  int port() const { return port_; }
  std::string socket() const { return directory_.file("redis.sock"); }
  // redis://[USERINFO@]127.0.0.1:PORT/3, with a lease of two seconds.
  std::string uri(const std::string& user_info = {}) const;
  const TempDir& directory() const { return directory_; }

  void kill();
  // On the same port, after kill().
  void start();
  // SIGSTOP and SIGCONT.
  void stop();
  void resume();

 private:
  bool is_ready() const;

  const std::string program_;
  const std::vector<std::string> more_arguments_;
  TempDir directory_;
  int port_ = 0;
  pid_t pid_ = 0;
};

// A port of loopback that nobody uses now.
int free_port();

inline constexpr double kTestLeaseSeconds = 2;

// Paths of valkey-server and redis-server, as far as this machine has them. Tests that take the
// first one run on Redis in Debian 12 and on Valkey in Debian 13.
std::vector<std::string> redis_programs();

}  // namespace airforce::testing
