// SPDX-License-Identifier: LGPL-2.1-or-later
// The download of a pre-signed URL: whom the key is given to, and where redirects lead.
#include <array>

#include "api_test.h"

namespace airforce {
namespace {

using test::ApiTest;
using test::kKey;
using test::LocalServer;
using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

// On this machine, as the servers that play the CDN are, but none of them.
constexpr const char* kOtherApi = "http://127.0.0.1:1";

// "" if the key was not sent.
std::string key_sent(const test::Seen& seen) {
  return seen.header("authorization");
}

LocalServer::Handler clip() {
  return [](LocalServer&, SoupServerMessage* message) {
    test::answer(message, 200, "video/mp4", "clip");
  };
}

// Sends everything to where `target` says.
LocalServer::Handler redirect(std::function<std::string()> target) {
  return [target = std::move(target)](LocalServer&, SoupServerMessage* message) {
    test::add_header(message, "Location", target());
    test::answer(message, 302, "text/plain", "");
  };
}

class Fetch : public ApiTest {
 protected:
  int status_of(api::Client& client, const std::string& url, std::optional<api::Range> range = {},
                const std::string& validator = "") {
    return client.fetch(url, range, validator, nullptr)->head().status;
  }
  // The message of a redirect that is not followed.
  std::string refusal_of(api::Client& client, const std::string& url) {
    const Error error = error_of([&] { client.fetch(url, {}, "", nullptr); });
    EXPECT_EQ(error.kind, ErrorKind::Protocol);
    EXPECT_EQ(error.step, Step::Download);
    return error.message;
  }
};

TEST_F(Fetch, gives_the_key_to_no_other_origin) {
  LocalServer cdn(clip());
  api::Client client = client_of(kOtherApi);
  EXPECT_EQ(status_of(client, cdn.url("/v.mp4?sig=1")), 200);
  ASSERT_THAT(cdn.seen(), SizeIs(1));
  EXPECT_EQ(cdn.seen()[0].query, "sig=1");
  EXPECT_EQ(key_sent(cdn.seen()[0]), "");
}

TEST_F(Fetch, gives_the_key_to_another_port_of_the_same_host_neither) {
  LocalServer api(clip());
  LocalServer cdn(clip());
  api::Client client = client_of(api.url());
  status_of(client, cdn.url("/v.mp4"));
  EXPECT_EQ(key_sent(cdn.seen().at(0)), "");
}

TEST_F(Fetch, gives_the_key_to_the_apis_own_origin) {
  LocalServer api(clip());
  api::Client client = client_of(api.url());
  status_of(client, api.url("/files/v.mp4"));
  EXPECT_EQ(key_sent(api.seen().at(0)), std::string("Bearer ") + kKey);
}

TEST_F(Fetch, takes_the_key_along_no_redirect_to_another_origin) {
  LocalServer cdn(clip());
  LocalServer api(redirect([&] { return cdn.url("/v.mp4?sig=1"); }));
  api::Client client = client_of(api.url());
  EXPECT_EQ(status_of(client, api.url("/files/v.mp4")), 200);
  EXPECT_NE(key_sent(api.seen().at(0)), "");
  EXPECT_EQ(key_sent(cdn.seen().at(0)), "");
}

TEST_F(Fetch, does_not_let_another_origin_lead_the_key_back_to_the_api) {
  LocalServer api(clip());
  LocalServer cdn(redirect([&] { return api.url("/v1/video/tasks/vid_1"); }));
  api::Client client = client_of(api.url());
  EXPECT_EQ(status_of(client, cdn.url("/v.mp4")), 200);
  EXPECT_EQ(key_sent(api.seen().at(0)), "");
}

TEST_F(Fetch, asks_nobody_for_what_is_no_url) {
  api::Client client = client_of(kOtherApi);
  for (const char* url : {"", "ftp://cdn.host/v.mp4", "https://", "https://cdn.\x16host/?sig=1"})
    EXPECT_EQ(refusal_of(client, url), "the clip's URL is not an http(s) URL") << url;
}

TEST_F(Fetch, asks_for_the_part_that_is_wanted_if_the_file_is_still_the_same) {
  LocalServer cdn(clip());
  api::Client client = client_of(kOtherApi);
  status_of(client, cdn.url("/"), api::Range{100, {}});
  status_of(client, cdn.url("/"), api::Range{100, 199}, "\"etag\"");
  status_of(client, cdn.url("/"));
  ASSERT_THAT(cdn.seen(), SizeIs(3));
  EXPECT_EQ(cdn.seen()[0].header("range"), "bytes=100-");
  EXPECT_EQ(cdn.seen()[0].header("if-range"), "");
  EXPECT_EQ(cdn.seen()[1].header("range"), "bytes=100-199");
  EXPECT_EQ(cdn.seen()[1].header("if-range"), "\"etag\"");
  EXPECT_EQ(cdn.seen()[2].header("range"), "");
}

TEST_F(Fetch, asks_every_redirects_target_for_the_same_part) {
  LocalServer cdn(clip());
  LocalServer front(redirect([&] { return cdn.url("/v.mp4"); }));
  api::Client client = client_of(kOtherApi);
  status_of(client, front.url("/"), api::Range{7, {}}, "\"etag\"");
  EXPECT_EQ(cdn.seen().at(0).header("range"), "bytes=7-");
  EXPECT_EQ(cdn.seen().at(0).header("if-range"), "\"etag\"");
}

TEST_F(Fetch, asks_for_the_file_itself_and_not_for_a_compressed_form) {
  LocalServer cdn(clip());
  api::Client client = client_of(kOtherApi);
  status_of(client, cdn.url("/"));
  EXPECT_EQ(cdn.seen().at(0).header("accept-encoding"), "identity");
}

TEST_F(Fetch, follows_five_redirects_and_no_sixth) {
  int hops = 0;
  LocalServer cdn([&](LocalServer&, SoupServerMessage* message) {
    if (hops-- > 0) {
      test::add_header(message, "Location", "/next?canary=1");
      test::answer(message, 307, "text/plain", "");
    } else {
      test::answer(message, 200, "video/mp4", "clip");
    }
  });
  api::Client client = client_of(kOtherApi);
  hops = 5;
  EXPECT_EQ(status_of(client, cdn.url("/")), 200);
  hops = 6;
  EXPECT_THAT(refusal_of(client, cdn.url("/")), HasSubstr("redirects more than 5 times"));
}

TEST_F(Fetch, follows_no_redirect_to_anything_but_http) {
  for (const char* target :
       {"file:///etc/passwd", "ftp://127.0.0.1/canary", "data:video/mp4,canary", "http://"}) {
    LocalServer cdn(redirect([&] { return target; }));
    api::Client client = client_of(kOtherApi);
    EXPECT_THAT(refusal_of(client, cdn.url("/")), HasSubstr("only to http(s)")) << target;
  }
}

TEST_F(Fetch, goes_to_no_private_place_that_the_base_is_not_in) {
  LocalServer cdn(clip());
  for (const std::string& url :
       {cdn.url("/v.mp4"), std::string("https://127.0.0.1:1/"), std::string("https://localhost:1/"),
        std::string("https://[::1]/"), std::string("https://10.0.0.1/"),
        std::string("https://169.254.169.254/"), std::string("https://[fd00::1]/"),
        std::string("https://100.64.0.1/"), std::string("https://[::ffff:127.0.0.1]/")}) {
    api::Client client = client_of("https://api.airforce");
    EXPECT_THAT(refusal_of(client, url), HasSubstr("the clip's URL leads to")) << url;
  }
  for (const char* url : {"http://10.0.0.1:1/", "http://169.254.169.254/"}) {
    api::Client client = client_of(kOtherApi);
    EXPECT_THAT(refusal_of(client, url), HasSubstr("the clip's URL leads to")) << url;
  }
  EXPECT_THAT(cdn.seen(), SizeIs(0));
}

// A name of this machine that only a lookup shows to be one.
std::string by_name(const LocalServer& server) {
  std::string url = server.url("/");
  return url.replace(url.find("127.0.0.1"), 9, "localhost.");
}

TEST_F(Fetch, judges_the_address_that_is_connected_to) {
  LocalServer cdn(clip());
  api::Client client = client_of("http://10.0.0.1");
  const Error error = error_of([&] { client.fetch(by_name(cdn), {}, "", nullptr); });
  EXPECT_EQ(error.kind, ErrorKind::Protocol);
  EXPECT_THAT(error.text(),
              AllOf(HasSubstr("is on this machine"), HasSubstr("AIRFORCE_ALLOW_PRIVATE_URLS")));
  EXPECT_THAT(cdn.seen(), SizeIs(0));
}

TEST_F(Fetch, judges_the_address_of_a_connection_that_was_there_already) {
  LocalServer cdn(clip());
  api::Client local = client_of(kOtherApi);
  EXPECT_EQ(status_of(local, by_name(cdn)), 200);
  api::Client other = client_of("http://10.0.0.1");
  EXPECT_EQ(error_of([&] { other.fetch(by_name(cdn), {}, "", nullptr); }).kind,
            ErrorKind::Protocol);
  EXPECT_THAT(cdn.seen(), SizeIs(1));
}

TEST_F(Fetch, follows_no_redirect_to_a_private_place) {
  LocalServer cdn(redirect([] { return "http://10.0.0.1/v.mp4"; }));
  api::Client client = client_of(kOtherApi);
  EXPECT_THAT(refusal_of(client, cdn.url("/")), HasSubstr("a redirect leads to http://10.0.0.1"));
}

TEST_F(Fetch, goes_from_https_to_https_only) {
  api::Client client = client_of("https://api.airforce");
  EXPECT_THAT(refusal_of(client, "http://cdn.example/v.mp4"), HasSubstr("not encrypted"));
}

TEST_F(Fetch, goes_anywhere_if_the_user_says_so) {
  LocalServer cdn(clip());
  api::Client client = client_of("https://api.airforce");
  g_setenv("AIRFORCE_ALLOW_PRIVATE_URLS", "1", TRUE);
  EXPECT_EQ(status_of(client, cdn.url("/v.mp4")), 200);
  g_unsetenv("AIRFORCE_ALLOW_PRIVATE_URLS");
}

TEST_F(Fetch, hides_the_key_in_what_the_apis_own_origin_echoes) {
  LocalServer api([](LocalServer&, SoupServerMessage* message) {
    test::add_header(message, "ETag", "\"" + std::string(kKey) + "\"");
    test::answer(message, 200, "video/mp4", "clip");
  });
  api::Client client = client_of(api.url());
  EXPECT_EQ(client.fetch(api.url("/v.mp4"), {}, "", nullptr)->head().header("etag"),
            "\"[hidden]\"");
}

TEST_F(Fetch, answers_a_refusal_as_it_is) {
  LocalServer cdn([](LocalServer&, SoupServerMessage* message) {
    test::answer(message, 403, "application/xml", "<Error>");
  });
  api::Client client = client_of(kOtherApi);
  EXPECT_EQ(status_of(client, cdn.url("/")), 403);
}

}  // namespace
}  // namespace airforce
