// SPDX-License-Identifier: LGPL-2.1-or-later
// When a clip that is being downloaded may be played. Given times and bytes, no pipeline.
#include <algorithm>
#include <cmath>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../gst/buffering.h"

namespace airforce::gst::test {
namespace {

constexpr double kDuration = 10;
constexpr std::int64_t kSize = 10'000'000;  // 1 MB for a second of playing

// A clip that arrives from its beginning at `rate`, seen ten times a second.
class Downloading {
 public:
  // Lets `seconds` go by, in which it is played if `plays`; returns what was reported.
  std::vector<int> pass(double seconds, double rate, bool plays = false) {
    std::vector<int> reported;
    for (int step = 0; step < std::lround(seconds * 10); ++step) {
      supply_.now += 0.1;
      here_ = std::min<double>(kSize, here_ + rate / 10);
      supply_.arrived = static_cast<std::int64_t>(here_);
      if (plays) supply_.position += 0.1;
      supply_.ahead = static_cast<std::int64_t>(here_ - supply_.position / kDuration * kSize);
      if (const auto percent = buffering_.update(supply_)) reported.push_back(*percent);
    }
    return reported;
  }
  Buffering& buffering() { return buffering_; }

 private:
  Supply supply_ = {.duration = kDuration, .size = kSize};
  double here_ = 0;
  Buffering buffering_;
};

TEST(Buffering, says_nothing_where_the_line_is_fast) {
  Downloading clip;
  EXPECT_TRUE(clip.pass(1, 20e6).empty());
}

TEST(Buffering, waits_until_the_rest_will_come_in_time) {
  Downloading clip;
  const auto reported = clip.pass(30, 0.5e6);
  ASSERT_FALSE(reported.empty());
  EXPECT_LT(reported.front(), 10);
  EXPECT_EQ(reported.back(), 100);
  EXPECT_EQ(std::count(reported.begin(), reported.end(), 100), 1);
  EXPECT_TRUE(std::is_sorted(reported.begin(), reported.end()));
}

TEST(Buffering, then_plays_to_the_end_without_a_stop) {
  for (const double rate : {0.2e6, 0.5e6, 0.8e6}) {
    Downloading clip;
    while (true) {
      const auto reported = clip.pass(0.1, rate);
      if (!reported.empty() && reported.back() == 100) break;
    }
    EXPECT_THAT(clip.pass(kDuration, rate, true), testing::IsEmpty()) << rate;
  }
}

TEST(Buffering, does_not_wait_for_all_of_it) {
  Downloading clip;
  EXPECT_EQ(clip.pass(12, 0.5e6).back(), 100) << "some 5.5 MB are enough at this speed";
}

TEST(Buffering, stops_when_the_line_fails_in_the_middle_and_resumes_when_it_is_back) {
  Downloading clip;
  EXPECT_EQ(clip.pass(5, 1.5e6).back(), 100);
  EXPECT_TRUE(clip.pass(6, 0, true).empty()) << "there is enough ahead";
  const auto dry = clip.pass(1.5, 0, true);
  ASSERT_FALSE(dry.empty());
  EXPECT_LT(dry.back(), 100);
  const auto back = clip.pass(3, 5e6);
  ASSERT_FALSE(back.empty());
  EXPECT_EQ(back.back(), 100);
}

TEST(Buffering, ends_with_100_if_it_said_less) {
  Downloading clip;
  EXPECT_FALSE(clip.pass(1, 0.1e6).empty());
  EXPECT_EQ(clip.buffering().finish(), 100);
  EXPECT_FALSE(clip.buffering().finish());
  EXPECT_FALSE(Buffering().finish());
}

TEST(Buffering, measures_the_speed_of_the_last_seconds) {
  Downloading clip;
  clip.pass(5, 1e6);
  EXPECT_NEAR(clip.buffering().rate(), 1e6, 1e5);
  clip.pass(5, 0.1e6);
  EXPECT_NEAR(clip.buffering().rate(), 0.1e6, 1e4);
}

}  // namespace
}  // namespace airforce::gst::test
