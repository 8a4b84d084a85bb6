// SPDX-License-Identifier: LGPL-2.1-or-later
// Whom a session trusts, with a certificate authority of the test's own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "authority.h"
#include "http/session.h"
#include "local_server.h"

namespace airforce::http {
namespace {

using test::Authority;
using test::LocalServer;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kThisHost = "IP:127.0.0.1";

class Tls : public testing::Test {
 protected:
  static void SetUpTestSuite() { authority_ = std::make_unique<Authority>(); }
  static void TearDownTestSuite() { authority_.reset(); }

  // The authority becomes the whole of the store that GIO uses by default, here the system's.
  void SetUp() override {
    GErrorSlot error;
    const GObjectPtr<GTlsDatabase> trusted(
        g_tls_file_database_new(authority_->file().c_str(), error));
    ASSERT_TRUE(trusted) << error->message;
    g_tls_backend_set_default_database(g_tls_backend_get_default(), trusted.get());
  }
  void TearDown() override {
    g_tls_backend_set_default_database(g_tls_backend_get_default(), nullptr);
  }

  static Request post_to(const LocalServer& server) {
    Request request;
    request.method = "POST";
    request.url = server.url("/");
    request.headers = {{"Authorization", "Bearer canary"}};
    request.content_type = "application/json";
    request.body = "{}";
    return request;
  }
  static void say_yes(LocalServer&, SoupServerMessage* message) {
    test::answer(message, 200, "text/plain", "yes");
  }
  // What a POST to a server with this certificate is refused with; nothing of it has been sent.
  static std::string refusal_of(GTlsCertificate* certificate) {
    const LocalServer server(say_yes, certificate);
    try {
      make_session("airforce-test/1")->send(post_to(server), nullptr);
      ADD_FAILURE() << "it was trusted";
    } catch (const TransportError& error) {
      EXPECT_EQ(error.kind, TransportError::Kind::Unreachable);
      EXPECT_FALSE(error.delivered);
      EXPECT_THAT(server.seen(), IsEmpty());
      EXPECT_THAT(error.message, AllOf(HasSubstr("https://127.0.0.1:"), Not(HasSubstr("canary"))));
      return error.message;
    }
    return {};
  }

  static std::unique_ptr<Authority> authority_;
};
std::unique_ptr<Authority> Tls::authority_;

TEST_F(Tls, trusts_a_certificate_for_this_host_of_a_known_authority) {
  const LocalServer server(say_yes, authority_->issue(kThisHost).get());
  EXPECT_EQ(make_session("airforce-test/1")->send(post_to(server), nullptr).body, "yes");
}

TEST_F(Tls, refuses_a_certificate_of_an_unknown_authority) {
  EXPECT_THAT(refusal_of(Authority().issue(kThisHost).get()), HasSubstr("unknown authority"));
}

TEST_F(Tls, refuses_a_certificate_for_another_host) {
  EXPECT_THAT(refusal_of(authority_->issue("DNS:api.example").get()), HasSubstr("another host"));
}

TEST_F(Tls, refuses_a_certificate_that_has_expired) {
  EXPECT_THAT(refusal_of(authority_->issue(kThisHost, "20200101000000Z", "20200201000000Z").get()),
              HasSubstr("expired"));
}

TEST_F(Tls, refuses_a_certificate_that_is_not_valid_yet) {
  EXPECT_THAT(refusal_of(authority_->issue(kThisHost, "20980101000000Z", "20990101000000Z").get()),
              HasSubstr("not valid yet"));
}

}  // namespace
}  // namespace airforce::http
