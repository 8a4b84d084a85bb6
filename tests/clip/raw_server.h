// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace airforce::test {

// One connection with one request on it.
class RawConnection {
 public:
  RawConnection(int socket, std::string head) : socket_(socket), head_(std::move(head)) {}
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  const std::string& head() const { return head_; }
  // What the request's line and headers ask for: the path, and the first byte of Range, or 0.
  std::string path() const;
  std::size_t range_first() const;
  // Returns false when the other side has gone.
  bool send(std::string_view bytes);
  // Ends with a reset in place of a close.
  void reset();
  // Until the other side closes, or the server stops.
  void wait();

 private:
  int socket_;
  std::string head_;
};

// A server on loopback that says exactly what the test tells it to, one request to a connection.
class RawServer {
 public:
  // Called in a thread for each connection, numbered from 0; the connection is closed when it
  // returns.
  using Handler = std::function<void(RawConnection& connection, int number)>;

  explicit RawServer(Handler handler);
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  std::string url(const std::string& path = "/clip.mp4") const;
  int requests() const { return requests_; }

 private:
  void accept_all();
  void serve(int socket);

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> requests_ = 0;
  std::mutex mutex_;  // of sockets_
  std::list<int> sockets_;
  std::list<std::thread> threads_;  // of the acceptor
  std::thread acceptor_;
};

}  // namespace airforce::test
