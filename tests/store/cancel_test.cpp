// SPDX-License-Identifier: LGPL-2.1-or-later
// A cancelled generation does not wait for its store: not for a file that another process has
// locked, not for an engine that does not answer.
#include <chrono>
#include <functional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "given.h"
#include "store/open_store.h"
#include "store/owner_locks.h"
#include "store/sqlite_db.h"
#include "support/error_of.h"
#include "support/slowness.h"
#include "values/error.h"
#ifdef AIRFORCE_HAVE_REDIS
#include "redis_server.h"
#endif

namespace airforce::testing {
namespace {

// What a wait may take from the cancellation on. A promise of 0.1 s, and a busy machine or a
// sanitizer.
constexpr double kPromptSeconds = 0.4 * airforce::test::kSlowness;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

class Cancelled : public ::testing::Test {
 protected:
  std::unique_ptr<Store> open(const std::string& where) {
    return open_store(where, std::make_unique<ClipCache>(directory_.file("clips"), 0),
                      system_clock(), cancellable_.get());
  }
  // Runs a call that waits, cancels it, and expects it to end promptly with that.
  void expect_prompt(const std::function<void()>& call) {
    double cancelled_at = 0;
    std::thread canceller([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      cancelled_at = now();
      g_cancellable_cancel(cancellable_.get());
    });
    const ErrorKind kind = test::error_of(call).kind;
    const double ended_at = now();
    canceller.join();
    EXPECT_EQ(kind, ErrorKind::Cancelled);
    EXPECT_GE(ended_at, cancelled_at) << "it ended on its own";
    EXPECT_LT(ended_at - cancelled_at, kPromptSeconds);
  }
  // A call after the cancellation, that can't succeed.
  static void expect_short(const std::function<void()>& call) {
    const double before = now();
    EXPECT_THROW(call(), Error);
    EXPECT_LT(now() - before, kPromptSeconds);
  }

  TempDir directory_;
  const GObjectPtr<GCancellable> cancellable_{g_cancellable_new()};
};

TEST_F(Cancelled, waits_no_longer_for_a_file_that_another_process_has_locked) {
  const std::string path = directory_.file("store.sqlite");
  auto store = open(path);
  const auto id = store->claim(request_named("fox"), Reusable::Unfinished).intent.id;
  {
    Database other(path, path, WaitTimeout(1));
    const Transaction lock(other, Transaction::Kind::Write);
    expect_prompt([&] { store->sending(id, 0); });
    expect_short([&] { store->release(id); });
  }
  store->release(id);  // and once the file is free, what is to be recorded still is
  EXPECT_TRUE(open(path)->intents("account", 10).empty());
}

TEST_F(Cancelled, waits_no_longer_for_a_process_that_stops_while_it_opens_the_store) {
  const std::string path = directory_.file("store.sqlite");
  OwnerLocks other(path + ".owners");
  const OwnerLocks::OpenGuard guard(other, WaitTimeout(1));
  expect_prompt([&] { open(path); });
}

#ifdef AIRFORCE_HAVE_REDIS

class CancelledRedis : public Cancelled {
 protected:
  void SetUp() override {
    if (redis_programs().empty())
      GTEST_SKIP() << "neither redis-server nor valkey-server is installed";
    server_ = std::make_unique<RedisServer>(redis_programs().front());
  }
  std::unique_ptr<RedisServer> server_;
};

TEST_F(CancelledRedis, waits_no_longer_for_an_engine_that_is_silent) {
  auto store = open(server_->uri());
  const auto id = store->claim(request_named("fox"), Reusable::Unfinished).intent.id;
  server_->stop();
  expect_prompt([&] { store->take_slot(id, 4); });
  expect_short([&] { store->release(id); });
  const double before = now();
  store.reset();
  EXPECT_LT(now() - before, kPromptSeconds);
  server_->resume();
}

TEST_F(CancelledRedis, waits_no_longer_for_a_connection) {
  server_->stop();
  expect_prompt([&] { open(server_->uri()); });
  server_->resume();
}

TEST_F(CancelledRedis, records_what_is_to_be_recorded_in_a_healthy_engine) {
  auto store = open(server_->uri());
  const auto id = store->claim(request_named("fox"), Reusable::Unfinished).intent.id;
  EXPECT_EQ(store->take_slot(id, 4), 0);
  store->sending(id, 0);
  g_cancellable_cancel(cancellable_.get());
  store->created(id, "vid_1", 0, 1);
  store->release(id);
  const GObjectPtr<GCancellable> fresh(g_cancellable_new());
  const auto later =
      open_store(server_->uri(), std::make_unique<ClipCache>(directory_.file("clips"), 0),
                 system_clock(), fresh.get());
  const Claim claim = later->claim(request_named("fox"), Reusable::Unfinished);
  EXPECT_EQ(claim.kind, Claim::Kind::Resume);
  EXPECT_EQ(claim.intent.task_id, "vid_1");
}

#endif

}  // namespace
}  // namespace airforce::testing
