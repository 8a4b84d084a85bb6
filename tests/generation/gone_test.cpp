// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/gone.h"

#include <gtest/gtest.h>

namespace airforce {
namespace {

Error not_found(bool is_json) {
  Error error(ErrorKind::NotFound, Step::Follow, "answered 404");
  error.http_status = 404;
  error.is_json = is_json;
  return error;
}

constexpr std::int64_t kServiceNow = 1000;

TEST(GoneTask, is_one_that_the_service_does_not_know_for_half_a_minute) {
  GoneRule rule(Seconds(30));
  EXPECT_FALSE(rule.failed(not_found(true), 100, {}, kServiceNow)) << "replicas lag";
  EXPECT_FALSE(rule.failed(not_found(true), 129, {}, kServiceNow));
  EXPECT_TRUE(rule.failed(not_found(true), 130, {}, kServiceNow));
}

TEST(GoneTask, is_not_one_that_was_known_in_between) {
  GoneRule rule(Seconds(30));
  EXPECT_FALSE(rule.failed(not_found(true), 100, {}, kServiceNow));
  rule.answered();
  EXPECT_FALSE(rule.failed(not_found(true), 140, {}, kServiceNow));
}

TEST(GoneTask, is_not_what_a_proxy_says_in_html) {
  GoneRule rule(Seconds(30));
  EXPECT_FALSE(rule.failed(not_found(false), 100, {}, kServiceNow));
  EXPECT_FALSE(rule.failed(not_found(false), 1000, {}, kServiceNow));
  EXPECT_FALSE(rule.failed(not_found(false), 2000, kServiceNow - 1, kServiceNow));
}

TEST(GoneTask, is_one_that_is_not_known_after_it_has_expired) {
  GoneRule rule(Seconds(30));
  EXPECT_TRUE(rule.failed(not_found(true), 100, kServiceNow - 1, kServiceNow));
  EXPECT_FALSE(rule.failed(not_found(true), 100, kServiceNow + 1, kServiceNow));
}

TEST(GoneTask, is_not_inferred_from_other_errors) {
  GoneRule rule(Seconds(0));
  Error error = not_found(true);
  error.http_status = 500;
  EXPECT_FALSE(rule.failed(error, 100, 1, kServiceNow));
}

}  // namespace
}  // namespace airforce
