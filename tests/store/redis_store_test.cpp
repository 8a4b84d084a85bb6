// SPDX-License-Identifier: LGPL-2.1-or-later
// What the Redis store promises beyond what every store does: leases, faults of the engine.
#include <chrono>
#include <csignal>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine.h"
#include "other_process.h"
#include "redis_fixture.h"
#include "store/redis_connection.h"
#include "store_error.h"

namespace airforce::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Kind = Claim::Kind;

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

// --- Connections are lost -----------------------------------------------------------------------

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
