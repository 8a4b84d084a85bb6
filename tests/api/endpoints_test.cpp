// SPDX-License-Identifier: LGPL-2.1-or-later
// Each endpoint's request and answer.
#include "api_test.h"

namespace airforce {
namespace {

using test::ApiTest;
using test::kKey;
using test::LocalServer;
using test::Seen;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// A server that gives the same JSON to everything.
class Endpoints : public ApiTest {
 protected:
  explicit Endpoints() = default;
  LocalServer& serve(std::string json) {
    server_ = std::make_unique<LocalServer>(
        [json = std::move(json)](LocalServer&, SoupServerMessage* message) {
          test::answer_json(message, json);
        });
    return *server_;
  }
  // The one request that came.
  Seen seen() {
    EXPECT_THAT(server_->seen(), SizeIs(1));
    return server_->seen().at(0);
  }
  std::unique_ptr<LocalServer> server_;
};

TEST_F(Endpoints, create_posts_the_json_and_returns_the_task) {
  serve(
      R"({"task_id":"vid_1","status":"queued","model":"wan-2.6","created":1715000000,"expires_at":1715086400,"cost_cents":320})");
  const Task task = client_of(server_->url()).create(R"({"prompt":"p"})", "key", nullptr);
  EXPECT_EQ(task.task_id, "vid_1");
  EXPECT_EQ(task.status, TaskStatus::Queued);
  EXPECT_EQ(task.cost_cents, 320);
  EXPECT_EQ(seen().method, "POST");
  EXPECT_EQ(seen().path, "/v1/video/generations");
  EXPECT_EQ(seen().header("authorization"), std::string("Bearer ") + kKey);
  EXPECT_EQ(seen().header("content-type"), "application/json");
  EXPECT_EQ(seen().body, R"({"prompt":"p"})");
}

TEST_F(Endpoints, task_is_a_get_of_its_id) {
  serve(R"({"task_id":"vid_1","status":"running","progress":58})");
  const Task task = client_of(server_->url()).task("vid_1", nullptr);
  EXPECT_EQ(task.status, TaskStatus::Running);
  EXPECT_EQ(task.progress, 58);
  EXPECT_EQ(seen().method, "GET");
  EXPECT_EQ(seen().path, "/v1/video/tasks/vid_1");
  EXPECT_EQ(seen().header("authorization"), std::string("Bearer ") + kKey);
}

TEST_F(Endpoints, the_answer_to_a_get_is_of_the_task_that_was_asked_for_however_it_writes_the_id) {
  for (const char* id : {"\"VID_1\"", "1", "1.0", "\"vid-001\"", "70001", "-1", "1.5", "1e300",
                         "\"x\"", "\"req_77\"", "null", "[]"}) {
    serve(std::string(R"({"task_id":)") + id + R"(,"status":"running"})");
    EXPECT_EQ(client_of(server_->url()).task("vid_1", nullptr).task_id, "vid_1") << id;
  }
  serve(R"({"task_id":"vid_2","id":"vid_1","status":"running"})");
  EXPECT_EQ(client_of(server_->url()).task("vid_1", nullptr).task_id, "vid_1");
}

TEST_F(Endpoints, an_answer_about_another_task_is_none) {
  for (const char* body :
       {R"({"task_id":"vid_2","status":"completed","result_url":"https://cdn.example/2.mp4"})",
        R"({"id":"vid_2","status":"failed"})",
        R"({"id":"vid_1","data":{"task_id":"vid_2","status":"completed"}})"}) {
    serve(body);
    const Error error = error_of([&] { client_of(server_->url()).task("vid_1", nullptr); });
    EXPECT_EQ(error.kind, ErrorKind::Protocol) << body;
    EXPECT_THAT(error.message, testing::HasSubstr("the service answers about 'vid_2'")) << body;
  }
}

TEST_F(Endpoints, an_id_never_reaches_into_another_path) {
  serve("{}");
  client_of(server_->url()).task("..\\models?x=1#y%2f z", nullptr);
  EXPECT_EQ(seen().path, "/v1/video/tasks/..%5Cmodels%3Fx%3D1%23y%252f%20z");
  EXPECT_EQ(seen().query, "");
}

TEST_F(Endpoints, an_id_that_is_no_name_at_all_is_refused_before_anything_is_sent) {
  serve("{}");
  for (const std::string& id : {std::string(), std::string("."), std::string(".."),
                                std::string("../models"), std::string(256, 'x')}) {
    const Error error = error_of([&] { client_of(server_->url()).remove(id, nullptr); });
    EXPECT_EQ(error.kind, ErrorKind::Settings) << id;
    error_of([&] { client_of(server_->url()).task(id, nullptr); });
    error_of([&] { client_of(server_->url()).follow(id, 5, nullptr); });
  }
  EXPECT_THAT(server_->seen(), IsEmpty());
}

TEST_F(Endpoints, list_passes_limit_and_status_on) {
  serve(R"({"data":[{"task_id":"b"},{"task_id":"a"}]})");
  const std::vector<Task> tasks = client_of(server_->url()).tasks(20, "completed", nullptr);
  ASSERT_THAT(tasks, SizeIs(2));
  EXPECT_EQ(tasks[0].task_id, "b");
  EXPECT_EQ(seen().path, "/v1/video/tasks");
  EXPECT_EQ(seen().query, "limit=20&status=completed");
}

TEST_F(Endpoints, list_leaves_out_what_was_not_asked_for) {
  serve("[]");
  EXPECT_THAT(client_of(server_->url()).tasks(0, "", nullptr), IsEmpty());
  EXPECT_EQ(seen().query, "");
}

TEST_F(Endpoints, list_is_limited_and_filtered_where_the_service_ignores_both) {
  serve(R"({"data":[{"task_id":"d","status":"PROCESSING"},{"task_id":"c","status":"running"},
                    {"task_id":"b","status":"queued"},{"task_id":"a","status":"running"}]})");
  const std::vector<Task> tasks = client_of(server_->url()).tasks(2, "running", nullptr);
  ASSERT_THAT(tasks, SizeIs(2));
  EXPECT_EQ(tasks[0].task_id, "d");
  EXPECT_EQ(tasks[1].task_id, "c");
}

