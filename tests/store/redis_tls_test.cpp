// SPDX-License-Identifier: LGPL-2.1-or-later
// rediss://, with an authority of its own.
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "redis_server.h"
#include "store/open_store.h"
#include "support/error_of.h"

namespace airforce::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class RedisTls : public ::testing::Test {
 protected:
  void SetUp() override {
    if (redis_programs().empty())
      GTEST_SKIP() << "neither redis-server nor valkey-server is installed";
  }
  void TearDown() override { unsetenv("SSL_CERT_FILE"); }

  // A server whose certificate is for `name` ("IP:127.0.0.1", "DNS:example.org").
  void start(const std::string& name) {
    const std::string make = "cd " + directory_.path().string() +
                             " && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test"
                             " -addext subjectAltName=" +
                             name + " -keyout key.pem -out cert.pem 2>log";
    ASSERT_EQ(std::system(make.c_str()), 0) << read_file(directory_.file("log"));
    port_ = free_port();
    server_ = std::make_unique<RedisServer>(
        redis_programs().front(),
        std::vector<std::string>{"--tls-port", std::to_string(port_), "--tls-cert-file",
                                 directory_.file("cert.pem"), "--tls-key-file",
                                 directory_.file("key.pem"), "--tls-ca-cert-file",
                                 directory_.file("cert.pem"), "--tls-auth-clients", "no"});
  }
  void trust() const { setenv("SSL_CERT_FILE", directory_.file("cert.pem").c_str(), 1); }
  std::unique_ptr<Store> open() const {
    return open_store("rediss://127.0.0.1:" + std::to_string(port_),
                      std::make_unique<ClipCache>(directory_.file("clips"), 0), system_clock());
  }
  std::string error() const {
    return test::text_of_error([&] { open(); });
  }

  TempDir directory_;
  std::unique_ptr<RedisServer> server_;
  int port_ = 0;
};

TEST_F(RedisTls, works_with_a_server_that_is_trusted) {
  start("IP:127.0.0.1");
  trust();
  const auto store = open();
  const auto intent = store->claim(request_named("fox"), Reusable::Unfinished).intent.id;
  store->sending(intent, 0);
  store->created(intent, "vid_1", 0, 1);
  EXPECT_TRUE(store->knows_task("account", "vid_1"));
}

TEST_F(RedisTls, refuses_a_certificate_that_nobody_vouches_for) {
  start("IP:127.0.0.1");
  EXPECT_THAT(error(), AllOf(HasSubstr("can't be trusted: self"), HasSubstr("SSL_CERT_FILE")));
}

TEST_F(RedisTls, refuses_a_certificate_for_another_host) {
  start("DNS:example.org");
  trust();
  EXPECT_THAT(error(), HasSubstr("can't be trusted: IP address mismatch"));
}

}  // namespace
}  // namespace airforce::testing
