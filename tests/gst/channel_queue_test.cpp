// SPDX-License-Identifier: LGPL-2.1-or-later
// The channel's decisions, without a clock and without GStreamer.
#include "../../gst/channel/channel_queue.h"

#include <gtest/gtest.h>

namespace airforce::gst {
namespace {

using namespace std::chrono_literals;

constexpr Seconds kClip{5};
constexpr Seconds kAhead{10};
constexpr std::size_t kParallel = 4;

ChannelItem* make(ChannelQueue& queue, bool one_price_at_a_time = false) {
  ChannelItem* item = queue.next_to_make(kAhead, kParallel, one_price_at_a_time);
  if (item != nullptr) item->state = ItemState::Making;
  return item;
}

TEST(ChannelQueue, MakesNoMoreThanAheadAllows) {
  ChannelQueue queue;
  for (int i = 0; i < 5; ++i) queue.add("a fox", kClip);
  EXPECT_NE(make(queue), nullptr);
  EXPECT_NE(make(queue), nullptr);
  EXPECT_EQ(make(queue), nullptr) << "ten seconds are in the making";
  queue.find(1)->state = ItemState::OnAir;
  EXPECT_NE(make(queue), nullptr) << "what is on air is not ahead";
}

TEST(ChannelQueue, MakesOneItemEvenWithNothingAhead) {
  ChannelQueue queue;
  queue.add("a fox", kClip);
  queue.add("a hare", kClip);
  ASSERT_NE(queue.next_to_make(Seconds{0}, kParallel, false), nullptr);
  queue.find(1)->state = ItemState::Making;
  EXPECT_EQ(queue.next_to_make(Seconds{0}, kParallel, false), nullptr);
}

TEST(ChannelQueue, NeverMakesMoreAtOnceThanTheServiceAllows) {
  ChannelQueue queue;
  for (int i = 0; i < 9; ++i) queue.add("a fox", Seconds{0.1});
  for (std::size_t i = 0; i < kParallel; ++i) EXPECT_NE(make(queue), nullptr);
  EXPECT_EQ(make(queue), nullptr);
}

TEST(ChannelQueue, WaitsForAPriceBeforeTheNextPurchaseUnderACeiling) {
  ChannelQueue queue;
  queue.add("a fox", kClip);
  queue.add("a hare", kClip);
  ChannelItem* first = make(queue, true);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(make(queue, true), nullptr);
  first->price_cents = 200;
  EXPECT_NE(make(queue, true), nullptr);
}

TEST(ChannelQueue, ShowsItemsInOrderAndSkipsThoseThatFailed) {
  ChannelQueue queue;
  for (int i = 0; i < 3; ++i) queue.add("a fox", kClip);
  queue.find(1)->state = ItemState::Making;
  queue.find(2)->state = ItemState::Ready;
  EXPECT_EQ(queue.next_to_show(), nullptr) << "the first is still being generated";
  queue.find(1)->state = ItemState::Failed;
  EXPECT_EQ(queue.next_to_show(), queue.find(2));
}

TEST(ChannelQueue, KeepsWhatWasBoughtButNotShownForTheNextStart) {
  ChannelQueue queue;
  for (int i = 0; i < 4; ++i) queue.add("a fox", kClip);
  queue.find(1)->state = ItemState::OnAir;
  queue.find(2)->state = ItemState::Ready;
  queue.find(3)->state = ItemState::Making;
  queue.rewind();
  EXPECT_EQ(queue.find(1), nullptr);
  EXPECT_EQ(queue.waiting(), 3u);
}

TEST(ChannelQueue, IsDrainedWhenEveryItemHasEnded) {
  ChannelQueue queue;
  EXPECT_TRUE(queue.is_drained());
  queue.add("a fox", kClip);
  EXPECT_FALSE(queue.is_drained());
  queue.find(1)->state = ItemState::Refused;
  EXPECT_TRUE(queue.is_drained());
}

TEST(ChannelLedger, AllowsAnythingWithoutACeiling) {
  EXPECT_EQ(ChannelLedger().allowance(0s), std::nullopt);
}

TEST(ChannelLedger, AllowsOnlyWhatIsFreeWithACeilingOfZero) {
  ChannelLedger ledger;
  ledger.set_ceilings(0, std::nullopt);
  EXPECT_EQ(ledger.allowance(0s), 0);
}

TEST(ChannelLedger, AllowsWhatBothCeilingsLeave) {
  ChannelLedger ledger;
  ledger.set_ceilings(1000, 300);
  ledger.reserve(1, 200, 0s);
  EXPECT_EQ(ledger.allowance(60s), 100);
  EXPECT_EQ(ledger.allowance(3600s), 300) << "an hour later";
  ledger.reserve(2, 900, 3600s);
  EXPECT_EQ(ledger.allowance(7201s), 0) << "never negative";
}

TEST(ChannelLedger, CorrectsAReservationByTheChargeAndGivesARefundBack) {
  ChannelLedger ledger;
  ledger.set_ceilings(500, std::nullopt);
  ledger.reserve(1, 200, 0s);
  ledger.reserve(1, 250, 5s);
  EXPECT_EQ(ledger.spent(), 250);
  ledger.release(1);
  EXPECT_EQ(ledger.allowance(5s), 500);
}

}  // namespace
}  // namespace airforce::gst
