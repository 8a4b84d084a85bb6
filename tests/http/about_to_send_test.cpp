// SPDX-License-Identifier: LGPL-2.1-or-later
// The last moment before a request: Request::about_to_send.
#include <atomic>
#include <stdexcept>

#include <gtest/gtest.h>

#include "http/session.h"
#include "raw_server.h"

namespace airforce::http {
namespace {

using test::RawConnection;
using test::RawServer;

struct Objection : std::runtime_error {
  using std::runtime_error::runtime_error;
};

Request post_to(const std::string& url) {
  Request post;
  post.method = "POST";
  post.url = url;
  post.content_type = "application/json";
  post.body = "{}";
  return post;
}

class AboutToSend : public testing::Test {
 protected:
  const std::unique_ptr<Session> session_ = make_session("airforce-test/1");
  std::atomic<int> read_ = 0;
  RawServer server_{[this](RawConnection& connection, int) {
    if (connection.read_request().empty()) return;
    ++read_;
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  }};
};

TEST_F(AboutToSend, is_called_once_when_the_connection_is_ready_and_nothing_is_written) {
  Request post = post_to(server_.url());
  int calls = 0;
  post.about_to_send = [&] {
    ++calls;
    EXPECT_EQ(read_, 0);
  };
  EXPECT_EQ(session_->send(post, nullptr).status, 200);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(read_, 1);
}

TEST_F(AboutToSend, stops_the_request_by_what_it_throws) {
  Request post = post_to(server_.url());
  post.about_to_send = [] { throw Objection("not any more"); };
  EXPECT_THROW(session_->send(post, nullptr), Objection);
  EXPECT_THROW(session_->open(post, nullptr), Objection);
  // The session works as before.
  post.about_to_send = {};
  EXPECT_EQ(session_->send(post, nullptr).status, 200);
  EXPECT_EQ(read_, 1) << "the server saw the last one alone";
}

TEST_F(AboutToSend, is_not_called_where_nobody_listens) {
  std::string url;
  {
    url = RawServer([](RawConnection&, int) {}).url();
  }
  Request post = post_to(url);
  post.about_to_send = [] { FAIL(); };
  EXPECT_THROW(session_->send(post, nullptr), TransportError);
}

TEST_F(AboutToSend, may_take_its_time) {
  Request post = post_to(server_.url());
  post.timeout_seconds = 0.5;
  post.about_to_send = [] { g_usleep(700'000); };
  EXPECT_EQ(session_->send(post, nullptr).status, 200);
}

}  // namespace
}  // namespace airforce::http
