// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/open_purchase.h"

#include <future>

#include <gtest/gtest.h>

#include "purchase_fixture.h"
#include "support/temp_dir.h"

namespace airforce {
namespace {

class OpenPurchaseTest : public test::PurchaseTest {
 protected:
  OpenPurchaseTest() {
    settings_.set("reuse", "unfinished");
    identity_.account = "account";
    identity_.request = "request";
  }

  std::unique_ptr<PurchaseShare> open(const std::string& store = "store") {
    return std::make_unique<PurchaseShare>(store, identity_);
  }

  // What joining brings once `end` has ended the purchase that is waited for.
  template <typename End>
  std::optional<SharedTask> joined(PurchaseShare& waiting, End end) {
    std::promise<void> waits;
    GenerationContext context = this->context(60);
    context.report = [&](const GenerationEvent&) { waits.set_value(); };
    auto outcome = std::async(std::launch::async, [&] { return waiting.join(context); });
    waits.get_future().wait();
    end();
    return outcome.get();
  }
};

TEST_F(OpenPurchaseTest, gives_those_who_wait_the_task_that_one_of_them_has_bought) {
  const auto buyer = open();
  const auto waiting = open();
  EXPECT_EQ(buyer->join(context(60)), std::nullopt);
  const auto task = joined(*waiting, [&] { buyer->found({"vid_1", 5, 7, 30}); });
  ASSERT_TRUE(task);
  EXPECT_EQ(task->task_id, "vid_1");
  EXPECT_EQ(task->intent, 7);
  EXPECT_EQ(open()->join(context(60))->task_id, "vid_1");
}

TEST_F(OpenPurchaseTest, gives_those_who_wait_the_answer_of_the_service_and_nobody_else) {
  const auto buyer = open();
  const auto waiting = open();
  buyer->join(context(60));
  const Error refused(ErrorKind::Rejected, Step::Create, "no credits");
  EXPECT_EQ(test::error_of([&] { joined(*waiting, [&] { buyer->failed(refused); }); }).message,
            "no credits");
  EXPECT_EQ(open()->join(context(60)), std::nullopt);
}

TEST_F(OpenPurchaseTest, lets_the_next_one_buy_where_the_buyer_was_cancelled_or_has_a_ceiling) {
  for (const ErrorKind kind : {ErrorKind::Cancelled, ErrorKind::Budget, ErrorKind::Timeout}) {
    const auto buyer = open();
    const auto waiting = open();
    buyer->join(context(60));
    const Error own(kind, Step::Create, "its own");
    EXPECT_EQ(joined(*waiting, [&] { buyer->failed(own); }), std::nullopt);
  }
  auto buyer = open();
  const auto waiting = open();
  buyer->join(context(60));
  EXPECT_EQ(joined(*waiting, [&] { buyer.reset(); }), std::nullopt);
}

TEST_F(OpenPurchaseTest, is_forgotten_with_its_last_source_or_with_a_task_of_no_use) {
  {
    const auto buyer = open();
    buyer->join(context(60));
    buyer->found({"vid_1", 0, 0, {}});
    buyer->forget("vid_2");
    EXPECT_NE(open()->join(context(60)), std::nullopt);
    buyer->forget("vid_1");
    EXPECT_EQ(open()->join(context(60)), std::nullopt);
    buyer->found({"vid_3", 0, 0, {}});
  }
  EXPECT_EQ(open()->join(context(60)), std::nullopt);
}

TEST_F(OpenPurchaseTest, is_another_one_for_another_store_request_or_account) {
  const auto buyer = open();
  buyer->join(context(60));
  EXPECT_EQ(open("other store")->join(context(60)), std::nullopt);
  identity_.request = "other request";
  EXPECT_EQ(open()->join(context(60)), std::nullopt);
}

TEST_F(OpenPurchaseTest, asks_for_the_deletion_once_when_all_have_the_clip) {
  const test::TempDir directory;
  const std::string path = directory.write("clip.mp4", "clip");
  const auto first = open();
  const auto second = open();
  auto third = open();
  EXPECT_FALSE(first->downloaded(path, true));
  third.reset();
  EXPECT_TRUE(second->clip_of_another());
  EXPECT_TRUE(second->downloaded(path, false));
  EXPECT_TRUE(first->leave());
  EXPECT_FALSE(second->leave());
}

}  // namespace
}  // namespace airforce
