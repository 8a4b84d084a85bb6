// SPDX-License-Identifier: LGPL-2.1-or-later
// The event stream: as documented, and as a fault makes it.
#include <algorithm>
#include <atomic>
#include <regex>
#include <thread>

#include <gtest/gtest.h>

#include "support.h"

namespace airforce::simulator::test {
namespace {

Reply stream(const Server& server, const std::string& id) {
  return server.get("/v1/video/tasks/" + id + "/stream");
}

Strings all_matches(const std::string& text, const std::string& pattern) {
  const std::regex form(pattern);
  Strings found;
  for (std::sregex_iterator match(text.begin(), text.end(), form), end; match != end; ++match)
    found.push_back((*match)[1]);
  return found;
}

class StreamFault : public testing::Test {
 protected:
  Reply with(const std::string& fault) {
    server.add_fault("stream:" + fault);
    return stream(server, server.create());
  }
  Server server{{"--task-seconds", "0.3"}};
};

TEST(Stream, sends_an_event_for_each_change_and_the_final_one_then_closes) {
  const Server server({"--task-seconds", "1"});
  const Reply reply = stream(server, server.create());
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("Content-Type"), "text/event-stream");
  EXPECT_EQ(reply.error, "");

  const Strings progress = all_matches(reply.body, "\"progress\":([0-9]+)");
  EXPECT_GT(progress.size(), 10U) << "25 changes within a second; a busy machine may merge some";
  for (size_t i = 1; i < progress.size(); ++i)
    EXPECT_GT(std::stoi(progress[i]), std::stoi(progress[i - 1]));
  EXPECT_EQ(progress.back(), "100");
  const Strings names = all_matches(reply.body, "event: ([a-z]+)");
  EXPECT_EQ(names.front(), "progress");
  EXPECT_EQ(names.back(), "completed");
  EXPECT_EQ(std::count(names.begin(), names.end(), "completed"), 1);
}

TEST(Stream, its_last_event_says_what_a_poll_says) {
  const Server server;
  const std::string id = server.create();
  const std::string last = all_matches(stream(server, id).body, "data: (.*)").back();
  EXPECT_EQ(last, server.get("/v1/video/tasks/" + id).body);
}

TEST(Stream, sends_the_final_event_of_a_finished_task_at_once) {
  const Server server;
  const std::string id = server.create();
  server.finish(id);
  const Reply reply = stream(server, id);
  EXPECT_EQ(all_matches(reply.body, "event: ([a-z]+)"), Strings{"completed"});
}

TEST(Stream, failed_task_ends_with_an_event_that_says_why) {
  const Server server({"--fault", "task:failed,type=safety,message=not this, sorry"});
  const std::string body = stream(server, server.create()).body;
  EXPECT_NE(body.find("event: failed"), std::string::npos);
  EXPECT_NE(body.find(R"("error":{"type":"safety","message":"not this, sorry"})"),
            std::string::npos);
}

TEST(Stream, expired_task_ends_with_an_event_of_that_name) {
  const Server server({"--fault", "task:expired"});
  const std::string body = stream(server, server.create()).body;
  EXPECT_NE(body.find("event: expired"), std::string::npos);
  EXPECT_NE(body.find(R"("cost_cents":0)"), std::string::npos);
}

TEST(Stream, closes_when_its_task_is_deleted) {
  const Server server({"--task-seconds", "600"});
  const std::string id = server.create();
  std::thread deleter([&] {
    while (number_at(server.state(), "$.open_requests") < 2)  // the stream, and this one
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    server.remove("/v1/video/tasks/" + id);
  });
  // Its next event is due much later: it must not wait for that.
  const auto begun = std::chrono::steady_clock::now();
  const Reply reply = stream(server, id);
  deleter.join();
  EXPECT_EQ(reply.error, "");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(3));
}

