// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/credentials.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"

namespace airforce {
namespace {

using testing::HasSubstr;
using testing::Not;

class CredentialsTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"AIRFORCE_API_KEY", "AIRFORCE_API_KEY_FILE", "AIRFORCE_BASE_URL"})
      unsetenv(name);
    std::string pattern = (std::filesystem::temp_directory_path() / "credentials.XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string file(const std::string& content) const {
    const auto path = directory_ / "key";
    std::ofstream(path) << content;
    return path.string();
  }

  std::string refusal() const {
    return test::text_of_error([&] { resolve_credentials(settings_); });
  }

  Settings settings_;
  std::filesystem::path directory_;
};

TEST_F(CredentialsTest, says_where_a_missing_key_goes) {
  EXPECT_THAT(refusal(), HasSubstr("set AIRFORCE_API_KEY"));
}

TEST_F(CredentialsTest, the_setting_goes_before_the_environment) {
  setenv("AIRFORCE_API_KEY", "sk-environment", 1);
  EXPECT_EQ(resolve_credentials(settings_).key, "sk-environment");
  settings_.set("api_key_file", file("sk-file\n"));
  EXPECT_EQ(resolve_credentials(settings_).key, "sk-file");
  settings_.set("api_key", "sk-setting");
  EXPECT_EQ(resolve_credentials(settings_).key, "sk-setting");
}

TEST_F(CredentialsTest, a_key_file_with_more_than_a_key_is_refused_without_showing_it) {
  settings_.set("api_key_file", file("sk-one\nsk-two\n"));
  EXPECT_THAT(refusal(), HasSubstr("does not hold one API key"));
  EXPECT_THAT(refusal(), Not(HasSubstr("sk-")));
}

TEST_F(CredentialsTest, an_empty_or_missing_key_file_is_named) {
  settings_.set("api_key_file", file(" \n"));
  EXPECT_THAT(refusal(), HasSubstr("is empty"));
  settings_.set("api_key_file", "/nowhere/key");
  EXPECT_THAT(refusal(), HasSubstr("'/nowhere/key'"));
}

TEST_F(CredentialsTest, the_key_is_never_sent_in_the_clear_to_another_machine) {
  settings_.set("api_key", "sk-canary");
  settings_.set("base_url", "http://api.example");
  EXPECT_THAT(refusal(), HasSubstr("unencrypted"));
  EXPECT_THAT(refusal(), Not(HasSubstr("canary")));
  settings_.set("base_url", "http://127.0.0.1:8080/");
  EXPECT_EQ(resolve_credentials(settings_).base_url, "http://127.0.0.1:8080");
}

TEST_F(CredentialsTest, accounts_differ_by_key_and_by_service) {
  const Credentials one{"https://a", "sk-1"};
  EXPECT_NE(one.account(), (Credentials{"https://a", "sk-2"}.account()));
  EXPECT_NE(one.account(), (Credentials{"https://b", "sk-1"}.account()));
  EXPECT_THAT(one.account(), Not(HasSubstr("sk-1")));
}

TEST_F(CredentialsTest, a_key_with_signs_that_no_header_takes_is_refused_without_showing_it) {
  settings_.set("api_key", "sk-caf\xC3\xA9");
  EXPECT_THAT(refusal(), HasSubstr("api_key does not hold one API key"));
  EXPECT_THAT(refusal(), Not(HasSubstr("sk-")));
}

TEST_F(CredentialsTest, a_key_file_that_can_hold_no_key_is_refused_for_its_size) {
  settings_.set("api_key_file", file(std::string(5000, 'k')));
  EXPECT_THAT(refusal(), HasSubstr("larger than 4096 bytes"));
}

}  // namespace
}  // namespace airforce
