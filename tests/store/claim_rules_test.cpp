// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/claim_rules.h"

#include <gtest/gtest.h>

namespace airforce::testing {
namespace {

constexpr std::int64_t kNow = 1'715'000'000;

Intent an_intent(IntentState state, bool owned, std::int64_t expires_at = kNow + 100) {
  Intent intent;
  intent.state = state;
  intent.owned = owned;
  intent.claimed_at = intent.sending_at = kNow - 100;
  intent.expires_at = expires_at;
  return intent;
}

Claim::Kind kind_for(Reusable reusable, const std::vector<Intent>& equal) {
  return choose_claim(equal, reusable, kNow).kind;
}

TEST(ClaimRules, take_the_oldest_of_several_known_tasks) {
  std::vector<Intent> equal(3, an_intent(IntentState::Created, false));
  equal[0].owned = true;
  EXPECT_EQ(choose_claim(equal, Reusable::Unfinished, kNow).intent, &equal[1]);
}

TEST(ClaimRules, offer_the_newest_of_several_finished_clips) {
  const std::vector<Intent> equal(3, an_intent(IntentState::Delivered, false));
  EXPECT_EQ(choose_claim(equal, Reusable::Finished, kNow).intent, &equal[2]);
}

TEST(ClaimRules, prefer_a_finished_clip_to_a_running_task) {
  EXPECT_EQ(kind_for(Reusable::Finished, {an_intent(IntentState::Created, false),
                                          an_intent(IntentState::Delivered, false)}),
            Claim::Kind::Finished);
}

TEST(ClaimRules, prefer_a_task_that_nobody_follows_to_waiting) {
  EXPECT_EQ(kind_for(Reusable::Finished, {an_intent(IntentState::Created, true),
                                          an_intent(IntentState::Created, false)}),
            Claim::Kind::Resume);
}

TEST(ClaimRules, assume_a_day_of_life_where_the_service_said_nothing) {
  Intent finished = an_intent(IntentState::Delivered, false, 0);
  finished.claimed_at = kNow - kTaskLifeSeconds;
  finished.sending_at = finished.claimed_at + 1;
  EXPECT_EQ(kind_for(Reusable::Finished, {finished}), Claim::Kind::Finished);
  --finished.sending_at;
  EXPECT_EQ(kind_for(Reusable::Finished, {finished}), Claim::Kind::New);
}

TEST(ClaimRules, take_no_wall_clocks_word_that_a_paid_task_is_gone) {
  for (const IntentState state : {IntentState::Sending, IntentState::Created}) {
    for (const std::int64_t expires_at : {kNow - 400 * 86'400, std::int64_t{0}}) {
      Intent orphan = an_intent(state, false, expires_at);
      orphan.claimed_at = orphan.sending_at = kNow - 400 * 86'400;
      EXPECT_EQ(kind_for(Reusable::Unfinished, {orphan}), Claim::Kind::Resume) << name_of(state);
    }
  }
}

TEST(ClaimRules, count_an_orphan_only_while_its_task_may_run) {
  const auto counts = orphan_counts;
  EXPECT_TRUE(counts(IntentState::Created, kNow - kOrphanSlotSeconds + 1, kNow));
  EXPECT_FALSE(counts(IntentState::Created, kNow - kOrphanSlotSeconds, kNow));
  EXPECT_FALSE(counts(IntentState::Created, kNow + 86400, kNow)) << "a clock was set back";
  EXPECT_TRUE(counts(IntentState::Sending, kNow - kLostSlotSeconds + 1, kNow));
  EXPECT_FALSE(counts(IntentState::Sending, kNow - kLostSlotSeconds, kNow));
  EXPECT_FALSE(orphan_counts(IntentState::Claimed, kNow, kNow));
  EXPECT_FALSE(orphan_counts(IntentState::Delivered, kNow, kNow));
}

}  // namespace
}  // namespace airforce::testing
