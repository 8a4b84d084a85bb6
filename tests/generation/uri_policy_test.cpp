// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/uri_policy.h"

#include <glib.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"
#include "values/error.h"

namespace airforce {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Settings from_uri(const char* policy = nullptr) {
  Settings settings;
  if (policy != nullptr) settings.set("uri_policy", policy);
  settings.set_uri("airforce://generate?model=m&prompt=x");
  return settings;
}

class UriPolicyTest : public testing::Test {
 protected:
  ~UriPolicyTest() override { g_unsetenv("AIRFORCE_URI_POLICY"); }
};

TEST_F(UriPolicyTest, allows_a_purchase_at_first) {
  EXPECT_NO_THROW(check_may_open(from_uri()));
  EXPECT_NO_THROW(check_may_create(from_uri()));
}

TEST_F(UriPolicyTest, replay_refuses_a_purchase_and_says_how_to_allow_it) {
  EXPECT_NO_THROW(check_may_open(from_uri("replay")));
  const Error error = test::error_of([] { check_may_create(from_uri("replay")); });
  EXPECT_EQ(error.kind, ErrorKind::Settings);
  EXPECT_EQ(error.charge, Charge::None);
  EXPECT_THAT(error.text(), AllOf(HasSubstr("uri_policy=replay"), HasSubstr("uri_policy=allow")));
}

TEST_F(UriPolicyTest, deny_refuses_any_uri) {
  EXPECT_THROW(check_may_open(from_uri("deny")), Error);
  EXPECT_THROW(check_may_create(from_uri("deny")), Error);
}

TEST_F(UriPolicyTest, is_that_of_the_environment_where_nothing_is_set) {
  g_setenv("AIRFORCE_URI_POLICY", "replay", TRUE);
  EXPECT_THROW(check_may_create(from_uri()), Error);
  EXPECT_NO_THROW(check_may_create(from_uri("allow"))) << "the application decides";
  g_setenv("AIRFORCE_URI_POLICY", "perhaps", TRUE);
  EXPECT_THAT(test::error_of([] { check_may_create(from_uri()); }).message,
              HasSubstr("AIRFORCE_URI_POLICY"));
}

TEST_F(UriPolicyTest, is_no_concern_of_requests_that_are_no_uri) {
  g_setenv("AIRFORCE_URI_POLICY", "deny", TRUE);
  EXPECT_NO_THROW(check_may_open(Settings()));
  EXPECT_NO_THROW(check_may_create(Settings()));
}

TEST_F(UriPolicyTest, is_never_set_by_a_uri) {
  Settings settings;
  EXPECT_THROW(settings.set_uri("airforce://generate?uri_policy=allow&prompt=x"), Error);
}

}  // namespace
}  // namespace airforce
