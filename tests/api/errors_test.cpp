// SPDX-License-Identifier: LGPL-2.1-or-later
// What a user sees when the service refuses, fails or talks nonsense.
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
  const Error error = error_of([&] { client_of(server.url()).create("{}", "key", nullptr); });
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
    testing::Values(
        Refusal{400, R"({"error":{"type":"invalid_request_error","message":"quality 4k"}})",
                ErrorKind::Rejected, "quality 4k"},
        Refusal{401, R"({"error":"no"})", ErrorKind::NotAuthorized, "AIRFORCE_API_KEY"},
        Refusal{402, R"({"message":"balance 3"})", ErrorKind::NotAuthorized, "top up"},
        Refusal{403, "", ErrorKind::NotAuthorized, "the account may not do this"},
        Refusal{403, R"({"error":{"message":"no","code":"free_tier_gated"}})",
                ErrorKind::NotAuthorized, "change the plan"},
        Refusal{403, R"({"error":"email_verification_required","message":"no"})",
                ErrorKind::NotAuthorized, "confirm the account's e-mail address"},
        Refusal{400, R"({"error":{"code":"consent_stale"}})", ErrorKind::NotAuthorized,
                "accept the service's current terms"},
        Refusal{400, R"({"error":{"message":"m","code":"unknown_model"}})", ErrorKind::Rejected,
                "choose one of the models"},
        Refusal{404, R"({"error":{"message":"m","type":"model_not_found"}})", ErrorKind::Rejected,
                "choose one of the models"},
        Refusal{400, R"({"error":{"code":"insufficient_balance"}})", ErrorKind::NotAuthorized,
                "top up"},
        Refusal{429, R"({"error":{"code":"ACCOUNT_TEMPORARILY_LOCKED"}})", ErrorKind::Busy,
                "the account is locked"},
        Refusal{403, R"({"error":{"code":"account-temporarily-locked"}})", ErrorKind::Busy,
                "the account is locked"},
        Refusal{429, R"({"detail":{"code":"account_temporarily_locked","message":"m"}})",
                ErrorKind::Busy, "the account is locked"},
        Refusal{429, R"({"error":{"code":"account_temporarily_locked"}})", ErrorKind::Busy,
                "the account is locked"},
        Refusal{404, R"({"detail":"Not Found"})", ErrorKind::NotFound, "Not Found"},
        Refusal{400, R"({"detail":"no"})", ErrorKind::Rejected, "change what"},
        Refusal{405, "", ErrorKind::Rejected, "check the base URL"},
        Refusal{409, R"({"detail":"twice"})", ErrorKind::Rejected, "twice"},
        Refusal{409, R"({"detail":"twice"})", ErrorKind::Rejected, "wait until"},
        Refusal{413, "", ErrorKind::Rejected, "smaller input images"},
        Refusal{422, R"({"detail":"no"})", ErrorKind::Rejected, "change what"},
        Refusal{425, "", ErrorKind::Rejected, "run the same request again"},
        Refusal{501, "", ErrorKind::Server, "check the base URL"},
        Refusal{422, R"({"detail":[{"loc":["body","seed"],"msg":"no integer"}]})",
                ErrorKind::Rejected, "body.seed: no integer"},
        Refusal{429, R"({"error":{"message":"4 tasks in flight"}})", ErrorKind::Busy,
                "4 tasks in flight"},
        Refusal{500, "oops", ErrorKind::Server, "oops"},
        Refusal{502, "<html><h1>Bad</h1></html>", ErrorKind::Server, "Bad Gateway"},
        Refusal{503, "", ErrorKind::Busy, "503"}, Refusal{504, "{", ErrorKind::Server, "504"}));

TEST_F(ApiTest, says_when_to_list_again_after_a_429) {
  std::string body = R"({"error":{"message":"slow","retry_after":7}})";
  LocalServer server(
      [&](LocalServer&, SoupServerMessage* message) { test::answer_json(message, body, 429); });
  const auto next_step = [&] {
    return error_of([&] { client_of(server.url()).tasks(0, "", nullptr); }).next_step;
  };
  EXPECT_EQ(next_step(), "try again in 7 s");
  body = "";
  EXPECT_EQ(next_step(), "try again in a minute");
}