TEST(Stream, serves_a_hundred_clients_at_once) {
  const Server server({"--task-seconds", "2"});
  const std::string id = server.create();
  std::vector<std::thread> clients;
  std::atomic<int> finished = 0;
  for (int i = 0; i < 100; ++i)
    clients.emplace_back(
        [&] { finished += stream(server, id).body.find("event: completed") != std::string::npos; });
  for (auto& client : clients) client.join();
  EXPECT_EQ(finished, 100);
}

TEST(Stream, is_closed_when_its_client_leaves) {
  const Server server({"--task-seconds", "600"});
  const std::string id = server.create();
  raw_request("GET", server.url() + "/v1/video/tasks/" + id + "/stream",
              {{"Authorization", std::string("Bearer ") + kKey}}, std::chrono::milliseconds(100));
  while (number_at(server.state(), "$.open_requests") > 1)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_NE(server.state().find("client left"), std::string::npos);
}

TEST_F(StreamFault, wrong_content_type) {
  EXPECT_EQ(with("content-type=text/plain").header("Content-Type"), "text/plain");
}

TEST_F(StreamFault, status) {
  EXPECT_EQ(with("status=503").status, 503);
}

TEST_F(StreamFault, carriage_returns_end_its_lines) {
  const std::string body = with("line-ends=cr").body;
  EXPECT_EQ(body.find('\n'), std::string::npos);
  EXPECT_NE(body.find("event: completed\rdata: "), std::string::npos);
}

TEST_F(StreamFault, both_characters_end_its_lines) {
  EXPECT_NE(with("line-ends=crlf").body.find("event: completed\r\ndata: "), std::string::npos);
}

TEST_F(StreamFault, byte_order_mark) {
  EXPECT_TRUE(with("bom").body.starts_with("\xef\xbb\xbf"));
}

TEST_F(StreamFault, retry_field) {
  EXPECT_TRUE(with("retry=1500").body.starts_with("retry: 1500\n"));
}

TEST_F(StreamFault, huge_line) {
  EXPECT_GT(with("huge-line=3000000").body.find('\n', 20), 3000000U);
}

TEST_F(StreamFault, no_final_event) {
  const std::string body = with("no-final").body;
  EXPECT_EQ(body.find("completed"), std::string::npos);
  EXPECT_NE(body.find("\"progress\":"), std::string::npos);
}

TEST_F(StreamFault, cut_in_the_middle_of_a_character) {
  EXPECT_TRUE(with("cut-character").body.ends_with("caf\xc3"));
}

TEST_F(StreamFault, progress_goes_back_during_a_poll) {
  const Strings progress = all_matches(with("backwards").body, "\"progress\":([0-9]+)");
  ASSERT_GT(progress.size(), 3U);
  for (size_t i = 1; i + 1 < progress.size(); ++i)
    EXPECT_LT(std::stoi(progress[i]), std::stoi(progress[i - 1]));
  EXPECT_EQ(progress.back(), "100");
}

TEST_F(StreamFault, unknown_status) {
  EXPECT_NE(with("unknown-status=thinking").body.find(R"("status":"thinking")"), std::string::npos);
}

TEST_F(StreamFault, silent_or_comments_only) {
  const std::string id = server.create();
  const std::string url = server.url() + "/v1/video/tasks/" + id + "/stream";
  const Headers key = {{"Authorization", std::string("Bearer ") + kKey}};
  server.finish(id);
  server.add_fault("stream:silent,times=1");
  const RawReply silent = raw_request("GET", url, key, std::chrono::milliseconds(300));
  EXPECT_TRUE(silent.silent);
  EXPECT_TRUE(silent.bytes.ends_with("\r\n\r\n"));
  server.add_fault("stream:comments");
  const RawReply comments = raw_request("GET", url, key, std::chrono::milliseconds(500));
  EXPECT_TRUE(comments.silent);
  EXPECT_NE(comments.bytes.find(": still there"), std::string::npos);
  EXPECT_EQ(comments.bytes.find("data:"), std::string::npos);
}

}  // namespace
}  // namespace airforce::simulator::test
