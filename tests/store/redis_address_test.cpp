// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/redis_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "given.h"
#include "store/open_store.h"
#include "support/error_of.h"

namespace airforce::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string refusal(const std::string& uri) {
  SCOPED_TRACE(uri);
  return test::text_of_error([&] { const RedisAddress address(uri); }, ErrorKind::Settings);
}

TEST(RedisAddress, reads_all_parts_of_a_uri) {
  const RedisAddress address(
      "rediss://ann:p%40ss%2Fword@cache.example.org:7000/5?lease_seconds=30");
  EXPECT_EQ(address.host, "cache.example.org");
  EXPECT_EQ(address.port, 7000);
  EXPECT_EQ(address.database, 5);
  EXPECT_EQ(address.user, "ann");
  EXPECT_EQ(address.password, "p@ss/word");
  EXPECT_TRUE(address.tls);
  EXPECT_EQ(address.lease_seconds, 30);
  EXPECT_EQ(address.shown(), "rediss://cache.example.org:7000/5");
}

TEST(RedisAddress, has_sensible_defaults) {
  const RedisAddress address("redis://10.0.0.7");
  EXPECT_EQ(address.port, 6379);
  EXPECT_EQ(address.database, 0);
  EXPECT_EQ(address.password, "");
  EXPECT_FALSE(address.tls);
  EXPECT_EQ(address.shown(), "redis://10.0.0.7:6379");
}

TEST(RedisAddress, reads_a_password_without_a_user) {
  const RedisAddress address("redis://:pass@[::1]:6380");
  EXPECT_EQ(address.user, "");
  EXPECT_EQ(address.password, "pass");
  EXPECT_EQ(address.host, "::1");
  EXPECT_EQ(address.shown(), "redis://[::1]:6380");
}

TEST(RedisAddress, reads_a_unix_socket) {
  for (const std::string scheme : {"unix", "redis+unix"}) {
    const RedisAddress address(scheme + "://:pass@/run/redis/redis.sock?database=2");
    EXPECT_EQ(address.socket, "/run/redis/redis.sock");
    EXPECT_EQ(address.database, 2);
    EXPECT_EQ(address.password, "pass");
    EXPECT_EQ(address.shown(), "redis+unix:///run/redis/redis.sock?database=2");
  }
}

TEST(RedisAddress, refuses_what_it_cannot_read_without_showing_the_password) {
  for (const auto* uri : {"redis://:canary@host:port", "redis://:canary@host/db",
                          "redis://:canary@host?lease_seconds=0", "redis://:canary@host?x=canary",
                          "redis://:canary@host:99999", "unix://:canary@", "redis://:can%zary@host",
                          "redis://:canary@host/0?lease_seconds=3x"}) {
    EXPECT_THAT(refusal(uri), Not(HasSubstr("canary"))) << uri;
  }
}

TEST(RedisAddress, is_not_made_of_other_schemes) {
  const TempDir directory;
  const std::string text = test::text_of_error(
      [&] {
        open_store("mysql://user:canary@host/db", std::make_unique<ClipCache>(directory.path(), 0),
                   system_clock());
      },
      ErrorKind::Settings);
  EXPECT_THAT(text, HasSubstr("mysql://"));
  EXPECT_THAT(text, Not(HasSubstr("canary")));
}

}  // namespace
}  // namespace airforce::testing
