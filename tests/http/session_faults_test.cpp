// SPDX-License-Identifier: LGPL-2.1-or-later
// What a session makes of servers that misbehave, and of being cancelled.
#include <array>
#include <chrono>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/session.h"
#include "local_server.h"
#include "raw_server.h"
#include "support/deaf_port.h"

namespace airforce::http {
namespace {

using test::DeafPort;
using test::LocalServer;
using test::RawConnection;
using test::RawServer;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using Kind = TransportError::Kind;

constexpr const char* kHead = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
constexpr std::chrono::seconds kPrompt(
    5);  // far below the 30 s of a timeout, far above a loaded machine's delays

Request request_of(const char* method, const std::string& url) {
  Request request;
  request.method = method;
  request.url = url;
  return request;
}

class SessionFault : public testing::Test {
 protected:
  // What send() throws.
  TransportError fault_of(const Request& request, GCancellable* cancellable = nullptr) {
    try {
      const Response answer = session_->send(request, cancellable);
      ADD_FAILURE() << "answered " << answer.status << " " << answer.body;
    } catch (const TransportError& error) {
      return error;
    }
    return {Kind::Lost, "nothing was thrown"};
  }

  const std::unique_ptr<Session> session_ = make_session("airforce-test/1");
};

TEST_F(SessionFault, knows_that_nothing_was_delivered_where_nobody_listens) {
  std::string url;
  {
    url = RawServer([](RawConnection&, int) {}).url("/x?canary=1");
  }
  const TransportError error = fault_of(request_of("POST", url));
  EXPECT_EQ(error.kind, Kind::Unreachable);
  EXPECT_FALSE(error.delivered);
  EXPECT_THAT(error.message, HasSubstr("http://127.0.0.1:"));
  EXPECT_THAT(error.message, Not(HasSubstr("canary")));
}

TEST_F(SessionFault, knows_that_nothing_was_delivered_to_a_host_without_an_address) {
  // A label of more than 63 letters has none: that is known without asking anybody.
  const TransportError error = fault_of(request_of("POST", "http://" + std::string(70, 'x') + "/"));
  EXPECT_EQ(error.kind, Kind::Unreachable);
  EXPECT_FALSE(error.delivered);
}

TEST_F(SessionFault, knows_that_nothing_was_delivered_where_the_url_is_none) {
  const TransportError error = fault_of(request_of("POST", "nonsense?canary"));
  EXPECT_FALSE(error.delivered);
  EXPECT_THAT(error.message, Not(HasSubstr("canary")));
}

TEST_F(SessionFault, sends_nothing_to_a_server_whose_certificate_is_not_trusted) {
  GErrorSlot error;
  const GObjectPtr<GTlsCertificate> certificate(
      g_tls_certificate_new_from_file(SELF_SIGNED, error));
  ASSERT_TRUE(certificate) << error->message;
  LocalServer server(
      [](LocalServer&, SoupServerMessage* message) {
        test::answer(message, 200, "text/plain", "");
      },
      certificate.get());
  const TransportError fault = fault_of(request_of("POST", server.url("/")));
  EXPECT_EQ(fault.kind, Kind::Unreachable);
  EXPECT_FALSE(fault.delivered);
  EXPECT_THAT(server.seen(), IsEmpty());
}

TEST_F(SessionFault, cannot_know_whether_a_request_was_carried_out_whose_answer_was_lost) {
  RawServer server([](RawConnection& connection, int) { connection.read_request(); });
  Request request = request_of("POST", server.url("/x?canary=1"));
  request.content_type = "application/json";
  request.body = "{}";
  const TransportError error = fault_of(request);
  EXPECT_EQ(error.kind, Kind::Lost);
  EXPECT_TRUE(error.delivered);
  EXPECT_THAT(error.message, Not(HasSubstr("canary")));
  EXPECT_EQ(server.connections(), 1) << "a POST whose answer was lost was sent again";
}

TEST_F(SessionFault, never_sends_a_post_along_a_connection_that_may_be_closing) {
  std::promise<void> closed;
  RawServer server([&](RawConnection& connection, int number) {
    connection.read_request();
    connection.write(std::string(kHead) + "Content-Length: 2\r\n\r\nok");
    // The first connection stays open for more, and dies by the next request.
    if (number == 0 && !connection.read_request().empty())
      ADD_FAILURE() << "the POST came along the old connection";
  });
  EXPECT_EQ(session_->send(request_of("GET", server.url("/")), nullptr).body, "ok");
  EXPECT_EQ(session_->send(request_of("POST", server.url("/")), nullptr).body, "ok");
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(SessionFault, distinguishes_a_cut_response_from_a_whole_one) {
  for (const std::string head :
       {"Content-Length: 100\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n32\r\n"}) {
    RawServer server([&](RawConnection& connection, int) {
      connection.read_request();
      connection.write(kHead + head + "only a part");
    });
    const TransportError error = fault_of(request_of("GET", server.url("/")));
    EXPECT_EQ(error.kind, Kind::Lost) << head;
  }
}

TEST_F(SessionFault, makes_no_answer_of_what_is_not_http) {
  for (const char* words : {"SSH-2.0-OpenSSH_9.2\r\n", "", "HTTP/1.1\r\n\r\n",
                            "HTTP/1.1 2x0 OK\r\n\r\n", "\r\n\r\n\r\n"}) {
    RawServer server([&](RawConnection& connection, int) {
      connection.read_request();
      connection.write(words);
    });
    EXPECT_TRUE(fault_of(request_of("POST", server.url("/"))).delivered) << words;
  }
}

TEST_F(SessionFault, gives_up_on_a_head_without_an_end) {
  RawServer server([](RawConnection& connection, int) {
    connection.read_request();
    connection.write(kHead);
    while (connection.write("X-Padding: " + std::string(8000, 'x') + "\r\n")) continue;
  });
  Request request = request_of("GET", server.url("/"));
  EXPECT_EQ(fault_of(request).kind, Kind::Lost);
}

TEST_F(SessionFault, bounds_an_answer_however_it_announces_itself) {
  for (const std::string head : {"Content-Length: 99999999999\r\n\r\n", "\r\n"}) {
    RawServer server([&](RawConnection& connection, int) {
      connection.read_request();
      connection.write(kHead + head);
      while (connection.write(std::string(65536, 'x'))) continue;
    });
    Request request = request_of("GET", server.url("/"));
    request.largest_body = 1 << 20;
    const TransportError error = fault_of(request);
    EXPECT_EQ(error.kind, Kind::TooLarge);
    EXPECT_THAT(error.message, HasSubstr("1048576"));
  }
}

TEST_F(SessionFault, reads_nothing_of_an_answer_that_announces_itself_as_too_large) {
  RawServer server([](RawConnection& connection, int) {
    connection.read_request();
    connection.write(kHead + std::string("Content-Length: 1048577\r\n\r\n"));
    connection.wait_for_close();
  });
  Request request = request_of("GET", server.url("/"));
  request.largest_body = 1 << 20;
  EXPECT_EQ(fault_of(request).kind, Kind::TooLarge);
}

TEST_F(SessionFault, waits_no_longer_than_asked_for_a_connection) {
  const DeafPort port;
  Request request = request_of("POST", "http://127.0.0.1:" + std::to_string(port.number()) + "/");
  request.timeout_seconds = 0.1;
  const TransportError error = fault_of(request);
  EXPECT_EQ(error.kind, Kind::TimedOut);
  EXPECT_FALSE(error.delivered);
  EXPECT_THAT(error.message, HasSubstr("could not be reached within"));
}

TEST_F(SessionFault, waits_no_longer_than_asked_for_the_headers) {
  RawServer server([](RawConnection& connection, int) {
    connection.read_request();
    connection.wait_for_close();
  });
  Request request = request_of("POST", server.url("/"));
  request.timeout_seconds = 0.1;
  const TransportError error = fault_of(request);
  EXPECT_EQ(error.kind, Kind::TimedOut);
  EXPECT_TRUE(error.delivered);
}

TEST_F(SessionFault, waits_no_longer_than_asked_in_the_middle_of_a_response) {
  RawServer server([](RawConnection& connection, int) {
    connection.read_request();
    connection.write(std::string(kHead) + "Content-Length: 100\r\n\r\nhalf");
    connection.wait_for_close();
  });
  Request request = request_of("GET", server.url("/"));
  request.timeout_seconds = 0.2;
  EXPECT_EQ(fault_of(request).kind, Kind::TimedOut);
}

TEST_F(SessionFault, sends_nothing_when_it_is_cancelled_before) {
  LocalServer server([](LocalServer&, SoupServerMessage* message) {
    test::answer(message, 200, "text/plain", "");
  });
  const GObjectPtr<GCancellable> cancellable(g_cancellable_new());
  g_cancellable_cancel(cancellable.get());
  const TransportError error = fault_of(request_of("POST", server.url("/")), cancellable.get());
  EXPECT_EQ(error.kind, Kind::Cancelled);
  EXPECT_FALSE(error.delivered);
  EXPECT_THAT(server.seen(), IsEmpty());
}

// Cancels once the server says so, and reports how long it took from there.
template <typename Action>
std::chrono::steady_clock::duration time_to_stop(std::future<void> reached,
                                                 GCancellable* cancellable, Action action) {
  auto working = std::async(std::launch::async, action);
  reached.wait();
  const auto start = std::chrono::steady_clock::now();
  g_cancellable_cancel(cancellable);
  working.get();
  return std::chrono::steady_clock::now() - start;
}

TEST_F(SessionFault, stops_waiting_for_an_answer_as_soon_as_it_is_cancelled) {
  std::promise<void> reached;
  RawServer server([&](RawConnection& connection, int) {
    connection.read_request();
    reached.set_value();
    connection.wait_for_close();
  });
  const GObjectPtr<GCancellable> cancellable(g_cancellable_new());
  const auto time = time_to_stop(reached.get_future(), cancellable.get(), [&] {
    const TransportError error = fault_of(request_of("POST", server.url("/")), cancellable.get());
    EXPECT_EQ(error.kind, Kind::Cancelled);
    EXPECT_TRUE(error.delivered);
  });
  EXPECT_LT(time, kPrompt);
}

TEST_F(SessionFault, stops_reading_a_stream_as_soon_as_it_is_cancelled_and_closes_it) {
  std::promise<void> reached;
  std::promise<void> closed;
  RawServer server([&](RawConnection& connection, int) {
    connection.read_request();
    connection.write(std::string(kHead) + "\r\n");
    reached.set_value();
    connection.wait_for_close();
    closed.set_value();
  });
  const GObjectPtr<GCancellable> cancellable(g_cancellable_new());
  const auto time = time_to_stop(reached.get_future(), cancellable.get(), [&] {
    const auto stream = session_->open(request_of("GET", server.url("/")), nullptr);
    std::array<char, 16> buffer;
    std::size_t count = 0;
    try {
      stream->read(buffer, count, 30, cancellable.get());
      ADD_FAILURE() << "the read ended";
    } catch (const TransportError& error) {
      EXPECT_EQ(error.kind, Kind::Cancelled);
    }
  });
  EXPECT_LT(time, kPrompt);
  EXPECT_EQ(closed.get_future().wait_for(kPrompt), std::future_status::ready);
}

TEST_F(SessionFault, closes_a_stream_that_is_dropped_in_the_middle) {
  std::promise<void> closed;
  RawServer server([&](RawConnection& connection, int) {
    connection.read_request();
    connection.write(std::string(kHead) + "Content-Length: 1000\r\n\r\nsome");
    connection.wait_for_close();
    closed.set_value();
  });
  session_->open(request_of("GET", server.url("/")), nullptr).reset();
  EXPECT_EQ(closed.get_future().wait_for(kPrompt), std::future_status::ready);
}

// A server that begins with `head` and then writes `piece` ever so often.
RawServer dripping(std::string head, std::string piece) {
  return RawServer(
      [head = std::move(head), piece = std::move(piece)](RawConnection& connection, int) {
        connection.read_request();
        connection.write(head);
        while (connection.write(piece)) std::this_thread::sleep_for(std::chrono::milliseconds(20));
      });
}

class DrippingAnswer : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(DrippingAnswer, has_an_end_in_time) {
  const auto [head, piece] = GetParam();
  RawServer server = dripping(head, piece);
  const auto session = make_session("airforce-test/1");
  Request request;
  request.url = server.url();
  request.total_seconds = 0.5;
  const auto start = std::chrono::steady_clock::now();
  try {
    session->send(request, nullptr);
    ADD_FAILURE();
  } catch (const TransportError& error) {
    EXPECT_EQ(error.kind, TransportError::Kind::TimedOut);
    EXPECT_TRUE(error.delivered);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

INSTANTIATE_TEST_SUITE_P(
    Http, DrippingAnswer,
    testing::Values(std::pair("", "HTTP/1.1 102 Processing\r\n\r\n"),
                    std::pair("HTTP/1.1 200 OK\r\nX: ", "x"),
                    std::pair("HTTP/1.1 200 OK\r\n", "X: y\r\n"),
                    std::pair("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", " "),
                    std::pair("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                              "1\r\n \r\n"),
                    std::pair("HTTP/1.1 200 OK\r\n\r\n", " ")));

}  // namespace
}  // namespace airforce::http
