// SPDX-License-Identifier: LGPL-2.1-or-later
#include "film/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace airforce {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Shots = std::vector<std::size_t>;

Shots started(ShotSchedule& schedule) {
  Shots shots;
  while (const auto shot = schedule.start_next()) shots.push_back(*shot);
  return shots;
}

void finish(ShotSchedule& schedule, const Shots& shots) {
  for (const std::size_t shot : shots) {
    schedule.ready(shot);
    schedule.frame_available(shot);
  }
}

TEST(ShotSchedule, starts_shots_in_order_as_jobs_allow) {
  ShotSchedule schedule(std::vector<std::optional<std::size_t>>(6), 4);
  EXPECT_THAT(started(schedule), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(started(schedule), IsEmpty());
  schedule.made(2);
  EXPECT_THAT(started(schedule), ElementsAre(4));
  schedule.ready(0);
  EXPECT_THAT(started(schedule), ElementsAre(5));
  EXPECT_FALSE(schedule.finished());
  finish(schedule, {1, 2, 3, 4, 5});
  EXPECT_TRUE(schedule.finished());
}

TEST(ShotSchedule, lets_a_continued_shot_wait_for_its_frame) {
  ShotSchedule schedule({{}, 0, 1, {}}, 4);
  EXPECT_THAT(started(schedule), ElementsAre(0, 3));
  schedule.ready(0);
  EXPECT_THAT(started(schedule), IsEmpty());
  EXPECT_FALSE(schedule.finished());
  schedule.frame_available(0);
  EXPECT_THAT(started(schedule), ElementsAre(1));
}

TEST(ShotSchedule, packs_continued_shots_perfectly) {
  // Every third shot continues the one before: three rounds for twelve shots and four jobs.
  std::vector<std::optional<std::size_t>> waits_for(12);
  for (std::size_t i = 2; i < 12; i += 3) waits_for[i] = i - 1;
  ShotSchedule schedule(waits_for, 4);
  int rounds = 0;
  for (; !schedule.finished(); ++rounds) {
    const Shots shots = started(schedule);
    if (rounds == 0) {
      EXPECT_THAT(shots, ElementsAre(0, 1, 3, 4));
    }
    finish(schedule, shots);
  }
  EXPECT_EQ(rounds, 3);
}

TEST(ShotSchedule, opens_no_more_than_so_many_ahead_of_the_consumer) {
  ShotSchedule schedule(std::vector<std::optional<std::size_t>>(20), 4, 6);
  for (int i = 0; i < 10; ++i) finish(schedule, started(schedule));
  EXPECT_EQ(schedule.state(5), ShotState::Ready);
  EXPECT_EQ(schedule.state(6), ShotState::Waiting);
  schedule.delivered(1);
  EXPECT_THAT(started(schedule), IsEmpty());
  schedule.delivered(0);
  EXPECT_THAT(started(schedule), ElementsAre(6, 7));
  schedule.set_position(12);
  EXPECT_THAT(started(schedule), ElementsAre(8, 9));
}

TEST(ShotSchedule, starts_nothing_after_a_failure_and_keeps_what_is_in_flight) {
  ShotSchedule schedule(std::vector<std::optional<std::size_t>>(6), 2);
  EXPECT_THAT(started(schedule), ElementsAre(0, 1));
  schedule.failed(0);
  EXPECT_THAT(started(schedule), IsEmpty());
  EXPECT_FALSE(schedule.finished());
  EXPECT_EQ(schedule.state(5), ShotState::Skipped);
  schedule.ready(1);
  EXPECT_TRUE(schedule.finished());
  EXPECT_TRUE(schedule.has_failed());
}

TEST(ShotSchedule, leaves_out_only_the_chain_of_a_failed_shot_if_asked) {
  ShotSchedule schedule({{}, 0, 1, {}, 3}, 1, ShotSchedule::kNoLimit, OnShotError::Skip);
  EXPECT_THAT(started(schedule), ElementsAre(0));
  schedule.failed(0);
  EXPECT_EQ(schedule.state(1), ShotState::Skipped);
  EXPECT_EQ(schedule.state(2), ShotState::Skipped);
  EXPECT_THAT(started(schedule), ElementsAre(3));
  finish(schedule, {3});
  EXPECT_THAT(started(schedule), ElementsAre(4));
  schedule.stop();
  schedule.ready(4);
  EXPECT_TRUE(schedule.finished());
}

TEST(ShotSchedule, ends_with_an_unavailable_frame) {
  ShotSchedule schedule({{}, 0}, 2, ShotSchedule::kNoLimit, OnShotError::Skip);
  finish(schedule, {});
  EXPECT_THAT(started(schedule), ElementsAre(0));
  schedule.ready(0);
  schedule.frame_failed(0);
  EXPECT_EQ(schedule.state(1), ShotState::Skipped);
  EXPECT_TRUE(schedule.finished());
}

}  // namespace
}  // namespace airforce