TEST_F(ApiTest, keeps_the_services_own_type_apart) {
  LocalServer server([](LocalServer&, SoupServerMessage* message) {
    test::answer_json(message, R"({"error":{"type":"content_policy","message":"m"}})", 400);
  });
  EXPECT_EQ(error_of([&] { client_of(server.url()).task("a", nullptr); }).api_type,
            "content_policy");
}

TEST_F(ApiTest, keeps_the_services_code_and_the_requests_id) {
  LocalServer server([](LocalServer&, SoupServerMessage* message) {
    test::add_header(message, "X-Request-ID", "req_\x1b[1m7");
    test::answer_json(message, R"({"error":{"type":"t","code":"free_tier_gated","message":"m"}})",
                      403);
  });
  const Error error = error_of([&] { client_of(server.url()).task("a", nullptr); });
  EXPECT_EQ(error.api_code, "free_tier_gated");
  EXPECT_EQ(error.request_id, "req_[1m7");
  EXPECT_THAT(error.text(), HasSubstr("t, free_tier_gated: m (request req_[1m7)"));
}

TEST_F(ApiTest, takes_the_requests_id_of_the_body_where_no_header_has_it) {
  LocalServer server([](LocalServer&, SoupServerMessage* message) {
    test::answer_json(message, R"({"error":"no","request_id":"req_8"})", 500);
  });
  EXPECT_EQ(error_of([&] { client_of(server.url()).task("a", nullptr); }).request_id, "req_8");
}

struct ErrorIn200 {
  const char* body;
  ErrorKind kind;
};

class ErrorInASuccess : public ApiTest, public testing::WithParamInterface<ErrorIn200> {};

TEST_P(ErrorInASuccess, shows_the_services_words_and_leaves_open_what_happened) {
  LocalServer server([&](LocalServer&, SoupServerMessage* message) {
    test::add_header(message, "X-Request-ID", "req_9");
    test::answer_json(message, GetParam().body);
  });
  api::Client client = client_of(server.url());
  for (const Error& error : {error_of([&] { client.create("{}", "key", nullptr); }),
                             error_of([&] { client.task("a", nullptr); }),
                             error_of([&] { client.tasks(0, "", nullptr); }),
                             error_of([&] { client.models(nullptr); })}) {
    EXPECT_EQ(error.kind, GetParam().kind);
    EXPECT_EQ(error.http_status, 200);
    EXPECT_TRUE(error.delivered);
    EXPECT_EQ(error.request_id, "req_9");
    EXPECT_THAT(error.text(), AllOf(HasSubstr("12 of 200 cents"), HasSubstr("req_9")));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Api, ErrorInASuccess,
    testing::Values(
        ErrorIn200{R"({"error":{"type":"x","message":"12 of 200 cents"}})", ErrorKind::Protocol},
        ErrorIn200{R"({"error":{"code":"insufficient_balance","message":"12 of 200 cents"}})",
                   ErrorKind::NotAuthorized},
        ErrorIn200{R"({"error":"12 of 200 cents"})", ErrorKind::Protocol},
        ErrorIn200{R"({"message":"12 of 200 cents"})", ErrorKind::Protocol},
        ErrorIn200{R"({"data":null,"detail":"12 of 200 cents"})", ErrorKind::Protocol}));

TEST_F(ApiTest, quotes_the_title_of_a_page_and_nothing_else_of_it) {
  for (const int status : {502, 200}) {
    LocalServer server([status](LocalServer&, SoupServerMessage* message) {
      test::answer(message, status, "text/html",
                   "<html><head><title>Host &amp; origin\x1b[31m error</title></head>"
                   "<body>nginx</body></html>");
    });
    const Error error = error_of([&] { client_of(server.url()).models(nullptr); });
    EXPECT_THAT(error.text(), AllOf(HasSubstr("the page \"Host & origin[31m error\""),
                                    Not(HasSubstr("<")), Not(HasSubstr("nginx"))));
    EXPECT_EQ(error.step, Step::Models);
  }
}

TEST_F(ApiTest, never_shows_a_key_that_the_markup_of_a_page_cuts_in_pieces) {
  const std::string key = kKey;
  for (const std::string& echo :
       {key.substr(0, 9) + "<b></b>" + key.substr(9), key.substr(0, 9) + "<!-- -->" + key.substr(9),
        std::string(110, 'x') + " " + key.substr(0, 9) + "<i>" + key.substr(9)}) {
    LocalServer server([&echo](LocalServer&, SoupServerMessage* message) {
      test::answer(message, 403, "text/html", "<html><body>" + echo + "</body></html>");
    });
    const Error error = error_of([&] { client_of(server.url()).models(nullptr); });
    EXPECT_THAT(error.text(),
                AllOf(Not(HasSubstr(key.substr(0, 9))), Not(HasSubstr(key.substr(9)))))
        << echo;
  }
}

TEST_F(ApiTest, never_shows_a_key_that_the_service_echoes) {
  LocalServer server([](LocalServer&, SoupServerMessage* message) {
    const std::string echo = std::string(280, 'x') + " the key " + kKey + " is wrong";
    test::add_header(message, "X-Request-ID", kKey);
    test::answer_json(
        message,
        "{\"error\":{\"type\":\"" + std::string(kKey) + "\",\"message\":\"" + echo + "\"}}", 401);
  });
  EXPECT_EQ(error_of([&] { client_of(server.url()).task("a", nullptr); }).request_id, "[hidden]");
  error_of([&] { client_of(server.url()).task("a", nullptr); });  // looks for it
}

TEST_F(ApiTest, a_short_key_does_not_spoil_the_answer_to_a_purchase) {
  LocalServer server([](LocalServer&, SoupServerMessage* message) {
    test::answer_json(message, R"({"task_id":"vid_1","status":"queued"})");
  });
  api::Client client(*session_, server.url(), "sk");
  EXPECT_EQ(client.create("{}", "key", nullptr).task_id, "vid_1");
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
    const char* path = g_uri_get_path(soup_server_message_get_uri(message));
    if (g_str_has_suffix(path, "/a")) test::add_header(message, "Retry-After", "7");
    test::answer_json(message, g_str_has_suffix(path, "/c") ? R"({"retry_after":9})" : "{}", 429);
  });
  EXPECT_EQ(error_of([&] { client_of(server.url()).task("c", nullptr); }).retry_after_seconds, 9);
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
    const Error error = error_of([&] { client_of(server.url()).create("{}", "key", nullptr); });
    EXPECT_THAT(error.text(), HasSubstr("redirect"));
    EXPECT_EQ(error.http_status, status);
    error_of([&] { client_of(server.url()).task("a", nullptr); });
    error_of([&] { client_of(server.url()).follow("a", 5, nullptr); });
  }
  EXPECT_THAT(other.seen(), IsEmpty());
}

