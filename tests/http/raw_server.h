// SPDX-License-Identifier: LGPL-2.1-or-later
// A server that says exactly what a test wants, right or wrong: bytes on a TCP connection.
#pragma once

#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gio/gio.h>

#include "values/glib_ptr.h"

namespace airforce::test {

class RawConnection {
 public:
  RawConnection(GObjectPtr<GSocketConnection> connection, GCancellable* cancellable)
      : connection_(std::move(connection)), cancellable_(cancellable) {}
  // A whole request: its head and as much body as Content-Length says; "" if the client is gone.
  const std::string& read_request();
  // What the request that was read asks for: the path, and the first byte of its Range, or 0.
  std::string path() const;
  std::size_t range_first() const;
  // False if the client is gone.
  bool write(std::string_view bytes);
  // Returns when the client has closed, or the server goes.
  void wait_for_close();
  // Makes it end with a reset in place of a close.
  void reset();
  // Carries bytes both ways between the client and this port of this machine, until either closes.
  void tunnel_to(int port);

 private:
  GObjectPtr<GSocketConnection> connection_;
  GCancellable* cancellable_;
  std::string request_;
};

class RawServer {
 public:
  // Runs in a thread of its own for each connection, which is closed when it returns. `number`
  // counts the connections from 0.
  using Script = std::function<void(RawConnection& connection, int number)>;

  explicit RawServer(Script script);
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  std::string url(std::string_view path = "") const;
  int connections() const;

 private:
  void accept_all();

  const Script script_;
  const GObjectPtr<GSocketListener> listener_{g_socket_listener_new()};
  const GObjectPtr<GCancellable> stop_{g_cancellable_new()};
  int port_ = 0;
  mutable std::mutex mutex_;
  std::list<std::thread> threads_;  // under mutex_
  std::thread acceptor_;
};

}  // namespace airforce::test
