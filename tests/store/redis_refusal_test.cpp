// SPDX-License-Identifier: LGPL-2.1-or-later
// What a store on Redis says of an engine that refuses it or is silent.
#include <chrono>
#include <csignal>
#include <thread>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine.h"
#include "redis_fixture.h"
#include "store/redis_connection.h"
#include "store_error.h"
#include "support/deaf_port.h"
#include "values/unique_fd.h"

namespace airforce::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Kind = Claim::Kind;

// --- The engine fails ----------------------------------------------------------------------------

TEST_F(RedisStore, says_that_it_cannot_be_reached) {
  start();
  server_->kill();
  EXPECT_THAT(store_error([&] { open(); }),
              AllOf(HasSubstr("redis://127.0.0.1:"), HasSubstr("Connection refused"),
                    HasSubstr("nothing was charged"), HasSubstr("see that it runs")));
  EXPECT_THAT(store_error([&] { open_at("redis://no-such-host.invalid"); }),
              HasSubstr("can't be reached"));
  EXPECT_THAT(store_error([&] { open_at("redis+unix:///nonexistent/redis.sock"); }),
              HasSubstr("No such file"));
}

TEST_F(RedisStore, works_over_a_unix_socket) {
  start();
  const auto store = open_at("redis+unix://" + server_->socket() + "?database=3");
  created(*store, "fox");
  EXPECT_TRUE(open()->knows_task("account", "task-fox"));
}

TEST_F(RedisStore, says_that_a_password_is_missing_or_wrong_and_shows_none) {
  start({"--requirepass", "canary-7f3a"});
  EXPECT_THAT(store_error([&] { open(); }), HasSubstr("wants a password"));
  EXPECT_THAT(store_error([&] { open_at(server_->uri(":canary-wrong")); }),
              AllOf(HasSubstr("refuses the user or the password"), Not(HasSubstr("canary"))));
  EXPECT_THAT(store_error([&] { open_at(server_->uri("ann:canary-7f3a")); }),
              AllOf(HasSubstr("refuses the user or the password"), Not(HasSubstr("canary"))));
  open_at(server_->uri(":canary-7f3a"));
  open_at(server_->uri("default:canary-7f3a"));
  setenv("AIRFORCE_STORE_PASSWORD", "canary-7f3a", 1);
  open();
  unsetenv("AIRFORCE_STORE_PASSWORD");
}

TEST_F(RedisStore, says_what_its_user_may_not_do) {
  start({"--user", "weak", "on", ">secret", "~other:*", "+@all"});
  EXPECT_THAT(store_error([&] { open_at(server_->uri("weak:secret")); }),
              AllOf(HasSubstr("NOPERM"), HasSubstr("airforce-video:*")));
}

TEST_F(RedisStore, needs_no_more_rights_than_the_documentation_says) {
  start({"--user", "able", "on", ">secret", "~airforce-video:*", "+@read", "+@write", "+@scripting",
         "+@connection", "+time"});
  const auto store = open_at(server_->uri("able:secret"));
  store->settle(created(*store, "fox"), IntentState::Delivered);
  EXPECT_EQ(store->intents("", 10).size(), 1u);
}

TEST_F(RedisStore, says_that_it_is_a_read_only_replica) {
  start({"--replicaof", "127.0.0.1 1", "--replica-serve-stale-data", "yes"});
  EXPECT_THAT(store_error([&] { open(); }),
              AllOf(HasSubstr("read-only replica"), HasSubstr("name the primary")));
}

TEST_F(RedisStore, says_that_it_is_out_of_memory_and_creates_nothing) {
  start({"--maxmemory-policy", "noeviction"});
  const auto store = open();
  const auto id = store->claim(request_named("fox"), Reusable::Unfinished).intent.id;
  run_in_engine({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_THAT(store_error([&] { store->sending(id, 0); }),
              AllOf(HasSubstr("no memory left"), HasSubstr("nothing was charged")));
  run_in_engine({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_EQ(open()->intents("account", 10).at(0).state, IntentState::Claimed);
  store->sending(id, 0);
}

TEST_F(RedisStore, says_that_somebody_else_uses_its_keys) {
  start();
  run_in_engine({"SET", "airforce-video:2:owners", "x"});
  EXPECT_THAT(store_error([&] { open(); }), HasSubstr("something else under the keys"));
}

TEST_F(RedisStore, says_that_it_is_no_redis_at_all) {
  const UniqueFd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const TempDir directory;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  directory.file("s").copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(listener.get(), 1), 0);
  std::thread peer([&] {
    const UniqueFd client(accept(listener.get(), nullptr, nullptr));
    char request[256];
    if (read(client.get(), request, sizeof request) > 0) {
      EXPECT_GT(write(client.get(), "HTTP/1.1 400 Bad Request\r\n\r\n", 28), 0);
    }
  });
  EXPECT_THAT(store_error([&] { open_at("redis+unix://" + directory.file("s")); }),
              AllOf(HasSubstr("does not answer"), HasSubstr("Protocol error")));
  peer.join();
}

TEST_F(RedisStore, gives_up_on_an_engine_that_makes_no_connection) {
  const test::DeafPort port;
  RedisConnection connection(RedisAddress("redis://127.0.0.1:" + std::to_string(port.number())),
                             WaitTimeout(0.1));
  EXPECT_THAT(store_error([&] { connection.command({"PING"}); }),
              HasSubstr("can't be reached: no answer within 0.1 s"));
}

TEST_F(RedisStore, gives_up_on_an_engine_that_is_silent) {
  start();
  const auto store = open();
  const auto id = store->claim(request_named("fox"), Reusable::Unfinished).intent.id;
  server_->stop();
  const auto before = std::chrono::steady_clock::now();
  EXPECT_THAT(store_error([&] { store->sending(id, 0); }), HasSubstr("no answer within"));
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(8));
  server_->resume();
  store->sending(id, 0);
  EXPECT_EQ(open()->intents("account", 10).at(0).state, IntentState::Sending);
}

}  // namespace
}  // namespace airforce::testing
