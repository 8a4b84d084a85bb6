// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/create_turn.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "scripted_service.h"
#include "support/error_of.h"

namespace airforce {
namespace {

// Whether somebody has looked at it since `is_read` was set to false.
struct ObservedClock final : Clock {
  double elapsed() const override {
    is_read = true;
    return system_clock().elapsed();
  }
  std::int64_t unix_time() const override { return system_clock().unix_time(); }
  mutable std::atomic<bool> is_read = true;
};

class CreateTurnTest : public testing::Test {
 protected:
  GenerationContext context(double seconds, const Clock& clock = system_clock()) {
    return {settings_,
            client_,
            clock,
            cancellable_.get(),
            Deadline(clock, Seconds(seconds)),
            system_random(),
            [](const GenerationEvent&) {},
            timeouts_};
  }

  ScriptedService service_{[](const http::Request&, http::Response&) {}};
  api::Client client_{service_, "http://127.0.0.1", "sk-air-of-a-test"};
  Settings settings_;
  GenerationTimeouts timeouts_;
  GObjectPtr<GCancellable> cancellable_{g_cancellable_new()};
};

TEST_F(CreateTurnTest, a_second_create_of_the_account_waits_until_the_first_is_recorded) {
  CreateTurn first("a");
  first.take(context(10));
  std::atomic<bool> recorded = false;
  std::thread second([&] {
    CreateTurn turn("a");
    turn.take(context(60));
    EXPECT_TRUE(recorded);
  });
  CreateTurn other("b");
  other.take(context(0));
  recorded = true;
  first.release();
  second.join();
}

TEST_F(CreateTurnTest, a_search_for_a_lost_task_comes_before_creates_that_wait) {
  CreateTurn holder("a");
  holder.take(context(10));
  ObservedClock clock;
  std::atomic<bool> is_ready = false;
  std::atomic<bool> searched = false;
  std::thread search([&] {
    CreateTurn turn("a");
    const GenerationContext its = context(60, clock);
    clock.is_read = false;
    is_ready = true;
    turn.take(its, CreateTurn::Use::Search);
    searched = true;
  });
  while (!is_ready || !clock.is_read) std::this_thread::yield();
  holder.release();
  CreateTurn create("a");
  create.take(context(60));
  EXPECT_TRUE(searched);
  search.join();
}

TEST_F(CreateTurnTest, a_turn_is_free_again_when_its_holder_fails) {
  try {
    CreateTurn failing("a");
    failing.take(context(0));
    throw Error(ErrorKind::Store, Step::Create, "no");
  } catch (const Error&) {
  }
  CreateTurn next("a");
  next.take(context(0));
  next.take(context(0));  // has it already
}

TEST_F(CreateTurnTest, a_pause_that_one_create_is_asked_for_holds_for_all) {
  CreateTurn first("paced");
  first.take(context(0));
  Error error(ErrorKind::Busy, Step::Create, "too many requests");
  error.retry_after_seconds = 0.2;
  first.hold_off(error, context(0));
  const double before = system_clock().elapsed();
  CreateTurn next("paced");
  EXPECT_EQ(test::error_of([&] { next.take(context(0.1)); }).message, "too many requests");
  next.take(context(60));
  EXPECT_GE(system_clock().elapsed() - before, 0.2);
}

TEST_F(CreateTurnTest, a_locked_account_is_sent_no_other_create) {
  CreateTurn first("locked");
  first.take(context(0));
  Error error(ErrorKind::Busy, Step::Create, "locked");
  error.api_code = "account_temporarily_locked";
  first.hold_off(error, context(0));
  CreateTurn next("locked");
  EXPECT_EQ(test::error_of([&] { next.take(context(5)); }).message, "locked");
}

TEST_F(CreateTurnTest, an_error_that_asks_for_no_pause_leaves_the_turn_to_the_next) {
  CreateTurn first("failed");
  first.take(context(0));
  first.hold_off(Error(ErrorKind::Server, Step::Create, "500"), context(0));
  CreateTurn next("failed");
  next.take(context(0));
}

TEST_F(CreateTurnTest, a_wait_for_a_turn_ends_at_the_deadline_and_when_it_is_cancelled) {
  CreateTurn holder("a");
  holder.take(context(0));
  CreateTurn waiting("a");
  EXPECT_EQ(test::error_of([&] { waiting.take(context(0.05)); }).kind, ErrorKind::Busy);
  std::thread cancels([&] { g_cancellable_cancel(cancellable_.get()); });
  EXPECT_EQ(test::error_of([&] { waiting.take(context(600)); }).kind, ErrorKind::Cancelled);
  cancels.join();
}

}  // namespace
}  // namespace airforce
