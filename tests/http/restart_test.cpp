// SPDX-License-Identifier: LGPL-2.1-or-later
// A connection that was kept for the next request is closed at the very moment that it is used.
// No server can be made to hit that moment, so this program has a send() of its own, which the
// libraries call.
#include <atomic>
#include <cerrno>

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "http/session.h"
#include "raw_server.h"

namespace {
std::atomic<int> resets = 0;  // how many calls of send() meet a connection that was reset
}  // namespace

extern "C" __attribute__((visibility("default"))) ssize_t send(int socket, const void* bytes,
                                                               size_t size, int flags) {
  if (resets > 0) {
    --resets;
    errno = ECONNRESET;
    return -1;
  }
  return syscall(SYS_sendto, socket, bytes, size, flags, nullptr, 0);
}

namespace airforce::http {
namespace {

using test::RawConnection;
using test::RawServer;

Request get(const std::string& url) {
  Request request;
  request.url = url;
  return request;
}

// Answers every request, and keeps the connection.
void serve(RawConnection& connection, int) {
  while (!connection.read_request().empty())
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

class Restart : public testing::Test {
 protected:
  // Opens `count` connections at once and leaves them idle.
  void keep_connections(int count) {
    std::vector<std::unique_ptr<ByteStream>> open;
    for (int i = 0; i < count; ++i) open.push_back(session_->open(get(server_.url("/")), nullptr));
    for (const auto& stream : open) {
      std::string buffer(16, ' ');
      std::size_t size = 0;
      while (stream->read(buffer, size, 10, nullptr) == ByteStream::Outcome::Bytes) continue;
    }
  }

  RawServer server_{serve};
  const std::unique_ptr<Session> session_ = make_session("airforce-test/1");
};

TEST_F(Restart, sends_again_what_a_closing_connection_did_not_take) {
  for (int kept = 1; kept <= 3; ++kept) {
    keep_connections(kept);
    resets = 1;
    EXPECT_EQ(session_->send(get(server_.url("/")), nullptr).body, "ok") << kept << " were kept";
    EXPECT_EQ(resets, 0);
  }
}

TEST_F(Restart, goes_on_with_a_connection_of_its_own_not_with_another_that_was_kept) {
  keep_connections(2);
  const int before = server_.connections();
  resets = 1;
  EXPECT_EQ(session_->send(get(server_.url("/")), nullptr).body, "ok");
  EXPECT_EQ(server_.connections(), before + 1);
}

TEST_F(Restart, keeps_a_connection_for_the_next_request) {
  keep_connections(1);
  const int before = server_.connections();
  EXPECT_EQ(session_->send(get(server_.url("/")), nullptr).body, "ok");
  EXPECT_EQ(server_.connections(), before);
}

}  // namespace
}  // namespace airforce::http
