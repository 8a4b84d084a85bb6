// SPDX-License-Identifier: LGPL-2.1-or-later
// What a user is told when the service refuses, fails or talks nonsense.
#include <chrono>
#include <future>

#include "api_test.h"

namespace airforce {
namespace {

using test::ApiTest;
using test::kKey;
using test::LocalServer;
using test::RawConnection;
using test::RawServer;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

struct Refusal {
  int status;
  const char* body;
  ErrorKind kind;
  const char* words;  // of the error's text
};

void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.status << " " << refusal.body;
}

class RefusedRequest : public ApiTest, public testing::WithParamInterface<Refusal> {};

TEST_P(RefusedRequest, says_status_type_and_message_and_what_to_do) {
  const Refusal& refusal = GetParam();
  LocalServer server([&](LocalServer&, SoupServerMessage* message) {
    test::answer_json(message, refusal.body, refusal.status);
  });
  const Error error = error_of([&] { client_of(server.url()).create("{}", nullptr); });
  EXPECT_EQ(error.kind, refusal.kind);
  EXPECT_EQ(error.step, Step::Create);
  EXPECT_EQ(error.http_status, refusal.status);
  EXPECT_TRUE(error.delivered);
  EXPECT_THAT(error.text(),
              AllOf(HasSubstr(std::to_string(refusal.status)), HasSubstr(refusal.words)));
  EXPECT_THAT(server.seen(), SizeIs(1)) << "nothing is sent again here";
}

INSTANTIATE_TEST_SUITE_P(
    Api, RefusedRequest,
    testing::Values(Refusal{400,
                            R"({"error":{"type":"invalid_request_error","message":"quality 4k"}})",
                            ErrorKind::Rejected, "quality 4k"},
                    Refusal{401, R"({"error":"no"})", ErrorKind::NotAuthorized, "AIRFORCE_API_KEY"},
                    Refusal{402, R"({"message":"balance 3"})", ErrorKind::NotAuthorized, "top up"},
                    Refusal{403, "", ErrorKind::NotAuthorized, "AIRFORCE_API_KEY"},
                    Refusal{404, R"({"detail":"Not Found"})", ErrorKind::NotFound, "Not Found"},
                    Refusal{409, R"({"detail":"twice"})", ErrorKind::Rejected, "twice"},
                    Refusal{422, R"({"detail":[{"loc":["body","seed"],"msg":"no integer"}]})",
                            ErrorKind::Rejected, "body.seed: no integer"},
                    Refusal{429, R"({"error":{"message":"4 tasks in flight"}})", ErrorKind::Busy,
                            "4 tasks in flight"},
                    Refusal{500, "oops", ErrorKind::Server, "oops"},
                    Refusal{502, "<html><h1>Bad</h1></html>", ErrorKind::Server, "Bad Gateway"},
                    Refusal{503, "", ErrorKind::Busy, "503"},
                    Refusal{504, "{", ErrorKind::Server, "504"}));

TEST_F(ApiTest, keeps_the_services_own_type_apart) {
  LocalServer server([](LocalServer&, SoupServerMessage* message) {
    test::answer_json(message, R"({"error":{"type":"content_policy","message":"m"}})", 400);
  });
  EXPECT_EQ(error_of([&] { client_of(server.url()).task("a", nullptr); }).api_type,
            "content_policy");
}

TEST_F(ApiTest, never_shows_a_page) {
  LocalServer server([](LocalServer&, SoupServerMessage* message) {
    test::answer(message, 502, "text/html",
                 "<html><head><title>502</title></head><body>nginx</body></html>");
  });
  const Error error = error_of([&] { client_of(server.url()).models(nullptr); });
  EXPECT_THAT(error.text(), AllOf(Not(HasSubstr("<")), Not(HasSubstr("nginx"))));
  EXPECT_EQ(error.step, Step::Models);
}

TEST_F(ApiTest, never_shows_a_key_that_the_service_echoes) {
  LocalServer server([](LocalServer&, SoupServerMessage* message) {
    const std::string echo = std::string(280, 'x') + " the key " + kKey + " is wrong";
    test::answer_json(
        message,
        "{\"error\":{\"type\":\"" + std::string(kKey) + "\",\"message\":\"" + echo + "\"}}", 401);
  });
  error_of([&] { client_of(server.url()).task("a", nullptr); });  // looks for it
}

TEST_F(ApiTest, a_short_key_does_not_spoil_the_answer_to_a_purchase) {
  LocalServer server([](LocalServer&, SoupServerMessage* message) {
    test::answer_json(message, R"({"task_id":"vid_1","status":"queued"})");
  });
  api::Client client(*session_, server.url(), "sk");
  EXPECT_EQ(client.create("{}", nullptr).task_id, "vid_1");
}

TEST_F(ApiTest, shows_no_control_characters_of_a_reason_phrase) {
  RawServer server([](RawConnection& connection, int) {
    connection.read_request();
    connection.write("HTTP/1.1 500 Bad\x1b[31m\x07 <b>Day</b>\r\nContent-Length: 0\r\n\r\n");
  });
  const std::string text = error_of([&] { client_of(server.url()).task("a", nullptr); }).text();
  EXPECT_EQ(text.find_first_of("\x1b\x07<"), std::string::npos);
}

TEST_F(ApiTest, passes_on_how_long_the_service_wants_to_be_left_alone) {
  LocalServer server([](LocalServer&, SoupServerMessage* message) {
    if (g_str_has_suffix(g_uri_get_path(soup_server_message_get_uri(message)), "/a"))
      test::add_header(message, "Retry-After", "7");
    test::answer_json(message, "{}", 429);
  });
  EXPECT_EQ(error_of([&] { client_of(server.url()).task("a", nullptr); }).retry_after_seconds, 7);
  EXPECT_EQ(error_of([&] { client_of(server.url()).task("b", nullptr); }).retry_after_seconds, -1);
}

TEST_F(ApiTest, follows_no_redirect_of_the_api_and_gives_its_key_to_nobody) {
  LocalServer other([](LocalServer&, SoupServerMessage* message) {
    test::answer_json(message, R"({"task_id":"a"})");
  });
  for (const int status : {301, 302, 303, 307, 308}) {
    LocalServer server([&](LocalServer&, SoupServerMessage* message) {
      test::add_header(message, "Location", other.url("/x?canary=1"));
      test::answer(message, status, "text/plain", "");
    });
    const Error error = error_of([&] { client_of(server.url()).create("{}", nullptr); });
    EXPECT_THAT(error.text(), HasSubstr("redirect"));
    EXPECT_EQ(error.http_status, status);
    error_of([&] { client_of(server.url()).task("a", nullptr); });
    error_of([&] { client_of(server.url()).follow("a", 5, nullptr); });
  }
  EXPECT_THAT(other.seen(), IsEmpty());
}

class UnreadableAnswer : public ApiTest, public testing::WithParamInterface<const char*> {};

TEST_P(UnreadableAnswer, to_a_create_leaves_open_whether_it_was_carried_out) {
  LocalServer server(
      [](LocalServer&, SoupServerMessage* message) { test::answer_json(message, GetParam()); });
  const Error error = error_of([&] { client_of(server.url()).create("{}", nullptr); });
  EXPECT_EQ(error.kind, ErrorKind::Protocol);
  EXPECT_EQ(error.step, Step::Create);
  EXPECT_EQ(error.http_status, 200);
  EXPECT_TRUE(error.delivered);
}

INSTANTIATE_TEST_SUITE_P(Api, UnreadableAnswer,
                         testing::Values("", "{}", "{\"task_id\":null}", "{\"task_id\":7}",
                                         "{\"task_id\":\"a\"", "<html></html>", "[]"));

TEST_F(ApiTest, knows_that_a_create_was_not_delivered_where_nobody_listens) {
  std::string url;
  {
    url = RawServer([](RawConnection&, int) {}).url();
  }
  const Error error = error_of([&] { client_of(url).create("{}", nullptr); });
  EXPECT_EQ(error.kind, ErrorKind::Network);
  EXPECT_EQ(error.step, Step::Create);
  EXPECT_FALSE(error.delivered);
}

TEST_F(ApiTest, cannot_know_it_of_a_create_whose_answer_was_lost_and_sends_it_once) {
  RawServer server([](RawConnection& connection, int) { connection.read_request(); });
  const Error error = error_of([&] { client_of(server.url()).create("{}", nullptr); });
  EXPECT_EQ(error.kind, ErrorKind::Network);
  EXPECT_TRUE(error.delivered);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(ApiTest, reads_no_more_of_an_answer_than_an_answer_can_be) {
  RawServer server([](RawConnection& connection, int) {
    connection.read_request();
    connection.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[");
    while (connection.write(std::string(1 << 20, ' '))) continue;
  });
  const Error error = error_of([&] { client_of(server.url()).tasks(0, "", nullptr); });
  EXPECT_EQ(error.kind, ErrorKind::Protocol);
  EXPECT_THAT(error.message, HasSubstr("larger than"));
}

TEST_F(ApiTest, stops_at_once_when_it_is_cancelled) {
  std::promise<void> reached;
  RawServer server([&](RawConnection& connection, int) {
    connection.read_request();
    reached.set_value();
    connection.wait_for_close();
  });
  const GObjectPtr<GCancellable> cancellable(g_cancellable_new());
  auto working = std::async(std::launch::async, [&] {
    return error_of([&] { client_of(server.url()).create("{}", cancellable.get()); });
  });
  reached.get_future().wait();
  const auto start = std::chrono::steady_clock::now();
  g_cancellable_cancel(cancellable.get());
  const Error error = working.get();
  EXPECT_EQ(error.kind, ErrorKind::Cancelled);
  EXPECT_TRUE(error.delivered) << "the service had it already";
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

}  // namespace
}  // namespace airforce
