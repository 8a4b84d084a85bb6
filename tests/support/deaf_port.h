// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <stdexcept>

#include <netinet/in.h>
#include <sys/socket.h>

#include "values/unique_fd.h"

namespace airforce::test {

// A port of this machine where no connection is ever made: the one that its backlog has room for is
// there, and Linux drops what more is asked for (tcp(7), tcp_abort_on_overflow).
class DeafPort {
 public:
  DeafPort() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* name = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (bind(listener_.get(), name, size) != 0 || listen(listener_.get(), 0) != 0 ||
        getsockname(listener_.get(), name, &size) != 0 || connect(only_.get(), name, size) != 0)
      throw std::runtime_error("no port is available");
    number_ = ntohs(address.sin_port);
  }
  int number() const { return number_; }

 private:
  static int tcp() { return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }

  const UniqueFd listener_{tcp()};
  const UniqueFd only_{tcp()};
  int number_ = 0;
};

}  // namespace airforce::test
