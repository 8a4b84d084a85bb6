// SPDX-License-Identifier: LGPL-2.1-or-later
// What a session does on a server that behaves.
#include "http/session.h"

#include <array>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "local_server.h"
#include "raw_server.h"

namespace airforce::http {
namespace {

using test::LaterAnswer;
using test::LocalServer;
using test::RawConnection;
using test::RawServer;
using test::Seen;
using testing::SizeIs;

constexpr double kLong = 30;  // seconds: a wait that only a bug makes the test see the end of

// The next bytes of a stream.
std::string next_of(ByteStream& stream) {
  std::array<char, 4096> buffer;
  std::size_t count = 0;
  const auto outcome = stream.read(buffer, count, kLong, nullptr);
  return outcome == ByteStream::Outcome::Bytes ? std::string(buffer.data(), count) : std::string();
}

Request get(const std::string& url) {
  Request request;
  request.url = url;
  return request;
}

// An event stream that has begun with "one", and what more is written to it.
class EventStream {
 public:
  struct Ends {
    std::unique_ptr<ByteStream> reader;
    std::shared_ptr<LaterAnswer> writer;
  };

  explicit EventStream(Session& session)
      : ends_{session.open(get(server_.url("/")), nullptr), writer_.get_future().get()} {}
  const Ends& ends() const { return ends_; }

 private:
  std::promise<std::shared_ptr<LaterAnswer>> writer_;
  LocalServer server_{[this](LocalServer& self, SoupServerMessage* message) {
    const auto later = self.answer_later(message, "text/event-stream");
    later->write("one");
    writer_.set_value(later);
  }};
  const Ends ends_;
};

class SessionTest : public testing::Test {
 protected:
  const std::unique_ptr<Session> session_ = make_session("airforce-test/1");
};

TEST_F(SessionTest, sends_a_request_whole_and_gives_the_answer_whole) {
  LocalServer server([](LocalServer&, SoupServerMessage* message) {
    test::add_header(message, "X-Answer", "42");
    test::answer(message, 201, "text/plain", "made");
  });
  Request request = get(server.url("/a%20b?c=d%26"));
  request.method = "POST";
  request.headers = {{"Authorization", "Bearer k"}, {"X-More", "1"}};
  request.content_type = "application/json";
  request.body = std::string("{\0}", 3);
  const Response answer = session_->send(request, nullptr);

  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.reason, "Created");
  EXPECT_EQ(answer.body, "made");
  EXPECT_EQ(answer.header("x-ANSWER"), "42");
  EXPECT_EQ(answer.header("x-missing"), "");
  ASSERT_THAT(server.seen(), SizeIs(1));
  const Seen seen = server.seen()[0];
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.path, "/a%20b");
  EXPECT_EQ(seen.query, "c=d%26");
  EXPECT_EQ(seen.header("authorization"), "Bearer k");
  EXPECT_EQ(seen.header("content-type"), "application/json");
  EXPECT_EQ(seen.header("user-agent"), "airforce-test/1");
  EXPECT_EQ(seen.body, request.body.text());
}

TEST_F(SessionTest, gives_an_answer_of_any_status) {
  LocalServer server([](LocalServer&, SoupServerMessage* message) {
    test::answer(message, 503, "text/html", "<html>");
  });
  const Response answer = session_->send(get(server.url("/")), nullptr);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "<html>");
}

TEST_F(SessionTest, follows_no_redirect) {
  LocalServer server([](LocalServer&, SoupServerMessage* message) {
    test::add_header(message, "Location", "/elsewhere");
    test::answer(message, 302, "text/plain", "");
  });
  const Response answer = session_->send(get(server.url("/here")), nullptr);
  EXPECT_EQ(answer.status, 302);
  EXPECT_EQ(answer.header("location"), "/elsewhere");
  EXPECT_THAT(server.seen(), SizeIs(1));
}

TEST_F(SessionTest, keeps_no_cookie) {
  LocalServer server([](LocalServer&, SoupServerMessage* message) {
    test::add_header(message, "Set-Cookie", "id=1");
    test::answer(message, 200, "text/plain", "");
  });
  session_->send(get(server.url("/")), nullptr);
  session_->send(get(server.url("/")), nullptr);
  ASSERT_THAT(server.seen(), SizeIs(2));
  EXPECT_EQ(server.seen()[1].header("cookie"), "");
}

TEST_F(SessionTest, answers_no_question_for_a_password) {
  LocalServer server([](LocalServer&, SoupServerMessage* message) {
    test::add_header(message, "WWW-Authenticate", "Basic realm=\"x\"");
    test::answer(message, 401, "text/plain", "");
  });
  EXPECT_EQ(session_->send(get(server.url("/")), nullptr).status, 401);
  EXPECT_THAT(server.seen(), SizeIs(1));
}

