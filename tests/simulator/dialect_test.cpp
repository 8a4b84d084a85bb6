// SPDX-License-Identifier: LGPL-2.1-or-later
// The sdk dialect: where it differs from the reference one, which the other tests are about.
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "support.h"

namespace airforce::simulator::test {
namespace {

constexpr char kCheap[] = R"({"model":"ltx-mini","prompt":"a red fox","duration_seconds":2})";

class SdkDialect : public testing::Test {
 protected:
  explicit SdkDialect(Strings arguments = {})
      : server([&] {
          arguments.insert(arguments.end(), {"--dialect", "sdk"});
          return arguments;
        }()) {}

  Reply create(const std::string& body = kCheap) {
    return server.post("/v1/video/generations", body);
  }
  Reply stream(const std::string& id) { return server.get("/v1/video/tasks/" + id + "/stream"); }
  Server server;
};

class SlowSdkDialect : public SdkDialect {
 protected:
  SlowSdkDialect() : SdkDialect({"--task-seconds", "60"}) {}
};

TEST_F(SdkDialect, lists_more_than_a_hundred_models_without_a_key) {
  const Reply reply = request("GET", server.url() + "/v1/models");
  EXPECT_EQ(reply.status, 200);
  std::set<std::string> ids;
  std::string list = at(reply.body, "$.data[*].id") + ",";
  for (size_t comma = 0; (comma = list.find(',')) != std::string::npos; list.erase(0, comma + 1))
    ids.insert(list.substr(0, comma));
  EXPECT_GT(ids.size(), 100U);
  EXPECT_EQ(request("GET", server.url() + "/models").body, reply.body);
}

TEST_F(SdkDialect, shows_a_gated_model_only_where_no_account_is_known) {
  EXPECT_NE(request("GET", server.url() + "/v1/models").body.find("atelier-pro"),
            std::string::npos);
  EXPECT_EQ(server.get("/v1/models").body.find("atelier-pro"), std::string::npos);
  EXPECT_EQ(request("GET", server.url() + "/v1/models", {{"Authorization", "Bearer wrong"}}).status,
            401);
}

TEST_F(SdkDialect, describes_video_models_by_modality_media_type_or_caps_alone) {
  const std::string body = server.get("/v1/models").body;
  // json-glib's JSONPath has no filters: the rows are cut out by hand.
  const auto row = [&](const std::string& model) {
    const auto begin = body.find("{\"id\":\"" + model + "\"");
    return body.substr(begin, body.find("{\"id\":", begin + 1) - begin);
  };
  EXPECT_NE(row("wan-2.6").find(R"("output_modalities":["video"])"), std::string::npos);
  EXPECT_NE(row("kling-1").find(R"("media_type":"video")"), std::string::npos);
  EXPECT_NE(row("kling-1").find(R"("output_modalities":null)"), std::string::npos);
  EXPECT_NE(row("vidu-q1").find(R"("media_type":null)"), std::string::npos);
  EXPECT_NE(row("vidu-q1").find(R"("price_per_second_cents":12)"), std::string::npos);
  EXPECT_NE(row("gpt-4o").find(R"("video_caps":null)"), std::string::npos);
}

TEST_F(SlowSdkDialect, charges_a_task_when_it_leaves_the_queue) {
  const Reply created = create();
  EXPECT_EQ(created.status, 202);
  EXPECT_NE(created.body.find(R"("cost_cents":null)"), std::string::npos);
  EXPECT_EQ(number_at(server.state(), "$.debited_cents"), 0);
  EXPECT_EQ(server.remove("/v1/video/tasks/" + at(created.body, "$.task_id")).status, 200);
  EXPECT_EQ(number_at(server.state(), "$.balance_cents"), 100000);
}

TEST_F(SdkDialect, echoes_the_request_in_every_view) {
  const std::string id = at(create().body, "$.task_id");
  const std::string task = server.finish(id);
  EXPECT_EQ(at(task, "$.prompt"), "a red fox");
  EXPECT_EQ(at(task, "$.mode"), "text");
  EXPECT_EQ(at(task, "$.aspect_ratio"), "16:9");
  EXPECT_EQ(at(task, "$.quality"), "480p");
  EXPECT_EQ(number_at(task, "$.cost_cents"), 2);
  EXPECT_NE(task.find(R"("input_image_url":null)"), std::string::npos);
  EXPECT_NE(task.find(R"("error":null)"), std::string::npos);
  EXPECT_EQ(at(server.get("/v1/video/tasks").body, "$.data[0].prompt"), "a red fox");
}

TEST_F(SdkDialect, streams_states_and_then_done) {
  const Server slow({"--dialect", "sdk", "--task-seconds", "0.5"});
  const std::string id = slow.create();
  const std::string body = slow.get("/v1/video/tasks/" + id + "/stream").body;
  EXPECT_NE(body.find("event: state\ndata: {"), std::string::npos);
  EXPECT_NE(body.find(R"("status":"processing")"), std::string::npos);
  EXPECT_EQ(body.find("running"), std::string::npos);
  EXPECT_TRUE(body.ends_with("event: done\ndata: [DONE]\n\n")) << body;
}

TEST_F(SdkDialect, lists_data_alone_and_confirms_a_deletion) {
  const std::string id = at(create().body, "$.task_id");
  const Reply list = server.get("/v1/video/tasks?limit=0&status=nonsense");
  EXPECT_EQ(list.status, 200);
  EXPECT_TRUE(list.body.starts_with("{\"data\":[")) << list.body;
  EXPECT_EQ(server.remove("/v1/video/tasks/" + id).body, R"({"deleted":true})");
}

TEST_F(SdkDialect, names_the_code_of_each_refusal) {
  const auto code = [&](const std::string& model) {
    const Reply reply = create(R"({"prompt":"p","model":")" + model + "\"}");
    return std::to_string(reply.status) + " " + at(reply.body, "$.error.code");
  };
  EXPECT_EQ(code("nothing-like-it"), "404 model_not_found");
  EXPECT_EQ(code("gpt-4o"), "400 unknown_model");
  EXPECT_EQ(code("atelier-pro"), "403 free_tier_gated");
  const Reply wrong = request("POST", server.url() + "/v1/video/generations", {}, kCheap);
  EXPECT_EQ(at(wrong.body, "$.error.code"), "invalid_api_key");
  EXPECT_EQ(at(wrong.body, "$.error.type"), "authentication_error");
  const Reply unknown = server.get("/v1/video/tasks/vid_1");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.body, R"({"error":"not_found","message":"there is no task vid_1"})");
}

