// SPDX-License-Identifier: LGPL-2.1-or-later
// What faults do to a connection and to an answer, seen from a socket.
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support.h"

namespace airforce::simulator::test {
namespace {

using namespace std::chrono_literals;

class WireFault : public testing::Test {
 protected:
  RawReply models(const std::string& fault, std::chrono::milliseconds timeouts = 5s) {
    server.add_fault("models:" + fault + ",times=1");
    return raw_request("GET", server.url() + "/v1/models", key, timeouts);
  }
  static std::string body(const RawReply& reply) {
    const auto end = reply.bytes.find("\r\n\r\n");
    return end == std::string::npos ? "" : reply.bytes.substr(end + 4);
  }

  const Headers key = {{"Authorization", std::string("Bearer ") + kKey}, {"Connection", "close"}};
  Server server;
};

TEST_F(WireFault, reset_before_gives_nothing_but_a_reset) {
  const RawReply reply = models("reset-before");
  EXPECT_TRUE(reply.reset);
  EXPECT_EQ(reply.bytes, "");
}

TEST_F(WireFault, close_before_gives_nothing_but_an_end) {
  const RawReply reply = models("close-before");
  EXPECT_FALSE(reply.reset);
  EXPECT_FALSE(reply.silent);
  EXPECT_EQ(reply.bytes, "");
}

TEST_F(WireFault, reset_after_so_many_bytes) {
  const RawReply reply = models("reset-after=100");
  EXPECT_TRUE(reply.reset);
  EXPECT_EQ(body(reply).size(), 100U);
}

TEST_F(WireFault, close_after_so_many_bytes) {
  const RawReply reply = models("close-after=100");
  EXPECT_FALSE(reply.reset);
  EXPECT_EQ(body(reply).size(), 100U);
}

TEST_F(WireFault, reset_after_the_whole_answer) {
  const RawReply reply = models("reset-end");
  EXPECT_TRUE(reply.reset);
  EXPECT_TRUE(body(reply).ends_with("]}"));
}

TEST_F(WireFault, stall_before_the_answer_and_in_the_middle) {
  EXPECT_EQ(models("stall", 200ms).bytes, "");
  EXPECT_EQ(models("stall-before", 200ms).bytes, "");
  const RawReply middle = models("stall-after=100", 500ms);
  EXPECT_TRUE(middle.silent);
  EXPECT_EQ(body(middle).size(), 100U);
}

TEST_F(WireFault, stall_for_a_time_ends) {
  for (const char* fault : {"stall=0.2", "stall-before=0.2"}) {
    const auto begun = std::chrono::steady_clock::now();
    const RawReply reply = models(fault, 5s);
    EXPECT_GE(std::chrono::steady_clock::now() - begun, 190ms);
    EXPECT_NE(reply.bytes.find("wan-2.6"), std::string::npos) << fault;
  }
}

TEST_F(WireFault, drip) {
  const auto begun = std::chrono::steady_clock::now();
  const RawReply reply = models("drip=8000,close-after=4000");
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 150ms);
  EXPECT_GT(body(reply).size(), 1000U);
}

TEST_F(WireFault, refuses_connections_for_a_time_and_then_no_more) {
  EXPECT_TRUE(models("refuse=0.3").reset);
  EXPECT_TRUE(raw_request("GET", server.url() + "/v1/models", key).refused);
  Reply again;
  while ((again = server.get("/v1/models")).status == 0) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(again.status, 200);
}

TEST_F(WireFault, refusing_drops_what_is_under_way_on_that_port) {
  server.add_fault("models:stall-before=0.5,times=1");
  server.add_fault("stream:silent");
  server.add_fault("list:refuse=0.2,times=1");
  const std::string task = "/v1/video/tasks/" + server.create() + "/stream";
  std::vector<std::thread> clients;
  std::vector<RawReply> replies(2);
  const std::vector<std::string> paths = {"/v1/models", task};
  for (size_t i = 0; i < paths.size(); ++i)
    clients.emplace_back([&, i] { replies[i] = raw_request("GET", server.url() + paths[i], key); });
  while (number_at(server.state(), "$.open_requests") < 3) std::this_thread::sleep_for(5ms);
  server.get("/v1/video/tasks");
  for (auto& client : clients) client.join();
  EXPECT_FALSE(replies[0].silent);
  EXPECT_EQ(replies[0].bytes, "");
  EXPECT_TRUE(replies[1].reset);
  // What was waiting comes to its turn, finds nobody, and nothing breaks.
  while (server.get("/v1/models").status == 0) std::this_thread::sleep_for(10ms);
  std::this_thread::sleep_for(400ms);
  EXPECT_EQ(number_at(server.state(), "$.open_requests"), 1);
}

TEST_F(WireFault, any_status_with_retry_after) {
  server.add_fault("models:status=503,retry-after=2,times=1");
  server.add_fault("models:status=429,retry-after=date:90,times=1");
  server.add_fault("models:status=429,retry-after=99999999999,times=1");
  const Reply seconds = server.get("/v1/models");
  EXPECT_EQ(seconds.status, 503);
  EXPECT_EQ(seconds.header("Retry-After"), "2");
  EXPECT_FALSE(at(seconds.body, "$.error.message").empty());
  const Reply date = server.get("/v1/models");
  EXPECT_TRUE(date.header("Retry-After").ends_with("GMT")) << date.header("Retry-After");
  EXPECT_EQ(server.get("/v1/models").header("Retry-After"), "99999999999");
}

TEST_F(WireFault, other_bodies) {
  const auto body_of = [&](const std::string& what) {
    server.add_fault("models:body=" + what + ",times=1");
    return server.get("/v1/models").body;
  };
  const std::string whole = server.get("/v1/models").body;
  EXPECT_EQ(body_of("empty"), "");
  EXPECT_NE(body_of("html").find("<html>"), std::string::npos);
  EXPECT_EQ(body_of("cut"), whole.substr(0, whole.size() / 2));
  EXPECT_EQ(body_of("null"), "null");
  EXPECT_EQ(body_of("array"), "[]");
  const std::string wrong = body_of("wrong-types");
  EXPECT_EQ(at(wrong, "$.data[0].id"), "7");
  EXPECT_EQ(at(wrong, "$.data[0].video_caps.min_duration_s"), "seven");
}

TEST_F(WireFault, huge_body_is_announced_and_sent_without_being_held_in_memory) {
  const RawReply reply = models("body=huge,close-after=5000000");
  EXPECT_NE(reply.bytes.find("Content-Length: 10737"), std::string::npos);
  EXPECT_EQ(body(reply).size(), 5000000U);
}

TEST_F(WireFault, redirect_within_and_off_the_origin_and_in_a_loop) {
  const auto location = [&](const std::string& where) {
    server.add_fault("models:redirect=" + where + ",times=1");
    const Reply reply = server.get("/v1/models");
    EXPECT_EQ(reply.status, 302);
    return reply.header("Location");
  };
  EXPECT_EQ(location("same"), server.url() + "/v1/models?redirected=1");
  EXPECT_EQ(server.get("/v1/models?redirected=1").status, 200);
  EXPECT_EQ(location("loop"), server.url() + "/v1/models");
  EXPECT_EQ(location("ftp://a.test/b"), "ftp://a.test/b");

  // Off the origin: who follows it with the key is found out.
  const Reply off = request("GET", location("other"), key);
  EXPECT_EQ(off.status, 404);
  EXPECT_EQ(at(server.state(), "$.requests[-1:].origin"), "cdn");
  EXPECT_EQ(at(server.state(), "$.requests[-1:].authorization"), "right");
}

TEST_F(WireFault, lost_answer_creates_and_debits_before_the_reset) {
  server.add_fault("create:lost-answer,times=1");
  const Reply reply = server.post("/v1/video/generations", R"({"model":"ltx-mini","prompt":"p"})");
  EXPECT_EQ(reply.status, 0);
  EXPECT_NE(reply.error, "");
  const std::string state = server.state();
  EXPECT_EQ(number_at(state, "$.creates"), 1);
  EXPECT_EQ(number_at(state, "$.debited_cents"), 1);
}

TEST_F(WireFault, reset_before_and_a_status_create_nothing) {
  server.add_fault("create:reset-before,times=1");
  server.add_fault("create:status=502,times=1");
  for (int i = 0; i < 2; ++i)
    server.post("/v1/video/generations", R"({"model":"ltx-mini","prompt":"p"})");
  EXPECT_EQ(number_at(server.state(), "$.creates"), 0);
}

TEST_F(WireFault, status_with_carried_out_creates_all_the_same) {
  server.add_fault("create:status=504,carried-out,times=1");
  EXPECT_EQ(server.post("/v1/video/generations", R"({"model":"ltx-mini","prompt":"p"})").status,
            504);
  EXPECT_EQ(number_at(server.state(), "$.creates"), 1);
}

TEST_F(WireFault, poll_and_confirm_are_different_steps) {
  server.add_fault("confirm:status=500,times=1");
  const std::string id = server.create();
  EXPECT_EQ(server.finish(id).find("\"status\""), std::string::npos);
  EXPECT_EQ(at(server.get("/v1/video/tasks/" + id).body, "$.status"), "completed");
}

TEST_F(WireFault, a_status_that_nobody_documented_ends_all_the_same) {
  const Server slow({"--task-seconds", "2"});
  slow.add_fault("task:unknown-status=warming_up");
  const std::string id = slow.create();
  EXPECT_EQ(at(slow.finish(id), "$.status"), "warming_up");
  std::string status;
  while ((status = at(slow.get("/v1/video/tasks/" + id).body, "$.status")) == "warming_up") {
  }
  EXPECT_EQ(status, "completed");
}

TEST_F(WireFault, keeps_a_connection_alive_where_nothing_is_wrong) {
  const RawReply reply = raw_request("GET", server.url() + "/v1/models", {key.front()}, 200ms);
  EXPECT_TRUE(reply.silent) << "it was closed after the answer";
  EXPECT_NE(reply.bytes.find("Content-Length"), std::string::npos);
}

}  // namespace
}  // namespace airforce::simulator::test
