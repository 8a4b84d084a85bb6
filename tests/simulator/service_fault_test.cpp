// SPDX-License-Identifier: LGPL-2.1-or-later
// Faults of a service and of what stands before it: gateways, late creates, odd JSON, odd charges,
// answers without an end.
#include <thread>

#include <gio/gio.h>
#include <gtest/gtest.h>

#include "support.h"

namespace airforce::simulator::test {
namespace {

using namespace std::chrono_literals;

constexpr char kCheapRequest[] = R"({"model":"ltx-mini","prompt":"p"})";

std::string unzipped(const std::string& bytes) {
  GConverter* decompressor = G_CONVERTER(g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  std::string text(1 << 20, '\0');
  gsize read = 0;
  gsize written = 0;
  size_t used = 0;
  size_t filled = 0;
  while (g_converter_convert(decompressor, bytes.data() + used, bytes.size() - used,
                             text.data() + filled, text.size() - filled, G_CONVERTER_INPUT_AT_END,
                             &read, &written, nullptr) == G_CONVERTER_CONVERTED) {
    used += read;
    filled += written;
  }
  text.resize(filled + written);
  g_object_unref(decompressor);
  return text;
}

class ServiceFault : public testing::TestWithParam<const char*> {
 protected:
  Reply create() const { return server.post("/v1/video/generations", kCheapRequest); }
  int64_t creates() const { return number_at(server.state(), "$.creates"); }
  /// Waits until the late requests have been carried out.
  void wait_for_late_requests() const {
    for (int i = 0; i < 500 && number_at(server.state(), "$.late_requests") > 0; ++i)
      std::this_thread::sleep_for(10ms);
  }
  RawReply raw(const std::string& path, std::chrono::milliseconds time) const {
    return raw_request("GET", server.url() + path,
                       {{"Authorization", std::string("Bearer ") + kKey}, {"Connection", "close"}},
                       time);
  }
  Server server{{"--dialect", GetParam()}};
};

INSTANTIATE_TEST_SUITE_P(Both, ServiceFault, testing::Values("reference", "sdk"),
                         [](const auto& dialect) { return std::string(dialect.param); });

TEST_P(ServiceFault, a_gateway_gives_up_before_the_task_is_created) {
  server.add_fault("create:gateway=0.1,late=0.6,times=1");
  const Reply reply = create();
  EXPECT_EQ(reply.status, 504);
  EXPECT_EQ(reply.header("Content-Type"), "text/html");
  EXPECT_NE(reply.body.find("504 Gateway"), std::string::npos);
  EXPECT_EQ(creates(), 0);
  wait_for_late_requests();
  EXPECT_EQ(creates(), 1);
  server.add_fault("create:gateway=0.01,status=524");
  EXPECT_EQ(create().status, 524);
  EXPECT_EQ(creates(), 1);
}

TEST_P(ServiceFault, a_task_is_created_after_its_connection_was_lost) {
  for (const char* fault :
       {"create:reset-before,late=0.2,times=1", "create:close-before,late=0.2,times=1"}) {
    server.add_fault(fault);
    EXPECT_NE(create().error, "");
  }
  wait_for_late_requests();
  EXPECT_EQ(creates(), 2);
}

TEST_P(ServiceFault, a_task_is_created_late_for_a_client_that_has_left) {
  server.add_fault("create:late=0.4,times=1");
  raw_request("POST", server.url() + "/v1/video/generations",
              {{"Authorization", std::string("Bearer ") + kKey}}, 50ms);
  server.add_fault("create:late=0.1");
  EXPECT_LT(create().status, 300);
  EXPECT_EQ(creates(), 1);
}

TEST_P(ServiceFault, reset_cancels_late_requests) {
  server.add_fault("create:reset-before,late=0.2");
  create();
  request("POST", server.url() + "/simulator/reset");
  wait_for_late_requests();
  EXPECT_EQ(creates(), 0);
}

TEST_P(ServiceFault, an_error_comes_in_a_200) {
  server.add_fault("create:status=200,error=upstream_error");
  const Reply reply = create();
  EXPECT_EQ(reply.status, 200);
  EXPECT_NE(at(reply.body, "$.error.message").find("providers"), std::string::npos) << reply.body;
  EXPECT_EQ(creates(), 0);
}

TEST_P(ServiceFault, a_create_is_answered_without_its_id) {
  server.add_fault("create:drop=task_id,times=1");
  EXPECT_EQ(create().body.find("task_id"), std::string::npos);
  server.add_fault("create:rename=task_id:id,times=1");
  EXPECT_TRUE(at(create().body, "$.id").starts_with("vid_"));
  EXPECT_EQ(creates(), 2);
}

TEST_P(ServiceFault, fields_have_other_forms) {
  const std::string id = server.create();
  const auto poll = [&](const std::string& fault) {
    server.add_fault("any:" + fault + ",times=1");
    return server.get("/v1/video/tasks/" + id).body;
  };
  server.finish(id);
  EXPECT_GT(number_at(poll("times-as=milliseconds"), "$.created"), 1'000'000'000'000);
  EXPECT_NE(poll("times-as=iso").find("Z\""), std::string::npos);
  EXPECT_EQ(at(poll("statuses-as=capitals"), "$.status"), "COMPLETED");
  EXPECT_EQ(at(poll("statuses-as=synonyms"), "$.status"), "succeeded");
  EXPECT_EQ(number_at(poll("number-ids"), "$.task_id"), 70001);
  server.add_fault("any:times=1,set=cost_cents:\"200\"");
  EXPECT_NE(server.get("/v1/video/tasks/" + id).body.find("\"cost_cents\":\"200\""),
            std::string::npos);
  EXPECT_EQ(at(poll("wrap=task"), "$.task.status"), "completed");
  EXPECT_EQ(server.get("/v1/video/tasks/70001").status, 200);
  server.add_fault("list:rename=status:state,times=1");
  EXPECT_EQ(at(server.get("/v1/video/tasks").body, "$.data[0].state"), "completed");
}

TEST_P(ServiceFault, a_result_url_comes_late_or_relative) {
  server.add_fault("task:url-late=0.5,times=1");
  const std::string late = server.finish(server.create());
  EXPECT_EQ(late.find("http://"), std::string::npos);
  std::this_thread::sleep_for(600ms);
  EXPECT_NE(server.get("/v1/video/tasks/" + at(late, "$.task_id")).body.find("http://"),
            std::string::npos);
  server.add_fault("task:url=relative,times=1");
  const std::string url = at(server.finish(server.create()), "$.result_url");
  EXPECT_TRUE(url.starts_with("/video/"));
  EXPECT_EQ(request("GET", server.url() + url).body, kTinyClip);
  EXPECT_EQ(server.get(url).body, kTinyClip) << "with the key, too";
  server.add_fault("task:url=scheme-relative");
  EXPECT_TRUE(at(server.finish(server.create()), "$.result_url").starts_with("//127.0.0.1:"));
}

TEST_P(ServiceFault, a_task_is_unknown_for_a_while) {
  const std::string id = server.create();
  server.add_fault("any:status=404,body=html,for=0.4");
  const auto begun = std::chrono::steady_clock::now();
  Reply reply;
  while ((reply = server.get("/v1/video/tasks/" + id)).status == 404)
    std::this_thread::sleep_for(20ms);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 390ms);
  EXPECT_EQ(reply.status, 200);
}

TEST_P(ServiceFault, says_when_to_come_again_in_header_or_body) {
  server.add_fault("models:status=429,retry-after=7,times=1");
  EXPECT_EQ(server.get("/v1/models").header("Retry-After"), "7");
  server.add_fault("models:status=429,retry-in-body=2.5,times=1");
  EXPECT_NE(server.get("/v1/models").body.find("\"retry_after\":2.5"), std::string::npos);
}

TEST_P(ServiceFault, charges_more_than_the_price) {
  server.add_fault("task:charge=900,times=1");
  EXPECT_EQ(number_at(server.finish(server.create()), "$.cost_cents"), 900);
  EXPECT_EQ(number_at(server.state(), "$.balance_cents"), 100000 - 900);
}

TEST_P(ServiceFault, refunds_with_a_sign_without_one_or_not_at_all) {
  const auto end = [&](const std::string& refund) {
    server.add_fault("task:failed,times=1,refund=" + refund);
    return number_at(server.finish(server.create()), "$.cost_cents");
  };
  EXPECT_EQ(end("zero"), 0);
  EXPECT_EQ(end("silent"), 1);
  EXPECT_EQ(number_at(server.state(), "$.refunded_cents"), 2);
  EXPECT_EQ(end("none"), 1);
  EXPECT_EQ(number_at(server.state(), "$.balance_cents"), 100000 - 1);
}

TEST_P(ServiceFault, a_stream_ends_after_each_event_or_begins_with_an_error) {
  const Server slow({"--dialect", GetParam(), "--task-seconds", "30"});
  const std::string path = "/v1/video/tasks/" + slow.create() + "/stream";
  slow.add_fault("stream:one-event,times=1");
  const std::string one = slow.get(path).body;
  EXPECT_EQ(one.find("data:"), one.rfind("data:"));
  slow.add_fault("stream:error-event=provider 1 failed,one-event");
  EXPECT_TRUE(slow.get(path).body.starts_with(
      "event: error\ndata: {\"error\":\"provider 1 failed\"}\n\nevent: "));
}

TEST_P(ServiceFault, compresses_without_being_asked) {
  server.add_fault("any:gzip");
  const RawReply reply = raw("/v1/models", 5s);
  EXPECT_NE(reply.bytes.find("Content-Encoding: gzip"), std::string::npos);
  EXPECT_NE(reply.bytes.find("\x1f\x8b"), std::string::npos);
  EXPECT_NE(unzipped(server.get("/v1/models").body).find("wan-2.6"), std::string::npos);
  const Server slow({"--dialect", GetParam(), "--task-seconds", "0.3"});
  const std::string id = slow.create();
  slow.add_fault("any:gzip");
  const std::string stream = unzipped(slow.get("/v1/video/tasks/" + id + "/stream").body);
  EXPECT_NE(stream.find("\"status\":\"completed\""), std::string::npos);
}

TEST_P(ServiceFault, answers_that_never_end) {
  server.add_fault("models:endless=102,times=1");
  const RawReply informational = raw("/v1/models", 300ms);
  EXPECT_TRUE(informational.silent || !informational.bytes.empty());
  EXPECT_TRUE(informational.bytes.starts_with("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 102"));
  server.add_fault("models:endless=head,times=1");
  const RawReply head = raw("/v1/models", 300ms);
  EXPECT_TRUE(head.bytes.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(head.bytes.find("\r\n\r\n"), std::string::npos);
  EXPECT_NE(head.bytes.find("X-Padding"), std::string::npos);
  server.add_fault("models:endless=body,drip=100000,times=1");
  const RawReply body = raw("/v1/models", 300ms);
  EXPECT_NE(body.bytes.find("wan-2.6"), std::string::npos);
  server.add_fault("models:drip-head=200,times=1");
  const RawReply dripped = raw("/v1/models", 300ms);
  EXPECT_TRUE(dripped.silent);
  EXPECT_LT(dripped.bytes.size(), 120U);
  EXPECT_GT(dripped.bytes.size(), 20U);
}

}  // namespace
}  // namespace airforce::simulator::test