TEST_F(SlowSdkDialect, says_in_the_body_when_to_come_again) {
  for (int i = 0; i < 4; ++i) server.create();
  const Reply reply = create();
  EXPECT_EQ(reply.status, 429);
  EXPECT_NEAR(static_cast<double>(number_at(reply.body, "$.retry_after")), 60, 1);
  EXPECT_EQ(reply.header("Retry-After"), "");
  server.add_fault("create:error=account_temporarily_locked");
  EXPECT_EQ(at(create().body, "$.error.code"), "account_temporarily_locked");
  EXPECT_EQ(number_at(create().body, "$.retry_after"), 900);
}

TEST_F(SdkDialect, counts_the_uncharged_tasks_against_the_balance) {
  const Server poor({"--dialect", "sdk", "--balance", "3", "--task-seconds", "60"});
  EXPECT_EQ(poor.post("/v1/video/generations", kCheap).status, 202);
  const Reply second = poor.post("/v1/video/generations", kCheap);
  EXPECT_EQ(second.status, 402);
  EXPECT_EQ(at(second.body, "$.error.code"), "insufficient_balance");
}

TEST_F(SdkDialect, passes_unknown_fields_on) {
  create(R"({"model":"ltx-mini","prompt":"p","negative_prompt":"rain","camera":{"zoom":2}})");
  EXPECT_EQ(at(server.state(), "$.requests[0].extra"),
            R"({"negative_prompt":"rain","camera":{"zoom":2}})");
}

TEST(BothDialects, give_every_answer_an_id) {
  for (const char* dialect : {"reference", "sdk"}) {
    const Server server({"--dialect", dialect});
    const std::string id = server.create();
    std::set<std::string> ids;
    int answers = 0;
    for (const std::string& path :
         {std::string("/v1/models"), "/v1/video/tasks/" + id, "/v1/video/tasks/" + id + "/stream",
          std::string("/v1/video/tasks/none"), std::string("/nowhere")}) {
      const std::string request_id = server.get(path).header("X-Request-ID");
      EXPECT_TRUE(request_id.starts_with("req_")) << dialect << " " << path;
      ids.insert(request_id);
      ++answers;
    }
    EXPECT_EQ(ids.size(), static_cast<size_t>(answers));
  }
}

}  // namespace
}  // namespace airforce::simulator::test
