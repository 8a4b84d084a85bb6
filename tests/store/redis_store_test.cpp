// SPDX-License-Identifier: LGPL-2.1-or-later
// What the Redis store promises beyond what every store does: leases, faults of the engine.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine.h"
#include "other_process.h"
#include "redis_server.h"
#include "store/redis_connection.h"
#include "store_error.h"
#include "support/deaf_port.h"
#include "values/unique_fd.h"

namespace airforce::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Kind = Claim::Kind;

class RedisEngineAt final : public Engine {
 public:
  explicit RedisEngineAt(std::string where) : where_(std::move(where)) {}
  std::string where() const override { return where_; }

 private:
  std::string where_;
};

class RedisStore : public ::testing::Test {
 protected:
  void SetUp() override {
    if (redis_programs().empty())
      GTEST_SKIP() << "neither redis-server nor valkey-server is installed";
  }

  RedisServer& start(std::vector<std::string> arguments = {}, const std::string& user_info = {}) {
    server_ = std::make_unique<RedisServer>(redis_programs().front(), std::move(arguments));
    engine_ = std::make_unique<RedisEngineAt>(server_->uri(user_info));
    return *server_;
  }
  std::unique_ptr<Store> open() const { return engine_->open(system_clock()); }
  std::unique_ptr<Store> open_at(const std::string& where) const {
    return RedisEngineAt(where).open(system_clock());
  }
  RedisReply run_in_engine(const std::vector<std::string>& words,
                           const std::string& user = {}) const {
    return RedisConnection(RedisAddress(server_->uri(user)), WaitTimeout(5)).command(words);
  }
  static std::int64_t created(Store& store, const std::string& name) {
    const auto id = store.claim(request_named(name), Reusable::Nothing).intent.id;
    EXPECT_EQ(store.take_slot(id, 4), 0);
    store.sending(id, 0);
    store.created(id, "task-" + name, 0, 1);
    return id;
  }
  // How many intents somebody living works on.
  static auto owned(Store& store) {
    const auto intents = store.intents("account", 100);
    return std::count_if(intents.begin(), intents.end(),
                         [](const Intent& each) { return each.owned; });
  }
  template <typename Condition>
  static bool soon(Condition condition) {
    for (int tries = 0; tries < 1000; ++tries) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  std::unique_ptr<RedisServer> server_;
  std::unique_ptr<RedisEngineAt> engine_;
};

// --- Leases --------------------------------------------------------------------------------------

TEST_F(RedisStore, keeps_what_a_living_owner_has_for_longer_than_a_lease) {
  start();
  const auto one = open();
  created(*one, "fox");
  std::this_thread::sleep_for(std::chrono::duration<double>(1.5 * kTestLeaseSeconds));
  EXPECT_EQ(sure_claim(*open(), request_named("fox")).kind, Kind::New);
}

TEST_F(RedisStore, buys_nothing_beside_an_owner_of_whom_nothing_is_heard) {
  start();
  OtherProcess other(*engine_);
  other.ask("claim fox unfinished");
  other.ask("sending fox");
  other.stop();
  const auto store = open();
  EXPECT_EQ(store->claim(request_named("fox"), Reusable::Unfinished).kind, Kind::Wait);
  EXPECT_EQ(store->claim(request_named("fox"), Reusable::Nothing).kind, Kind::New);
  other.resume();
  EXPECT_EQ(sure_claim(*store, request_named("fox")).kind, Kind::New) << "it lives";
}

TEST_F(RedisStore, knows_no_clock_but_the_servers) {
  start();
  GivenClock ahead;
  ahead.unix_seconds = 4'000'000'000;
  GivenClock behind;
  behind.unix_seconds = 1;
  const auto one = engine_->open(ahead);
  const auto two = engine_->open(behind);
  created(*one, "fox");
  EXPECT_EQ(sure_claim(*two, request_named("fox")).kind, Kind::New);
  const auto intents = two->intents("account", 10);
  ASSERT_EQ(intents.size(), 2u);
  EXPECT_TRUE(intents[1].owned);
  EXPECT_NEAR(static_cast<double>(intents[1].sending_at), 1, 60) << "by the asker's clock";
}

TEST_F(RedisStore, does_not_let_a_machine_buy_that_was_cut_off_and_replaced) {
  start();
  OtherProcess other(*engine_);
  other.ask("claim fox unfinished");
  other.ask("sending fox");
  other.ask("created fox vid_1");
  other.ask("claim hare unfinished");
  other.ask("sending hare");
  other.stop();
  const auto store = open();
  ASSERT_TRUE(soon([&] { return owned(*store) == 0; }));
  ASSERT_EQ(store->claim(request_named("fox"), Reusable::Unfinished).kind, Kind::Resume);
  ASSERT_EQ(store->claim(request_named("hare"), Reusable::Unfinished).kind, Kind::Resume);
  other.resume();
  EXPECT_THAT(other.ask("sending hare"),
              AllOf(HasSubstr("taken over by another process"), HasSubstr("nothing was charged")));
}

TEST_F(RedisStore, forgets_neither_of_two_tasks_that_were_made_for_one_request) {
  start();
  OtherProcess other(*engine_);
  other.ask("claim fox unfinished");
  other.ask("sending fox");
  other.stop();
  const auto store = open();
  ASSERT_TRUE(soon([&] { return owned(*store) == 0; }));
  const Claim claim = store->claim(request_named("fox"), Reusable::Unfinished);
  ASSERT_EQ(claim.kind, Kind::Resume);
  store->sending(claim.intent.id, 0);
  store->created(claim.intent.id, "vid_2", 0, 1);
  other.resume();
  EXPECT_EQ(other.ask("created fox vid_1"), "ok");
  EXPECT_TRUE(store->knows_task("account", "vid_1"));
  EXPECT_TRUE(store->knows_task("account", "vid_2"));
  EXPECT_EQ(other.ask("settle fox delivered"), "ok");
  store->settle(claim.intent.id, IntentState::Delivered);
  int delivered = 0;
  for (const auto& intent : store->intents("account", 10)) {
    delivered += intent.state == IntentState::Delivered ? 1 : 0;
  }
  EXPECT_EQ(delivered, 2);
}

TEST_F(RedisStore, does_not_abandon_a_task_that_its_first_owner_came_to_know) {
  start();
  OtherProcess other(*engine_);
  other.ask("claim fox unfinished");
  other.ask("sending fox");
  other.stop();
  const auto store = open();
  ASSERT_TRUE(soon([&] { return owned(*store) == 0; }));
  const Claim taken = store->claim(request_named("fox"), Reusable::Unfinished);
  ASSERT_EQ(taken.kind, Kind::Resume);
  other.resume();
  EXPECT_EQ(other.ask("created fox vid_1"), "ok");
  // The list did not show it.
  store->settle(taken.intent.id, IntentState::Abandoned);
  const Claim claim = sure_claim(*store, request_named("fox"));
  EXPECT_EQ(claim.kind, Kind::Resume);
  EXPECT_EQ(claim.intent.task_id, "vid_1");
}

// --- Versions ------------------------------------------------------------------------------------

TEST_F(RedisStore, moves_the_purchases_of_its_first_version) {
  start();
  const std::string old = "airforce-video:1:";
  {
    created(*open(), "fox");
    // As a program of version 1 left it: its keys, and no field of later ones.
    for (const auto& key : run_in_engine({"KEYS", "airforce-video:2:*"}).texts()) {
      run_in_engine({"RENAME", key, old + key.substr(old.size())});
      if (key.find(":intent:") == std::string::npos) continue;
      run_in_engine({"HDEL", old + key.substr(old.size()), "sent_at", "budget", "budget_sum",
                     "budget_units", "budget_state"});
    }
    run_in_engine({"DEL", "airforce-video:version", old + "owners"});
    run_in_engine({"ZADD", old + "owners", "0", "x"});
  }
  const auto store = open();
  EXPECT_TRUE(store->knows_task("account", "task-fox"));
  const Claim claim = sure_claim(*store, request_named("fox"));
  EXPECT_EQ(claim.kind, Kind::Resume);
  EXPECT_EQ(claim.intent.task_id, "task-fox");
  EXPECT_EQ(claim.intent.budget.name, "");
}

TEST_F(RedisStore, stops_programs_of_its_first_version) {
  start();
  const auto store = open();
  // The first command of each of their scripts that matters.
  EXPECT_THAT(store_error([&] {
                run_in_engine({"ZADD", "airforce-video:1:owners", "1", "x"});
              }),
              HasSubstr("something else under the keys"));
  EXPECT_THAT(store_error([&] {
                run_in_engine({"ZSCORE", "airforce-video:1:owners", "x"});
              }),
              HasSubstr("something else under the keys"));
}

TEST_F(RedisStore, leaves_keys_of_a_newer_version_alone) {
  start();
  const auto store = open();
  const auto id = store->claim(request_named("fox"), Reusable::Nothing).intent.id;
  run_in_engine({"SET", "airforce-video:version", "3"});
  const auto refused = AllOf(HasSubstr("newer airforce-video"), HasSubstr("nothing was charged"));
  EXPECT_THAT(store_error([&] { store->sending(id, 0); }), refused);
  EXPECT_THAT(store_error([&] { open(); }), refused);
}

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

TEST_F(RedisStore, bears_with_connections_that_are_cut) {
  start();
  const auto store = open();
  for (int times = 0; times < 3; ++times) {
    run_in_engine({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    created(*store, "fox");
  }
  run_in_engine({"SCRIPT", "FLUSH"});
  created(*store, "fox");
  EXPECT_EQ(store->intents("account", 10).size(), 4u);
}

TEST_F(RedisStore, records_what_it_bought_while_the_engine_was_gone) {
  start();
  const auto store = open();
  const auto fox = created(*store, "fox");
  const auto hare = store->claim(request_named("hare"), Reusable::Nothing).intent.id;
  store->sending(hare, 0);
  server_->kill();
  EXPECT_THAT(store_error([&] { store->created(hare, "task-hare", 0, 1); }), HasSubstr("refused"));
  EXPECT_THAT(store_error([&] { store->settle(fox, IntentState::Delivered); }),
              HasSubstr("refused"));
  server_->start();  // without any of its data

  const auto other = open();
  EXPECT_TRUE(soon([&] { return other->intents("account", 10).size() == 2; })) << "on its own";
  EXPECT_TRUE(other->knows_task("account", "task-hare"));
  EXPECT_TRUE(other->knows_task("account", "task-fox"));
  EXPECT_EQ(sure_claim(*other, request_named("hare")).kind, Kind::New);
  EXPECT_THAT(store->take_warning(), HasSubstr("had lost what was recorded"));
}

TEST_F(RedisStore, carries_purchases_under_way_over_a_flush) {
  start();
  const auto store = open();
  const auto fox = created(*store, "fox");
  run_in_engine({"FLUSHALL"});
  const auto other = open();
  EXPECT_TRUE(soon([&] { return other->knows_task("account", "task-fox"); }));
  const auto mine = other->claim(request_named("mine"), Reusable::Nothing).intent.id;
  EXPECT_EQ(other->take_slot(mine, 1), 1) << "its slot too";
  store->settle(fox, IntentState::Delivered);
  EXPECT_EQ(other->take_slot(mine, 1), 0);
}

TEST_F(RedisStore, carries_purchases_under_way_over_a_failover_that_lost_what_was_acknowledged) {
  start({"--repl-diskless-sync-delay", "0"});
  const auto store = open();
  const auto fox = created(*store, "fox");
  RedisServer replica(redis_programs().front(),
                      {"--replicaof", "127.0.0.1 " + std::to_string(server_->port())});
  const auto run_in_replica = [&](const std::vector<std::string>& words) {
    return RedisConnection(RedisAddress(replica.uri()), WaitTimeout(5)).command(words);
  };
  ASSERT_TRUE(soon([&] {
    return run_in_replica({"EXISTS", "airforce-video:2:intent:" + std::to_string(fox)}).integer() ==
           1;
  }));
  run_in_replica({"REPLICAOF", "NO", "ONE"});
  created(*store, "hare");  // acknowledged by a primary that nobody copies any more
  server_->kill();
  run_in_replica(
      {"CONFIG", "SET", "port", std::to_string(server_->port())});  // as a name would move

  const auto other = open();
  EXPECT_TRUE(other->knows_task("account", "task-fox"));
  EXPECT_TRUE(soon([&] { return other->knows_task("account", "task-hare"); })) << "written again";
  EXPECT_EQ(sure_claim(*other, request_named("hare")).kind, Kind::New) << "its owner lives";
  const auto mine = other->claim(request_named("mine"), Reusable::Nothing).intent.id;
  EXPECT_EQ(other->take_slot(mine, 2), 1) << "its slots too";
}

TEST_F(RedisStore, keeps_its_place_in_the_queue_or_gets_a_new_one_after_a_flush) {
  start();
  const auto store = open();
  const auto holder = store->claim(request_named("holder"), Reusable::Nothing).intent.id;
  EXPECT_EQ(store->take_slot(holder, 1), 0);
  const auto waiter = store->claim(request_named("waiter"), Reusable::Nothing).intent.id;
  EXPECT_EQ(store->take_slot(waiter, 1), 1);
  run_in_engine({"FLUSHALL"});
  EXPECT_GE(store->take_slot(waiter, 1), 0);
  store->settle(holder, IntentState::Abandoned);
  EXPECT_EQ(store->take_slot(waiter, 1), 0);
}

TEST_F(RedisStore, survives_a_restart_of_an_engine_that_writes_to_disk) {
  start({"--appendonly", "yes", "--appendfsync", "always"});
  OtherProcess other(*engine_);
  other.ask("claim fox unfinished");
  other.ask("sending fox");
  other.ask("created fox vid_1");
  server_->kill();
  other.kill();
  server_->start();
  const auto store = open();
  ASSERT_TRUE(soon([&] { return owned(*store) == 0; }));
  const Claim claim = store->claim(request_named("fox"), Reusable::Unfinished);
  ASSERT_EQ(claim.kind, Kind::Resume);
  EXPECT_EQ(claim.intent.task_id, "vid_1");
}

TEST_F(RedisStore, is_closed_soon_though_the_engine_is_gone) {
  start();
  auto store = open();
  created(*store, "fox");
  server_->stop();
  const auto before = std::chrono::steady_clock::now();
  store.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(2));
  server_->resume();
}

}  // namespace
}  // namespace airforce::testing