class UnreadableAnswer : public ApiTest, public testing::WithParamInterface<const char*> {};

TEST_P(UnreadableAnswer, leaves_open_whether_a_create_was_carried_out) {
  LocalServer server(
      [](LocalServer&, SoupServerMessage* message) { test::answer_json(message, GetParam()); });
  const Error error = error_of([&] { client_of(server.url()).create("{}", "key", nullptr); });
  EXPECT_EQ(error.kind, ErrorKind::Protocol);
  EXPECT_EQ(error.step, Step::Create);
  EXPECT_EQ(error.http_status, 200);
  EXPECT_TRUE(error.delivered);
}

INSTANTIATE_TEST_SUITE_P(Api, UnreadableAnswer,
                         testing::Values("", "{}", "{\"task_id\":null}", "{\"task_id\":{}}",
                                         "{\"task_id\":\"a/b\"}", "{\"status\":\"queued\"}",
                                         "{\"task_id\":\"a\"", "<html></html>", "[]"));

TEST_F(ApiTest, knows_that_a_create_was_not_delivered_where_nobody_listens) {
  std::string url;
  {
    url = RawServer([](RawConnection&, int) {}).url();
  }
  const Error error = error_of([&] { client_of(url).create("{}", "key", nullptr); });
  EXPECT_EQ(error.kind, ErrorKind::Network);
  EXPECT_EQ(error.step, Step::Create);
  EXPECT_FALSE(error.delivered);
}

TEST_F(ApiTest, cannot_know_it_of_a_create_whose_answer_was_lost_and_sends_it_once) {
  RawServer server([](RawConnection& connection, int) { connection.read_request(); });
  const Error error = error_of([&] { client_of(server.url()).create("{}", "key", nullptr); });
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
    return error_of([&] { client_of(server.url()).create("{}", "key", cancellable.get()); });
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
