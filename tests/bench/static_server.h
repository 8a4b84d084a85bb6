// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>

#include <sys/types.h>

namespace airforce::bench {

// Serves one file on loopback, with Range, in a process of its own, so that its time and memory are
// not ours.
class StaticServer {
 public:
  // `bytes_per_second`: of all connections together; 0 for as fast as it goes.
  explicit StaticServer(const std::string& path, std::uint64_t bytes_per_second = 0);
  ~StaticServer();
  StaticServer(const StaticServer&) = delete;
  StaticServer& operator=(const StaticServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/clip.mp4"; }

 private:
  pid_t process_ = -1;
  int port_ = 0;
};

}  // namespace airforce::bench
