// SPDX-License-Identifier: LGPL-2.1-or-later
// The API's endpoints, over HTTP, on the program itself.
#include <thread>

#include <gtest/gtest.h>

#include "support.h"

namespace airforce::simulator::test {
namespace {

TEST(Api, refuses_a_missing_and_a_wrong_key_at_every_endpoint) {
  const Server server;
  const std::vector<std::pair<const char*, const char*>> endpoints = {
      {"GET", "/v1/models"},
      {"POST", "/v1/video/generations"},
      {"GET", "/v1/video/tasks"},
      {"GET", "/v1/video/tasks/vid_1"},
      {"GET", "/v1/video/tasks/vid_1/stream"},
      {"DELETE", "/v1/video/tasks/vid_1"}};
  for (const auto& [method, path] : endpoints) {
    for (const Headers& headers : {Headers{}, Headers{{"Authorization", "Bearer sk-other"}},
                                   Headers{{"Authorization", std::string("Basic ") + kKey}}}) {
      const Reply reply = request(method, server.url() + path, headers);
      EXPECT_EQ(reply.status, 401) << path;
      EXPECT_EQ(at(reply.body, "$.error.type"), "authentication_error") << path;
    }
  }
}

TEST(Api, lists_models_of_which_the_video_ones_have_caps) {
  const Server server;
  const Reply reply = server.get("/v1/models");
  EXPECT_EQ(reply.header("Content-Type"), "application/json");
  EXPECT_EQ(at(reply.body, "$.data[0].id"), "wan-2.6");
  EXPECT_EQ(number_at(reply.body, "$.data[0].video_caps.price_per_second_cents"), 40);
  EXPECT_EQ(number_at(reply.body, "$.data[0].video_caps.max_duration_s"), 10);
  EXPECT_NE(at(reply.body, "$.data[*].output_modalities[0]").find("text"), std::string::npos);
}

TEST(Api, answers_a_create_with_the_documented_fields) {
  const Server server;
  const Reply reply = server.post("/v1/video/generations",
                                  R"({"model":"ltx-mini","prompt":"p","duration_seconds":2})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(at(reply.body, "$.task_id").starts_with("vid_"));
  EXPECT_EQ(at(reply.body, "$.status"), "queued");
  EXPECT_EQ(at(reply.body, "$.model"), "ltx-mini");
  EXPECT_EQ(number_at(reply.body, "$.expires_at") - number_at(reply.body, "$.created"), 86400);
  EXPECT_EQ(number_at(reply.body, "$.cost_cents"), 2);
}

TEST(Api, shows_the_images_of_a_create_in_its_state) {
  const Server server;
  // No picture: it is refused, and reported all the same. The other is the SHA-256 of "hello".
  server.post("/v1/video/generations",
              R"({"model":"vidu-q1","prompt":"p","mode":"reference",)"
              R"("input_images":[{"b64_json":"aGVsbG8="},{"url":"http://127.0.0.1:1/a.png"}]})");
  EXPECT_EQ(at(server.state(), "$.requests[*].images[*]"),
            "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824,"
            "http://127.0.0.1:1/a.png");
}

TEST(Api, polls_until_a_result_on_another_origin) {
  const Server server;
  const std::string task = server.finish(server.create());
  EXPECT_EQ(at(task, "$.status"), "completed");
  EXPECT_EQ(number_at(task, "$.progress"), 100);
  EXPECT_EQ(number_at(task, "$.duration_seconds"), 1);
  EXPECT_TRUE(at(task, "$.result_url").starts_with("http://127.0.0.1:"));
  EXPECT_FALSE(at(task, "$.result_url").starts_with(server.url()));
}

TEST(Api, leaves_progress_out_while_a_task_is_queued) {
  const Server server({"--task-seconds", "60"});
  const Reply reply = server.get("/v1/video/tasks/" + server.create());
  EXPECT_EQ(at(reply.body, "$.status"), "queued");
  EXPECT_EQ(at(reply.body, "$.progress"), "");
  EXPECT_EQ(at(reply.body, "$.result_url"), "");
}

TEST(Api, fifth_task_in_flight_gets_429_with_retry_after) {
  const Server server({"--task-seconds", "60"});
  for (int i = 0; i < 4; ++i) server.create();
  const Reply reply = server.post("/v1/video/generations", R"({"model":"ltx-mini","prompt":"p"})");
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(at(reply.body, "$.error.type"), "rate_limit_error");
  EXPECT_NEAR(std::stoi(reply.header("Retry-After")), 60, 1);
}

TEST(Api, refuses_a_create_beyond_the_balance_with_402) {
  const Server server({"--balance", "1"});
  server.create();
  const Reply reply = server.post("/v1/video/generations", R"({"model":"ltx-mini","prompt":"p"})");
  EXPECT_EQ(reply.status, 402);
  EXPECT_EQ(number_at(server.state(), "$.creates"), 1);
}

TEST(Api, lists_and_deletes) {
  const Server server({"--task-seconds", "60"});
  const std::string first = server.create();
  const std::string second = server.create();
  EXPECT_EQ(at(server.get("/v1/video/tasks").body, "$.data[*].task_id"), second + "," + first);
  EXPECT_EQ(at(server.get("/v1/video/tasks?limit=1").body, "$.data[*].task_id"), second);
  EXPECT_EQ(at(server.get("/v1/video/tasks?status=completed").body, "$.data[*].task_id"), "");
  EXPECT_EQ(server.get("/v1/video/tasks?limit=0").status, 400);
  EXPECT_EQ(server.get("/v1/video/tasks?limit=many").status, 400);
  EXPECT_EQ(server.get("/v1/video/tasks?limit=1000").status, 200);
  EXPECT_EQ(server.get("/v1/video/tasks?status=done").status, 400);

  EXPECT_EQ(server.remove("/v1/video/tasks/" + first).status, 200);
  EXPECT_EQ(server.remove("/v1/video/tasks/" + first).status, 404);
  EXPECT_EQ(server.get("/v1/video/tasks/" + first).status, 404);
}

TEST(Api, deleting_a_task_removes_its_clip) {
  const Server server;
  const std::string id = server.create();
  const std::string url = at(server.finish(id), "$.result_url");
  EXPECT_EQ(request("GET", url).status, 200);
  server.remove("/v1/video/tasks/" + id);
  EXPECT_EQ(request("GET", url).status, 404);
}

TEST(Api, answers_what_is_no_endpoint_with_404_or_405) {
  const Server server;
  EXPECT_EQ(server.get("/v1/images").status, 404);
  EXPECT_EQ(server.get("/").status, 404);
  EXPECT_EQ(server.get("/v1/video/tasks/a/b").status, 404);
  EXPECT_EQ(server.get("/v1/video/generations").status, 405);
  EXPECT_EQ(server.post("/v1/models", "{}").status, 405);
}

TEST(Api, refuses_an_unavailable_image_with_a_422_that_names_it) {
  const Server server;
  const Reply reply =
      server.post("/v1/video/generations",
                  R"({"model":"vidu-q1","prompt":"p","mode":"reference","input_images":[)"
                  R"({"url":"http://example.com/a.png"},{"url":"http://127.0.0.1:1/b.png"}]})");
  EXPECT_EQ(reply.status, 422);
  EXPECT_TRUE(
      at(reply.body, "$.error.message").starts_with("input_images[1]: it could not be fetched"))
      << reply.body;
  EXPECT_EQ(number_at(server.state(), "$.creates"), 0);
}

TEST(Api, refuses_images_that_are_none_with_422) {
  const Server server;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"aGVsbG8=", "neither PNG nor JPEG"},
      {"iVBORw0KGgpicm9rZW4=", "damaged"},  // a PNG's first bytes, then text
      {"/9j/4A==", "damaged"}};             // a JPEG's
  for (const auto& [base64, reason] : cases) {
    const Reply reply =
        server.post("/v1/video/generations", R"({"model":"kling-1","prompt":"p","mode":"image",)"
                                             R"("input_images":[{"b64_json":")" +
                                                 base64 + R"("}]})");
    EXPECT_EQ(reply.status, 422) << base64;
    EXPECT_NE(reply.body.find(reason), std::string::npos) << reply.body;
  }
}

