// SPDX-License-Identifier: LGPL-2.1-or-later
// The event stream of a task.
#include <future>

#include "api_test.h"

namespace airforce {
namespace {

using api::TaskStream;
using test::ApiTest;
using test::LaterAnswer;
using test::LocalServer;
using test::RawConnection;
using test::RawServer;
using testing::HasSubstr;

constexpr double kLong = 30;  // seconds: a wait that only a bug makes the test see the end of

// A server that opens a stream with `first`, and the hand that writes the rest of it.
class StreamServer {
 public:
  explicit StreamServer(std::string first, const char* type = "text/event-stream")
      : server_(
            [this, first = std::move(first), type](LocalServer& self, SoupServerMessage* message) {
              const auto later = self.answer_later(message, type);
              later->write(first);
              later_.set_value(later);
            }) {}
  std::string url() const { return server_.url(); }
  test::Seen seen() const { return server_.seen().at(0); }
  LaterAnswer& later() {
    if (!writer_) writer_ = later_.get_future().get();
    return *writer_;
  }

 private:
  std::promise<std::shared_ptr<LaterAnswer>> later_;
  std::shared_ptr<LaterAnswer> writer_;
  LocalServer server_;
};

class Follow : public ApiTest {
 protected:
  std::unique_ptr<TaskStream> follow(const std::string& url) {
    api::Client client = client_of(url);
    return client.follow("vid_1", kLong, nullptr);
  }
};

TEST_F(Follow, asks_for_an_event_stream_of_the_task) {
  StreamServer server(":\n");
  follow(server.url());
  EXPECT_EQ(server.seen().method, "GET");
  EXPECT_EQ(server.seen().path, "/v1/video/tasks/vid_1/stream");
  EXPECT_EQ(server.seen().header("accept"), "text/event-stream");
  EXPECT_EQ(server.seen().header("authorization"), std::string("Bearer ") + test::kKey);
}

TEST_F(Follow, passes_over_events_about_another_task) {
  StreamServer server(
      "data: {\"task_id\":\"vid_2\",\"status\":\"completed\"}\n\n"
      "data: {\"task_id\":\"VID_1\",\"status\":\"running\"}\n\n");
  const auto stream = follow(server.url());
  Task task;
  EXPECT_EQ(stream->next(task, kLong, nullptr), TaskStream::Outcome::Alive);
  EXPECT_EQ(stream->next(task, kLong, nullptr), TaskStream::Outcome::Task);
  EXPECT_EQ(task.task_id, "vid_1");
  EXPECT_EQ(task.status, TaskStatus::Running);
}

TEST_F(Follow, gives_each_event_at_once) {
  StreamServer server("event: progress\ndata: {\"status\":\"running\",\"progress\":1}\n\n");
  const auto stream = follow(server.url());
  Task task;
  // The next event is sent only after the last was given: nothing may wait for more.
  EXPECT_EQ(stream->next(task, kLong, nullptr), TaskStream::Outcome::Task);
  EXPECT_EQ(task.progress, 1);
  server.later().write("data: {\"status\":\"running\",\"progress\":58}\r\n\r\n");
  EXPECT_EQ(stream->next(task, kLong, nullptr), TaskStream::Outcome::Task);
  EXPECT_EQ(task.progress, 58);
  server.later().write("event: completed\ndata: {\"status\":\"completed\"}\n\n");
  EXPECT_EQ(stream->next(task, kLong, nullptr), TaskStream::Outcome::Task);
  EXPECT_EQ(task.status, TaskStatus::Completed);
  server.later().end();
  EXPECT_EQ(stream->next(task, kLong, nullptr), TaskStream::Outcome::End);
}

TEST_F(Follow, gives_one_by_one_the_events_that_came_together) {
  StreamServer server(
      "data: {\"progress\":1}\n\ndata: {\"progress\":2}\n\ndata: {\"progress\":3}\n\n");
  const auto stream = follow(server.url());
  Task task;
  for (int progress = 1; progress <= 3; ++progress) {
    EXPECT_EQ(stream->next(task, kLong, nullptr), TaskStream::Outcome::Task);
    EXPECT_EQ(task.progress, progress);
  }
}

TEST_F(Follow, distinguishes_a_comment_and_half_an_event_from_silence) {
  StreamServer server(": keep-alive\n\n");
  const auto stream = follow(server.url());
  Task task;
  EXPECT_EQ(stream->next(task, kLong, nullptr), TaskStream::Outcome::Alive);
  server.later().write("data: {\"prog");
  EXPECT_EQ(stream->next(task, kLong, nullptr), TaskStream::Outcome::Alive);
  EXPECT_EQ(stream->next(task, 0.02, nullptr), TaskStream::Outcome::Silent);
  server.later().write("ress\":7}\n\n");
  EXPECT_EQ(stream->next(task, kLong, nullptr), TaskStream::Outcome::Task);
  EXPECT_EQ(task.progress, 7);
}

TEST_F(Follow, passes_on_how_long_to_wait_before_a_reconnect) {
  StreamServer server("retry: 1500\n");
  const auto stream = follow(server.url());
  EXPECT_EQ(stream->retry_seconds(), std::nullopt);
  Task task;
  stream->next(task, kLong, nullptr);
  EXPECT_EQ(stream->retry_seconds(), 1.5);
}

TEST_F(Follow, takes_a_charset_and_any_case_of_the_type) {
  StreamServer server(":\n", "Text/Event-Stream; charset=utf-8");
  EXPECT_NE(follow(server.url()), nullptr);
}

TEST_F(Follow, refuses_what_is_no_event_stream) {
  StreamServer server("{}", "application/json");
  const Error error = error_of([&] { follow(server.url()); });
  EXPECT_EQ(error.kind, ErrorKind::Protocol);
  EXPECT_EQ(error.step, Step::Follow);
  EXPECT_THAT(error.message, HasSubstr("'application/json'"));
}

TEST_F(Follow, refuses_any_status_but_200) {
  for (const int status : {204, 206, 404, 429, 500}) {
    LocalServer server([&](LocalServer&, SoupServerMessage* message) {
      test::add_header(message, "Retry-After", "3");
      test::answer(message, status, "text/event-stream", "");
    });
    const Error error = error_of([&] { follow(server.url()); });
    EXPECT_EQ(error.http_status, status);
    EXPECT_EQ(error.retry_after_seconds, 3);
  }
}

TEST_F(Follow, says_when_a_stream_breaks_rather_than_ends) {
  RawServer server([](RawConnection& connection, int) {
    connection.read_request();
    connection.write(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: "
        "chunked\r\n\r\n2\r\n:\n\r\n9\r\ndata:");
  });
  const auto stream = follow(server.url());
  const Error error = error_of([&] {
    Task task;
    while (stream->next(task, kLong, nullptr) == TaskStream::Outcome::Alive) continue;
  });
  EXPECT_EQ(error.kind, ErrorKind::Network);
}

TEST_F(Follow, passes_over_what_is_no_news_of_the_task) {
  StreamServer server(
      "data: [1]\n\ndata: ping\n\ndata: {}\n\nevent: error\ndata: {\"error\":\"provider "
      "failed\"}\n\n"
      "data: {\"progress\":2}\n\n");
  const auto stream = follow(server.url());
  Task task;
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(stream->next(task, kLong, nullptr), TaskStream::Outcome::Alive);
  EXPECT_EQ(stream->next(task, kLong, nullptr), TaskStream::Outcome::Task);
  EXPECT_EQ(task.progress, 2);
}

TEST_F(Follow, ends_where_the_service_says_so) {
  StreamServer server(
      "event: state\ndata: {\"status\":\"completed\"}\n\nevent: done\ndata: [DONE]\n\n");
  const auto stream = follow(server.url());
  Task task;
  EXPECT_EQ(stream->next(task, kLong, nullptr), TaskStream::Outcome::Task);
  EXPECT_EQ(task.status, TaskStatus::Completed);
  EXPECT_EQ(stream->next(task, kLong, nullptr), TaskStream::Outcome::End);
}

TEST_F(Follow, hides_the_key_in_an_event_and_resolves_its_urls) {
  StreamServer server("data: {\"status\":\"running " + std::string(test::kKey) + "\",\"model\":\"" +
                      test::kKey + "\",\"result_url\":\"/cdn/a.mp4?s=1\"}\n\n");
  const auto stream = follow(server.url());
  Task task;
  EXPECT_EQ(stream->next(task, kLong, nullptr), TaskStream::Outcome::Task);
  EXPECT_EQ(task.model, "[hidden]");
  EXPECT_EQ(task.status_text, "running [hidden]");
  EXPECT_EQ(task.result_url, server.url() + "/cdn/a.mp4?s=1");
}

TEST_F(Follow, bounds_an_event_without_an_end) {
  RawServer server([](RawConnection& connection, int) {
    connection.read_request();
    connection.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: ");
    while (connection.write(std::string(65536, 'x'))) continue;
  });
  const auto stream = follow(server.url());
  const Error error = error_of([&] {
    Task task;
    while (stream->next(task, kLong, nullptr) == TaskStream::Outcome::Alive) continue;
  });
  EXPECT_EQ(error.kind, ErrorKind::Protocol);
  EXPECT_THAT(error.message, HasSubstr("longer than"));
}

TEST_F(Follow, waits_for_the_headers_no_longer_than_asked) {
  RawServer server([](RawConnection& connection, int) {
    connection.read_request();
    connection.wait_for_close();
  });
  api::Client client = client_of(server.url());
  const Error error = error_of([&] { client.follow("vid_1", 0.1, nullptr); });
  EXPECT_EQ(error.kind, ErrorKind::Network);
}

}  // namespace
}  // namespace airforce
