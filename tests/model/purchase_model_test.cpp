// SPDX-License-Identifier: LGPL-2.1-or-later
// Visits every world of the model (purchase_model.h): no path has two purchases without a person's
// word, and none loses a paid task. What cannot be held is that a client of the same key that made
// an equal task in the same second is distinguished where the list has no prompts (the last test).
#include "purchase_model.h"

#include <algorithm>
#include <deque>
#include <iostream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace airforce::model {
namespace {

using ::testing::StartsWith;

struct Visited {
  const World* from = nullptr;
  std::string by;
};

class Exploration {
 public:
  explicit Exploration(const Limits& limits) : limits_(limits) {}

  // Breadth first, so that the first broken promise has the shortest path. Returns it, or "".
  std::string run() {
    visit(first_world(limits_), {});
    while (!open_.empty()) {
      const World& world = *open_.front();
      open_.pop_front();
      if (const std::string wrong = broken_promise(world); !wrong.empty()) {
        return wrong + ":\n" + path_to(world);
      }
      for (Step& step : steps(world, limits_)) visit(std::move(step.world), {&world, step.what});
    }
    std::cout << worlds_.size() << " worlds\n";
    return {};
  }

  template <typename Condition>
  bool reaches(Condition condition) const {
    return std::any_of(worlds_.begin(), worlds_.end(),
                       [&](const auto& item) { return condition(item.first); });
  }

 private:
  void visit(World world, Visited how) {
    const auto [item, is_new] = worlds_.emplace(std::move(world), std::move(how));
    if (is_new) open_.push_back(&item->first);
  }
  std::string path_to(const World& world) const {
    std::string path;
    for (const World* at = &world; at != nullptr;) {
      const Visited& how = worlds_.at(*at);
      path = how.by + "\n" + path;
      at = how.from;
    }
    return path;
  }

  const Limits limits_;
  std::map<World, Visited> worlds_;
  std::deque<const World*> open_;
};

TEST(PurchaseModel, keeps_its_promises_where_the_list_has_prompts) {
  Limits limits;
  limits.other_client = true;
  Exploration exploration(limits);
  EXPECT_EQ(exploration.run(), "");
  EXPECT_TRUE(exploration.reaches([](const World& world) {
    return world.processes[0].next == Next::Done && world.processes[1].next == Next::Done;
  }));
}

TEST(PurchaseModel, keeps_its_promises_where_the_list_has_no_prompts) {
  Limits limits;
  limits.echoed_prompts = false;
  EXPECT_EQ(Exploration(limits).run(), "");
}

TEST(PurchaseModel, finds_what_a_wrong_client_does) {
  Limits sleeper;
  sleeper.posts_on_an_old_permission = true;
  EXPECT_THAT(Exploration(sleeper).run(), StartsWith("a paid task that nobody looks for"));
  Limits hasty;
  hasty.buys_when_the_list_shows_nothing = true;
  EXPECT_THAT(Exploration(hasty).run(), StartsWith("a paid task that nobody looks for"));
  Limits forgetful;
  forgetful.forgets_lost_creates = true;
  EXPECT_THAT(Exploration(forgetful).run(), StartsWith("a paid task that nobody looks for"));
  Limits trusting;
  trusting.takes_an_unknown_id_for_gone = true;
  EXPECT_THAT(Exploration(trusting).run(), StartsWith("a paid task that nobody looks for"));
  Limits credulous;
  credulous.echoed_prompts = false;
  credulous.other_client = true;  // in the same second: nothing distinguishes its task from ours
  EXPECT_THAT(Exploration(credulous).run(), StartsWith("a task of another client was adopted"));
}

}  // namespace
}  // namespace airforce::model
