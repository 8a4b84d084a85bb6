// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/history.h"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "given.h"

namespace airforce::testing {
namespace {

class HistoryTest : public ::testing::Test {
 protected:
  TempDir directory_;
  GivenClock clock_;
  const std::string path_ = directory_.file("state/history.sqlite");
  History history_{path_, clock_};
};

TEST_F(HistoryTest, keeps_full_prompts_paths_and_sums) {
  const std::string prompt(2000, 'x');
  history_.created("account", "vid_1", "wan-2.6", prompt, 160, "winter=500");
  clock_.advance(60);
  history_.delivered("account", "vid_1", "/clips/fox.mp4", -1);
  const auto entries = History(path_, clock_).newest("account", 10);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].state, HistoryEntry::State::Delivered);
  EXPECT_EQ(entries[0].model, "wan-2.6");
  EXPECT_EQ(entries[0].prompt, prompt);
  EXPECT_EQ(entries[0].path, "/clips/fox.mp4");
  EXPECT_EQ(entries[0].budget, "winter=500");
  EXPECT_EQ(entries[0].cost_cents, 160) << "what is not said changes nothing";
  EXPECT_EQ(entries[0].ended_at - entries[0].created_at, 60);
}

TEST_F(HistoryTest, lists_the_newest_task_first_for_each_account) {
  history_.created("one", "vid_1", "m", "a", 1);
  history_.created("two", "vid_2", "m", "b", 1);
  history_.failed("two", "vid_2", "content_policy_violation");
  EXPECT_EQ(history_.newest("", 10).at(0).reason, "content_policy_violation");
  EXPECT_EQ(history_.newest("", 1).size(), 1u);
  ASSERT_EQ(history_.newest("one", 10).size(), 1u);
  EXPECT_EQ(history_.newest("one", 10)[0].task_id, "vid_1");
}

TEST_F(HistoryTest, knows_model_and_prompt_of_a_task_of_the_account) {
  history_.created("account", "vid_1", "m", "a fox", 1);
  EXPECT_EQ(history_.of_task("account", "vid_1").model, "m");
  EXPECT_EQ(history_.of_task("account", "vid_1").prompt, "a fox");
  EXPECT_EQ(history_.of_task("other", "vid_1").prompt, "");
  EXPECT_EQ(history_.of_task("account", "vid_2").prompt, "");
}

TEST_F(HistoryTest, knows_whose_file_it_is_before_the_file_has_its_name) {
  history_.created("account", "vid_1", "m", "a fox", 1);
  history_.saving("account", "vid_1", "/clips/fox.mp4");
  EXPECT_EQ(history_.newest("", 1).at(0).path, "") << "nothing may have been saved";
  ASSERT_TRUE(history_.saved_as("account", "/clips/fox.mp4"));
  EXPECT_EQ(history_.saved_as("account", "/clips/fox.mp4")->task_id, "vid_1");
  EXPECT_FALSE(history_.saved_as("other", "/clips/fox.mp4"));
  EXPECT_FALSE(history_.saved_as("account", "/clips/hare.mp4"));
  history_.created("account", "vid_2", "m", "a hare", 1);
  history_.delivered("account", "vid_2", "/clips/fox.mp4", 1);
  EXPECT_EQ(history_.saved_as("account", "/clips/fox.mp4")->task_id, "vid_2") << "the last one";
  history_.failed("account", "vid_2", "expired");
  EXPECT_EQ(history_.saved_as("account", "/clips/fox.mp4")->task_id, "vid_1");
  history_.saving("account", "vid_none", "/clips/wolf.mp4");
  EXPECT_EQ(history_.newest("", 10).size(), 2u) << "a task that is not known stays so";
}

TEST_F(HistoryTest, is_readable_by_its_user_only) {
  history_.created("account", "vid_1", "m", "a secret film", 1);
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path() / "state"))
    EXPECT_EQ(static_cast<unsigned>(entry.status().permissions()), 0600u) << entry.path();
}

TEST_F(HistoryTest, makes_no_file_to_list_nothing) {
  EXPECT_TRUE(history_.newest("", 10).empty());
  history_.clear();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(HistoryTest, deletes_what_is_old) {
  history_.created("account", "old", "m", "a", 1);
  clock_.advance(std::int64_t{History::kDays + 1} * 86400);
  history_.created("account", "new", "m", "b", 1);
  ASSERT_EQ(history_.newest("", 10).size(), 1u);
  EXPECT_EQ(history_.newest("", 10)[0].task_id, "new");
}

TEST_F(HistoryTest, leaves_no_prompt_in_the_file_once_it_is_cleared) {
  {
    History history(path_, clock_);  // its end merges the -wal file
    history.created("account", "vid_1", "m", "a very secret film", 1);
    history.clear();
    EXPECT_TRUE(history.newest("", 10).empty());
  }
  EXPECT_EQ(read_file(path_).find("secret"), std::string::npos);
}

TEST_F(HistoryTest, is_switched_off_and_moved_by_the_environment) {
  setenv("AIRFORCE_HISTORY", "off", 1);
  EXPECT_EQ(History::standard(clock_), nullptr);
  setenv("AIRFORCE_HISTORY", path_.c_str(), 1);
  History::standard(clock_)->created("account", "vid_1", "m", "a", 1);
  EXPECT_TRUE(std::filesystem::exists(path_));
  unsetenv("AIRFORCE_HISTORY");
}

}  // namespace
}  // namespace airforce::testing