TEST_F(Endpoints, list_cannot_be_made_to_ask_for_something_else) {
  serve("[]");
  client_of(server_->url()).tasks(0, "a&limit=1 b", nullptr);
  EXPECT_EQ(seen().query, "status=a%26limit%3D1%20b");
}

TEST_F(Endpoints, remove_is_a_delete_whose_answer_may_be_anything_that_does_not_contradict_it) {
  for (const char* body : {"not json", "", "[]", R"({"deleted":true})", R"({"deleted":"yes"})",
                           R"({"deleted":true,"message":"Task deleted","error":null})",
                           R"({"message":"Task deleted"})",
                           R"({"task_id":"vid_1","status":"failed","error":"no fox"})",
                           R"({"deleted":true,"task_id":"VID-1"})", R"({"status":"deleted"})"}) {
    serve(body);
    client_of(server_->url()).remove("vid_1", nullptr);
    EXPECT_EQ(seen().method, "DELETE");
    EXPECT_EQ(seen().path, "/v1/video/tasks/vid_1");
  }
}

TEST_F(Endpoints, remove_fails_where_the_answer_says_that_the_task_is_still_there) {
  for (const char* body :
       {R"({"deleted":false})", R"({"data":{"deleted":false}})",
        R"({"error":{"message":"the task runs"}})", R"({"deleted":true,"task_id":"vid_2"})"}) {
    serve(body);
    const Error error = error_of([&] { client_of(server_->url()).remove("vid_1", nullptr); });
    EXPECT_EQ(error.kind, ErrorKind::Protocol) << body;
    EXPECT_EQ(error.step, Step::Delete) << body;
  }
}

TEST_F(Endpoints, models_are_only_those_that_make_video) {
  serve(
      R"({"data":[{"id":"gpt","output_modalities":["text"]},{"id":"old"},{"id":"wan","output_modalities":["text","video"]}]})");
  const std::vector<Model> models = client_of(server_->url()).models(nullptr);
  ASSERT_THAT(models, SizeIs(1));
  EXPECT_EQ(models[0].id, "wan");
  EXPECT_EQ(seen().path, "/v1/models");
}

TEST_F(Endpoints, urls_of_a_task_may_be_relative_to_the_request) {
  serve(
      R"({"data":[{"task_id":"a","result_url":"/cdn/a.mp4?s=1","thumbnail_url":"//127.0.0.1:1/a.jpg"}]})");
  for (const Task& task : {client_of(server_->url()).task("a", nullptr),
                           client_of(server_->url()).create("{}", "key", nullptr),
                           client_of(server_->url()).tasks(0, "", nullptr).at(0)}) {
    EXPECT_EQ(task.result_url, server_->url("/cdn/a.mp4?s=1"));
    EXPECT_EQ(task.thumbnail_url, "http://127.0.0.1:1/a.jpg");
  }
}

TEST_F(Endpoints, models_can_be_asked_for_without_a_key) {
  serve("[]");
  api::Client(*session_, server_->url(), "").models(nullptr);
  EXPECT_EQ(seen().headers.count("authorization"), 0u);
}

TEST_F(Endpoints, keep_the_path_of_the_base_url) {
  serve("[]");
  client_of(server_->url("/proxy/air")).tasks(0, "", nullptr);
  EXPECT_EQ(seen().path, "/proxy/air/v1/video/tasks");
}

class FixedClock final : public Clock {
 public:
  double elapsed() const override { return 0; }
  std::int64_t unix_time() const override { return 1000; }
};

TEST_F(ApiTest, gives_the_time_of_the_service_by_its_responses) {
  LocalServer server([](LocalServer&, SoupServerMessage* message) {
    test::add_header(message, "Date", "Sun, 06 Nov 1994 08:49:37 GMT");
    test::answer_json(message, "[]");
  });
  const FixedClock clock;
  api::Client client(*session_, server.url(), kKey, clock);
  EXPECT_EQ(client.service_time(), 1000);
  client.tasks(0, "", nullptr);
  EXPECT_EQ(client.service_time(), 784111777);
}

TEST_F(ApiTest, does_not_believe_a_service_that_says_it_is_before_1970) {
  LocalServer server([](LocalServer&, SoupServerMessage* message) {
    test::add_header(message, "Date", "Wed, 31 Dec 1969 23:59:59 GMT");
    test::answer_json(message, "[]");
  });
  const FixedClock clock;
  api::Client client(*session_, server.url(), kKey, clock);
  client.tasks(0, "", nullptr);
  EXPECT_EQ(client.service_time(), 1000);
  EXPECT_FALSE(client.knows_service_time());
}

}  // namespace
}  // namespace airforce