TEST(Api, refuses_a_body_that_is_far_too_large) {
  const Server server;
  const Reply reply = server.post("/v1/video/generations", std::string(200 << 20, ' '));
  EXPECT_TRUE(reply.status == 413 || !reply.error.empty()) << reply.status;
  EXPECT_EQ(server.get("/v1/models").status, 200);
}

TEST(Api, tasks_expire) {
  // In whole seconds: of two, the URL lives one at least.
  const Server server({"--ttl", "2"});
  const std::string url = server.clip_url();
  EXPECT_EQ(request("GET", url).status, 200);
  for (int i = 0; i < 200 && request("GET", url).status == 200; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const Reply reply = request("GET", url);
  EXPECT_EQ(reply.status, 403);
  EXPECT_NE(reply.body.find("expired"), std::string::npos);
}

TEST(Control, shows_the_requests_and_their_keys) {
  const Server server;
  server.get("/v1/models");
  request("GET", server.url() + "/v1/models");
  request("GET", server.url() + "/v1/models", {{"Authorization", "Bearer wrong"}});
  const std::string state = server.state();
  EXPECT_EQ(at(state, "$.requests[*].authorization"), "right,none,wrong");
  EXPECT_EQ(at(state, "$.requests[*].step"), "models,models,models");
  EXPECT_EQ(at(state, "$.requests[*].status"), "200,401,401");
  EXPECT_EQ(number_at(state, "$.requests_by_step.models"), 3);
  EXPECT_EQ(state.find(kKey), std::string::npos);
}

TEST(Control, adds_replaces_and_removes_faults_while_it_runs) {
  const Server server;
  const std::string faults = server.url() + "/simulator/faults";
  const auto status = [&] { return server.get("/v1/models").status; };
  EXPECT_EQ(request("POST", faults, {}, "models:status=500,times=1\nmodels:status=502").status,
            200);
  EXPECT_EQ(status(), 500);
  EXPECT_EQ(status(), 502);
  EXPECT_EQ(at(server.state(), "$.faults[*].hits"), "1,1");
  EXPECT_EQ(request("PUT", faults, {}, "models:status=503").status, 200);
  EXPECT_EQ(status(), 503);
  EXPECT_EQ(request("DELETE", faults).status, 200);
  EXPECT_EQ(status(), 200);
  const Reply wrong = request("POST", faults, {}, "models:status=503\nmodels:nonsense");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_NE(wrong.body.find("nonsense"), std::string::npos);
  EXPECT_EQ(status(), 200);
}

TEST(Control, reset_forgets_tasks_faults_and_requests) {
  const Server server;
  server.finish(server.create());
  server.add_fault("models:status=500");
  EXPECT_EQ(request("POST", server.url() + "/simulator/reset").status, 200);
  const std::string state = server.state();
  EXPECT_EQ(number_at(state, "$.tasks"), 0);
  EXPECT_EQ(number_at(state, "$.creates"), 0);
  EXPECT_EQ(at(state, "$.requests"), "[]");
  EXPECT_EQ(server.get("/v1/models").status, 200);
}

}  // namespace
}  // namespace airforce::simulator::test
