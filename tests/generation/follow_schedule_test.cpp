// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/follow_schedule.h"

#include <limits>

#include <gtest/gtest.h>

namespace airforce {
namespace {

Random no_jitter() {
  return [] { return 0.999999; };
}

FollowSchedule schedule(ProgressSource source, double now = 0) {
  return {source, Seconds(5), Seconds(now), no_jitter()};
}

TEST(FollowSchedule, nothing_is_polled_while_the_stream_lives) {
  FollowSchedule following = schedule(ProgressSource::Auto);
  ASSERT_TRUE(following.should_open_stream(Seconds(0)));
  following.stream_opened(Seconds(0));
  for (int now = 0; now < 60; now += 4) {
    EXPECT_FALSE(following.should_poll(Seconds(now))) << now;
    following.stream_lived(Seconds(now), true);
  }
}

TEST(FollowSchedule, a_silent_stream_costs_one_interval) {
  FollowSchedule following = schedule(ProgressSource::Auto);
  following.stream_opened(Seconds(0));
  EXPECT_FALSE(following.should_poll(Seconds(4.9)));
  EXPECT_TRUE(following.should_poll(Seconds(5)));
  following.polled(Seconds(5));
  EXPECT_TRUE(following.should_poll(Seconds(10.1)));
}

TEST(FollowSchedule, a_stream_of_comments_alone_puts_polling_off_for_three_intervals_at_most) {
  FollowSchedule following = schedule(ProgressSource::Auto);
  following.stream_opened(Seconds(0));
  for (int now = 1; now < 15; ++now) {
    EXPECT_FALSE(following.should_poll(Seconds(now))) << now;
    following.stream_lived(Seconds(now), false);
  }
  EXPECT_TRUE(following.should_poll(Seconds(15)));
}

TEST(FollowSchedule, polls_at_once_when_the_stream_ends) {
  FollowSchedule following = schedule(ProgressSource::Auto);
  following.stream_opened(Seconds(0));
  following.stream_ended(Seconds(1), false, Seconds(-1));
  EXPECT_TRUE(following.should_poll(Seconds(1)));
}

TEST(FollowSchedule, opens_the_stream_again_later_and_later) {
  FollowSchedule following = schedule(ProgressSource::Auto);
  double now = 0;
  double last_wait = 0;
  for (int tries = 0; tries < 5; ++tries) {
    following.stream_ended(Seconds(now), false, Seconds(-1));
    double wait = 0;
    while (!following.should_open_stream(Seconds(now + wait))) wait += 0.1;
    EXPECT_GT(wait, last_wait);
    last_wait = wait;
    now += wait;
  }
}

TEST(FollowSchedule, does_not_come_back_sooner_than_the_stream_asked_for) {
  FollowSchedule following = schedule(ProgressSource::Auto);
  following.stream_ended(Seconds(0), false, Seconds(20));
  EXPECT_FALSE(following.should_open_stream(Seconds(19.9)));
  EXPECT_TRUE(following.should_open_stream(Seconds(20)));
}

TEST(FollowSchedule, an_absurd_retry_does_not_lose_the_stream) {
  FollowSchedule following = schedule(ProgressSource::Auto);
  following.stream_ended(Seconds(0), false, Seconds(1e18));
  EXPECT_TRUE(following.should_open_stream(Seconds(61)));
}

TEST(FollowSchedule, a_service_without_streams_is_not_asked_again) {
  FollowSchedule following = schedule(ProgressSource::Auto);
  following.stream_ended(Seconds(0), true, Seconds(-1));
  EXPECT_FALSE(following.should_open_stream(Seconds(1e6)));
}

TEST(FollowSchedule, polls_grow_rarer_up_to_three_intervals) {
  FollowSchedule following = schedule(ProgressSource::Poll);
  for (int polls = 0; polls < 20; ++polls) following.polled(following.next_due());
  const double before = following.next_due().count();
  following.polled(Seconds(before));
  EXPECT_DOUBLE_EQ(following.next_due().count() - before, 15);
}

TEST(FollowSchedule, a_failing_poll_obeys_retry_after) {
  FollowSchedule following = schedule(ProgressSource::Poll);
  following.poll_failed(Seconds(0), Seconds(42), true);
  EXPECT_DOUBLE_EQ(following.next_due().count(), 42);
}

TEST(FollowSchedule, asks_for_the_task_before_it_streams_again_from_a_service_that_was_gone) {
  FollowSchedule following = schedule(ProgressSource::Auto);
  following.stream_opened(Seconds(0));
  following.stream_ended(Seconds(1), false, Seconds(-1));
  ASSERT_TRUE(following.should_poll(Seconds(1)));
  following.poll_failed(Seconds(1), Seconds(7), false);
  EXPECT_FALSE(following.should_open_stream(Seconds(7.9)));
  EXPECT_TRUE(following.should_poll(Seconds(8)));
}

TEST(FollowSchedule, obeys_a_long_retry_after_in_full) {
  FollowSchedule following = schedule(ProgressSource::Poll);
  following.poll_failed(Seconds(0), Seconds(600), true);
  EXPECT_DOUBLE_EQ(following.next_due().count(), 600);
}

TEST(FollowSchedule, a_final_state_in_the_stream_is_asked_for_at_once_and_soon_again) {
  FollowSchedule following = schedule(ProgressSource::Auto);
  following.stream_opened(Seconds(0));
  following.stream_lived(Seconds(1), true);
  following.poll_soon(Seconds(1));
  EXPECT_TRUE(following.should_poll(Seconds(1)));
  following.polled(Seconds(1));
  following.poll_soon(Seconds(1));
  EXPECT_LT(following.next_due().count(), 1.5);
  following.stream_lived(Seconds(1.1), true);
  EXPECT_LT(following.next_due().count(), 1.5);
}

TEST(FollowSchedule, a_final_event_that_repeats_does_not_put_the_next_poll_off) {
  FollowSchedule following = schedule(ProgressSource::Auto);
  following.stream_opened(Seconds(0));
  int polls = 0;
  for (Seconds now{1}; now < Seconds(60); now += Seconds(0.1)) {
    if (following.should_poll(now)) {
      ++polls;
      following.polled(now);
    }
    following.stream_lived(now, false);
    following.poll_soon(now);
  }
  EXPECT_GE(polls, 6);
}

TEST(FollowSchedule, a_stream_without_life_for_a_minute_is_dead) {
  FollowSchedule following = schedule(ProgressSource::Auto);
  following.stream_opened(Seconds(0));
  EXPECT_FALSE(following.stream_is_dead(Seconds(59)));
  EXPECT_TRUE(following.stream_is_dead(Seconds(60)));
}

// Plays what a stream does that ends with each event: what is asked until the end.
int asked(ProgressSource source, bool claims_the_end) {
  FollowSchedule following = schedule(source);
  int count = 0;
  for (Seconds now{0}; now < Seconds(200); now += Seconds(0.05)) {
    if (following.should_poll(now)) {
      ++count;
      following.polled(now);
      if (claims_the_end && source != ProgressSource::Poll) following.poll_soon(now);
    } else if (following.should_open_stream(now)) {
      ++count;
      following.stream_opened(now);
      following.stream_lived(now, true);
      if (claims_the_end) following.poll_soon(now);
      following.stream_ended(now, false, Seconds(-1));
    }
  }
  return count;
}

TEST(FollowSchedule, asks_no_more_than_by_polling_alone_however_streams_misbehave) {
  const int alone = asked(ProgressSource::Poll, false);
  for (const auto source : {ProgressSource::Auto, ProgressSource::Stream}) {
    for (const bool claims_the_end : {false, true})
      EXPECT_LE(asked(source, claims_the_end), alone + 2) << claims_the_end;
  }
}

TEST(FollowSchedule, opens_a_stream_again_that_has_saved_polls) {
  FollowSchedule following = schedule(ProgressSource::Auto);
  following.stream_opened(Seconds(0));
  following.stream_lived(Seconds(59), true);
  following.stream_ended(Seconds(60), false, Seconds(-1));
  EXPECT_TRUE(following.should_open_stream(Seconds(62)));
}

TEST(FollowSchedule, leaves_a_service_alone_that_asks_for_a_pause) {
  FollowSchedule following = schedule(ProgressSource::Auto);
  following.stream_ended(Seconds(0), false, Seconds(70));
  following.pause(Seconds(0), Seconds(70));
  EXPECT_FALSE(following.should_poll(Seconds(69.9)));
  EXPECT_FALSE(following.should_open_stream(Seconds(69.9)));
  EXPECT_TRUE(following.should_poll(Seconds(70)));
}

TEST(FollowSchedule, stream_alone_polls_only_without_a_stream_or_to_confirm) {
  FollowSchedule following = schedule(ProgressSource::Stream);
  following.stream_opened(Seconds(0));
  EXPECT_FALSE(following.should_poll(Seconds(50)));
  following.poll_soon(Seconds(50));
  EXPECT_TRUE(following.should_poll(Seconds(50)));
  FollowSchedule failed = schedule(ProgressSource::Stream);
  failed.stream_ended(Seconds(0), false, Seconds(-1));
  EXPECT_TRUE(failed.should_poll(Seconds(0)));
}

TEST(FollowSchedule, has_nothing_to_do_while_a_stream_lives_that_is_all_it_may_use) {
  FollowSchedule following = schedule(ProgressSource::Stream);
  EXPECT_FALSE(following.stream_is_dead(Seconds(1000))) << "there is none yet";
  following.stream_opened(Seconds(0));
  EXPECT_EQ(following.next_due().count(), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(following.stream_is_dead(Seconds(1000)));
}

}  // namespace
}  // namespace airforce