TEST_F(SessionTest, gives_each_piece_of_a_stream_at_once) {
  const EventStream events(*session_);
  const auto& [stream, later] = events.ends();
  EXPECT_EQ(stream->head().status, 200);
  // The next piece is sent only after the last was read: nothing may wait for more.
  EXPECT_EQ(next_of(*stream), "one");
  later->write("two");
  EXPECT_EQ(next_of(*stream), "two");
  later->write("three");
  EXPECT_EQ(next_of(*stream), "three");
  later->end();
  EXPECT_EQ(next_of(*stream), "");
}

TEST_F(SessionTest, loses_nothing_by_a_wait_that_times_out) {
  const EventStream events(*session_);
  const auto& [stream, later] = events.ends();
  EXPECT_EQ(next_of(*stream), "one");
  std::array<char, 16> buffer;
  std::size_t count = 1;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(stream->read(buffer, count, 0.02, nullptr), ByteStream::Outcome::Silent);
    EXPECT_EQ(count, 0u);
  }
  later->write("two");
  EXPECT_EQ(next_of(*stream), "two");
  later->end();
}

TEST_F(SessionTest, splits_a_piece_over_small_buffers) {
  LocalServer server([](LocalServer&, SoupServerMessage* message) {
    test::answer(message, 200, "text/plain", "abcde");
  });
  const auto stream = session_->open(get(server.url("/")), nullptr);
  std::string all;
  std::array<char, 2> buffer;
  std::size_t count = 0;
  while (stream->read(buffer, count, kLong, nullptr) == ByteStream::Outcome::Bytes)
    all.append(buffer.data(), count);
  EXPECT_EQ(all, "abcde");
}

// libsoup's own default is two connections to a host: the third would wait for ever.
TEST_F(SessionTest, serves_another_request_while_many_streams_of_the_host_are_open) {
  constexpr int kStreams = 12;
  std::mutex mutex;
  std::vector<std::shared_ptr<LaterAnswer>> open;
  LocalServer server([&](LocalServer& self, SoupServerMessage* message) {
    if (g_str_has_suffix(g_uri_get_path(soup_server_message_get_uri(message)), "/plain")) {
      test::answer(message, 200, "text/plain", "plain");
      return;
    }
    const auto later = self.answer_later(message, "text/event-stream");
    later->write(":\n");
    const std::lock_guard lock(mutex);
    open.push_back(later);
  });
  std::vector<std::unique_ptr<ByteStream>> streams;
  for (int i = 0; i < kStreams; ++i) {
    streams.push_back(session_->open(get(server.url("/stream")), nullptr));
    EXPECT_EQ(next_of(*streams.back()), ":\n");
  }
  EXPECT_EQ(session_->send(get(server.url("/plain")), nullptr).body, "plain");
}

TEST_F(SessionTest, serves_many_threads_at_once) {
  LocalServer server([](LocalServer&, SoupServerMessage* message) {
    test::answer(message, 200, "text/plain", g_uri_get_path(soup_server_message_get_uri(message)));
  });
  std::vector<std::future<int>> workers;
  for (int worker = 0; worker < 8; ++worker) {
    workers.push_back(std::async(std::launch::async, [&, worker] {
      int right = 0;
      for (int i = 0; i < 10; ++i) {
        const std::string path = "/" + std::to_string(worker) + "/" + std::to_string(i);
        right += session_->send(get(server.url(path)), nullptr).body == path ? 1 : 0;
      }
      return right;
    }));
  }
  for (auto& worker : workers) EXPECT_EQ(worker.get(), 10);
}

TEST_F(SessionTest, gives_what_a_timed_out_wait_began_to_read_to_smaller_buffers) {
  const EventStream events(*session_);
  const auto& [stream, later] = events.ends();
  EXPECT_EQ(next_of(*stream), "one");
  std::array<char, 16> buffer;
  std::size_t count = 0;
  EXPECT_EQ(stream->read(buffer, count, 0.02, nullptr), ByteStream::Outcome::Silent);
  later->write("abcdefg");
  later->end();
  std::string all;
  const std::span<char> small(buffer.data(), 3);
  while (stream->read(small, count, kLong, nullptr) == ByteStream::Outcome::Bytes)
    all.append(buffer.data(), count);
  EXPECT_EQ(all, "abcdefg");
}

