// SPDX-License-Identifier: LGPL-2.1-or-later
#include "retry/retry.h"

#include <gtest/gtest.h>

#include "retry/policies.h"
#include "support/error_of.h"
#include "values/glib_ptr.h"

namespace airforce {
namespace {

constexpr RetryPolicy kQuick{Seconds(0.001), Seconds(0.004), 0};

Error failure(double retry_after = -1) {
  Error error(ErrorKind::Server, Step::Follow, "failed");
  error.retry_after_seconds = retry_after;
  return error;
}

Random no_jitter() {
  return [] { return 1.0; };
}

TEST(Backoff, doubles_with_jitter_and_stays_below_its_longest) {
  Backoff backoff({Seconds(1), Seconds(8), 0}, [] { return 0.0; });
  EXPECT_DOUBLE_EQ(backoff.next().count(), 0.5);
  EXPECT_DOUBLE_EQ(backoff.next().count(), 1);
  EXPECT_DOUBLE_EQ(backoff.next().count(), 2);
  for (int tries = 0; tries < 100; ++tries) EXPECT_LE(backoff.next().count(), 8);
  backoff.reset();
  EXPECT_DOUBLE_EQ(backoff.next().count(), 0.5);
}

TEST(Backoff, is_never_shorter_than_the_service_asked_for) {
  Backoff backoff({Seconds(1), Seconds(8), 0}, no_jitter());
  EXPECT_DOUBLE_EQ(backoff.next(Seconds(30)).count(), 30);
}

class Retry : public testing::Test {
 protected:
  template <typename Work>
  auto retry(const RetryPolicy& policy, Work work) {
    return retry_until(Deadline(system_clock(), Seconds(5)), policy, no_jitter(),
                       cancellable_.get(), work, [](const Error&) { return true; });
  }
  const GObjectPtr<GCancellable> cancellable_{g_cancellable_new()};
  int calls_ = 0;
};

TEST_F(Retry, returns_what_the_first_success_returns) {
  EXPECT_EQ(retry(kQuick,
                  [&] {
                    if (++calls_ < 4) throw failure();
                    return 7;
                  }),
            7);
  EXPECT_EQ(calls_, 4);
}

TEST_F(Retry, ends_after_the_tries_that_the_policy_allows) {
  RetryPolicy thrice = kQuick;
  thrice.tries = 3;
  EXPECT_EQ(test::error_of([&] {
              retry(thrice, [&]() -> int {
                ++calls_;
                throw failure();
              });
            }).message,
            "failed");
  EXPECT_EQ(calls_, 3);
}

TEST_F(Retry, ends_at_once_where_the_asked_pause_outlasts_the_deadline) {
  const double before = system_clock().elapsed();
  const Error error = test::error_of([&] {
    retry(kQuick, [&]() -> int {
      ++calls_;
      throw failure(900);
    });
  });
  EXPECT_LT(system_clock().elapsed() - before, 3);
  EXPECT_EQ(calls_, 1);
  EXPECT_NE(error.message.find("after the deadline"), std::string::npos);
}

TEST_F(Retry, obeys_the_asked_pause_in_full) {
  const double before = system_clock().elapsed();
  retry(kQuick, [&] {
    if (++calls_ < 2) throw failure(0.3);
    return 0;
  });
  EXPECT_GE(system_clock().elapsed() - before, 0.3);
}

TEST_F(Retry, does_not_ask_a_locked_account_again) {
  EXPECT_THROW(retry(kQuick,
                     [&]() -> int {
                       ++calls_;
                       Error error = failure();
                       error.api_code = "account_temporarily_locked";
                       throw error;
                     }),
               Error);
  EXPECT_EQ(calls_, 1);
}

TEST_F(Retry, ends_when_it_is_cancelled_in_a_pause) {
  const Error error = test::error_of([&] {
    retry({Seconds(4), Seconds(4), 0}, [&]() -> int {
      g_cancellable_cancel(cancellable_.get());
      throw failure();
    });
  });
  EXPECT_EQ(error.kind, ErrorKind::Cancelled);
}

TEST(Deadline, is_the_earlier_of_two) {
  const Deadline never = Deadline::never(system_clock());
  EXPECT_FALSE(never.has_passed());
  EXPECT_LE(never.within(Seconds(2)).left(), Seconds(2));
  EXPECT_TRUE(never.within(Seconds(0)).has_passed());
  EXPECT_EQ(never.within(Seconds(-1)).left(), Seconds(0));
}

}  // namespace
}  // namespace airforce
