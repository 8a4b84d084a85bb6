// SPDX-License-Identifier: LGPL-2.1-or-later
// The way to the service: the certificate authorities of the system and the proxy of the
// environment.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "authority.h"
#include "local_server.h"
#include "raw_server.h"
#include "tool.h"

namespace airforce::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr int kExitNetwork = 8;  // as documented
constexpr const char* kKey = "sk-air-canary";
constexpr const char* kSystemStore = "/etc/ssl/certs/ca-certificates.crt";

// A service that lists one model, over HTTPS on a port of this machine.
class Service {
 public:
  explicit Service(GTlsCertificate* certificate) : server_(list_a_model, certificate) {}
  const LocalServer& server() const { return server_; }
  int port() const {
    const std::string url = server_.url();
    return std::stoi(url.substr(url.rfind(':') + 1));
  }

 private:
  static void list_a_model(LocalServer&, SoupServerMessage* message) {
    answer_json(message, R"({"data": [{"id": "wan-2.6", "output_modalities": ["video"]}]})");
  }
  LocalServer server_;
};

// `airforce-video models` asks this service, with nothing of the test's own proxy settings.
Command models_of(const TempDir& directory, const std::string& base_url) {
  Command command;
  command.arguments = {"env", "--unset=GIO_USE_PROXY_RESOLVER", AIRFORCE_VIDEO_PATH, "models"};
  command.environment = {{"AIRFORCE_BASE_URL", base_url},
                         {"AIRFORCE_API_KEY", kKey},
                         {"HOME", directory.path()},
                         {"XDG_CURRENT_DESKTOP", ""},
                         {"LC_ALL", "C.UTF-8"}};
  return command;
}

// `command` in a mount namespace of its own, where the system trusts this authority and no other.
Command trusting(const Authority& authority, Command command) {
  const std::vector<std::string> around = {"unshare",
                                           "--user",
                                           "--map-root-user",
                                           "--mount",
                                           "sh",
                                           "-ec",
                                           "mount --bind \"$1\" \"$2\"; shift 2; exec \"$@\"",
                                           "sh",
                                           authority.file(),
                                           kSystemStore};
  command.arguments.insert(command.arguments.begin(), around.begin(), around.end());
  return command;
}

// Whether this system, or the container that it is, lets anybody make such a namespace.
bool can_replace_the_system_store(const Authority& authority) {
  Command command;
  command.arguments = {"true"};
  return run(trusting(authority, command)).exit_code == 0;
}

// A proxy that takes every CONNECT to one port of this machine, whatever host it is for.
class Proxy {
 public:
  explicit Proxy(int port)
      : server_([this, port](RawConnection& connection, int) {
          const std::string request = connection.read_request();
          {
            const std::lock_guard lock(mutex_);
            requests_.push_back(request);
          }
          connection.write("HTTP/1.1 200 Connection established\r\n\r\n");
          connection.tunnel_to(port);
        }) {}
  std::string url() const { return server_.url(); }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;  // under mutex_
  RawServer server_;                   // last: its threads use the others
};

class Network : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { authority_ = std::make_unique<Authority>(); }
  static void TearDownTestSuite() { authority_.reset(); }

  TempDir directory_;
  static std::unique_ptr<Authority> authority_;
};
std::unique_ptr<Authority> Network::authority_;

TEST_F(Network, trusts_the_authorities_that_the_system_trusts) {
  if (!can_replace_the_system_store(*authority_)) GTEST_SKIP() << "no namespace can be made here";
  const Service service(authority_->issue("IP:127.0.0.1").get());
  const Finished finished =
      run(trusting(*authority_, models_of(directory_, service.server().url())));
  EXPECT_EQ(finished.exit_code, 0) << finished.errors;
  EXPECT_THAT(finished.output, HasSubstr("wan-2.6"));
}

TEST_F(Network, keeps_the_key_from_a_service_that_the_system_does_not_trust) {
  const Service service(authority_->issue("IP:127.0.0.1").get());
  const Finished finished = run(models_of(directory_, service.server().url()));
  EXPECT_EQ(finished.exit_code, kExitNetwork) << finished.errors;
  EXPECT_THAT(finished.errors,
              AllOf(HasSubstr("unknown authority"), HasSubstr("https://127.0.0.1:")));
  EXPECT_THAT(service.server().seen(), IsEmpty());
}

TEST_F(Network, goes_through_the_proxy_of_the_environment_and_keeps_the_key_from_it) {
  const Service service(authority_->issue("DNS:api.example").get());
  const Proxy proxy(service.port());
  Command command = models_of(directory_, "https://api.example");
  command.environment["https_proxy"] = proxy.url();
  if (can_replace_the_system_store(*authority_)) {
    const Finished finished = run(trusting(*authority_, command));
    EXPECT_EQ(finished.exit_code, 0) << finished.errors;
    ASSERT_THAT(service.server().seen(), SizeIs(1));
    EXPECT_EQ(service.server().seen()[0].header("authorization"), std::string("Bearer ") + kKey);
  } else {
    EXPECT_THAT(run(command).errors, HasSubstr("unknown authority")) << "of what is behind it";
  }
  EXPECT_THAT(proxy.requests(),
              ElementsAre(AllOf(StartsWith("CONNECT api.example:443 "),
                                Not(HasSubstr("Authorization")), Not(HasSubstr(kKey)))));
}

TEST_F(Network, verifies_the_certificate_behind_a_proxy) {
  const Service service(authority_->issue("DNS:elsewhere.example").get());
  const Proxy proxy(service.port());
  Command command = models_of(directory_, "https://api.example");
  command.environment["https_proxy"] = proxy.url();
  EXPECT_EQ(run(command).exit_code, kExitNetwork);
  EXPECT_THAT(proxy.requests(), SizeIs(1));
  EXPECT_THAT(service.server().seen(), IsEmpty());
}

TEST_F(Network, goes_past_the_proxy_where_the_environment_says_so) {
  const Service service(authority_->issue("IP:127.0.0.1").get());
  const Proxy proxy(service.port());
  Command command = models_of(directory_, service.server().url());
  command.environment["https_proxy"] = proxy.url();
  command.environment["no_proxy"] = "127.0.0.1";
  EXPECT_THAT(run(command).errors, HasSubstr("unknown authority")) << "of the service itself";
  EXPECT_THAT(proxy.requests(), IsEmpty());
}

}  // namespace
}  // namespace airforce::test
