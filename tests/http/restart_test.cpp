// SPDX-License-Identifier: LGPL-2.1-or-later
// A connection that was kept for the next request is closed at the very moment that it is used, and
// an answer comes at the very moment that it is given up. No server can be made to hit these, so
// this program has a send() and a recv() of its own, which the libraries call.
#include <atomic>
#include <cerrno>

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "http/session.h"
#include "raw_server.h"

namespace {
std::atomic<int> resets = 0;  // how many calls of send() meet a connection that was reset
// How many calls of recv() of this thread find nothing though something is there, of which the
// first takes this long.
thread_local int late_reads = 0;
constexpr unsigned kLateMicroseconds = 400'000;
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

extern "C" __attribute__((visibility("default"))) ssize_t recv(int socket, void* bytes, size_t size,
                                                               int flags) {
  pollfd readable{socket, POLLIN, 0};
  if (late_reads > 0 && poll(&readable, 1, 0) == 1) {
    if (late_reads-- == 2) usleep(kLateMicroseconds);
    errno = EAGAIN;
    return -1;
  }
  return syscall(SYS_recvfrom, socket, bytes, size, flags, nullptr, nullptr);
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

TEST_F(Restart, continues_on_a_connection_of_its_own_not_on_a_kept_one) {
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

// That of a create says which task was paid for.
TEST_F(Restart, takes_an_answer_that_comes_as_the_time_for_it_is_over) {
  Request post = get(server_.url("/"));
  post.method = "POST";
  post.timeout_seconds = 0.2;
  late_reads = 2;
  EXPECT_EQ(session_->send(post, nullptr).body, "ok");
  EXPECT_EQ(late_reads, 0);
}

}  // namespace
}  // namespace airforce::http