TEST_F(SessionTest, reads_nothing_into_no_buffer_and_nothing_after_the_end) {
  LocalServer server([](LocalServer&, SoupServerMessage* message) {
    test::answer(message, 200, "text/plain", "abc");
  });
  const auto stream = session_->open(get(server.url("/")), nullptr);
  std::array<char, 16> buffer;
  std::size_t count = 1;
  EXPECT_EQ(stream->read({}, count, kLong, nullptr), ByteStream::Outcome::Bytes);
  EXPECT_EQ(count, 0u);
  EXPECT_EQ(next_of(*stream), "abc");
  for (int again = 0; again < 2; ++again)
    EXPECT_EQ(stream->read(buffer, count, kLong, nullptr), ByteStream::Outcome::End);
}

std::string gzipped(std::string_view text) {
  const GObjectPtr<GZlibCompressor> compressor(
      g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1));
  std::string result(text.size() + 256, '\0');
  gsize taken = 0;
  gsize written = 0;
  g_converter_convert(G_CONVERTER(compressor.get()), text.data(), text.size(), result.data(),
                      result.size(), G_CONVERTER_INPUT_AT_END, &taken, &written, nullptr);
  result.resize(written);
  return result;
}

LocalServer::Handler compressed(const char* coding, std::string body) {
  return [coding, body = std::move(body)](LocalServer&, SoupServerMessage* message) {
    test::add_header(message, "Content-Encoding", coding);
    test::answer(message, 200, "application/json", body);
  };
}

TEST_F(SessionTest, asks_for_nothing_compressed) {
  LocalServer server([](LocalServer&, SoupServerMessage* message) {
    test::answer(message, 200, "text/plain", "");
  });
  session_->send(get(server.url()), nullptr);
  session_->open(get(server.url()), nullptr);
  for (const Seen& seen : server.seen()) EXPECT_EQ(seen.header("accept-encoding"), "identity");
}

TEST_F(SessionTest, reads_what_comes_compressed_all_the_same) {
  LocalServer server(compressed("gzip", gzipped("{\"a\":1}")));
  EXPECT_EQ(session_->send(get(server.url()), nullptr).body, "{\"a\":1}");
  const auto stream = session_->open(get(server.url()), nullptr);
  EXPECT_EQ(next_of(*stream), "{\"a\":1}");
}

TEST_F(SessionTest, gives_what_is_compressed_as_it_is_where_that_is_wanted) {
  LocalServer server(compressed("gzip", gzipped("clip")));
  Request request = get(server.url());
  request.decode = false;
  EXPECT_EQ(session_->send(request, nullptr).body, gzipped("clip"));
}

TEST_F(SessionTest, refuses_what_is_compressed_in_an_unknown_way) {
  LocalServer server(compressed("zstd", "x"));
  for (const bool whole : {true, false}) {
    try {
      if (whole) {
        session_->send(get(server.url()), nullptr);
      } else {
        session_->open(get(server.url()), nullptr);
      }
      ADD_FAILURE();
    } catch (const TransportError& error) {
      EXPECT_EQ(error.kind, TransportError::Kind::Unreadable);
    }
  }
}

TEST_F(SessionTest, bounds_what_unpacks_without_an_end) {
  LocalServer server(compressed("gzip", gzipped(std::string(4 << 20, ' '))));
  Request request = get(server.url());
  request.largest_body = 1 << 20;
  try {
    session_->send(request, nullptr);
    ADD_FAILURE();
  } catch (const TransportError& error) {
    EXPECT_EQ(error.kind, TransportError::Kind::TooLarge);
  }
}

TEST(SessionProxy, is_not_used_for_this_machine) {
  LocalServer server([](LocalServer&, SoupServerMessage* message) {
    test::answer(message, 200, "text/plain", "here");
  });
  RawServer proxy([](RawConnection& connection, int) { connection.read_request(); });
  g_setenv("http_proxy", proxy.url().c_str(), TRUE);
  g_setenv("all_proxy", proxy.url().c_str(), TRUE);
  const auto session = make_session("airforce-test/proxy");
  EXPECT_EQ(session->send(get(server.url()), nullptr).body, "here");
  std::string by_name = server.url();
  by_name.replace(by_name.find("127.0.0.1"), 9, "LOCALHOST");
  EXPECT_EQ(session->send(get(by_name), nullptr).body, "here");
  EXPECT_EQ(proxy.connections(), 0);
  EXPECT_THROW(session->send(get("http://api.example/"), nullptr), TransportError);
  EXPECT_EQ(proxy.connections(), 1);
  g_unsetenv("http_proxy");
  g_unsetenv("all_proxy");
}

}  // namespace
}  // namespace airforce::http
