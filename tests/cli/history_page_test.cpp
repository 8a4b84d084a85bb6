// SPDX-License-Identifier: LGPL-2.1-or-later
#include "history_page.h"

#include <gtest/gtest.h>

namespace airforce::cli {
namespace {

HistoryEntry entry(const std::string& prompt) {
  HistoryEntry made;
  made.state = HistoryEntry::State::Delivered;
  made.task_id = "vid_1";
  made.model = "wan-2.6";
  made.prompt = prompt;
  made.path = "/tmp/a b#c?.mp4";
  made.cost_cents = 200;
  made.created_at = 1'700'000'000;
  return made;
}

TEST(HistoryPage, escapes_every_text) {
  HistoryEntry hostile = entry("<script>alert(1)</script>\"' & \u202e\x1b[2J");
  hostile.model = hostile.task_id = hostile.reason = hostile.prompt;
  hostile.path = "/tmp/\"><script>.mp4";
  hostile.state = HistoryEntry::State::Failed;
  const std::string page = history_page({hostile});
  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
  EXPECT_EQ(page.find("\"><script>.mp4"), std::string::npos);
  EXPECT_EQ(page.find("\u202e"), std::string::npos);
  EXPECT_EQ(page.find('\x1b'), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;"), std::string::npos);
}

TEST(HistoryPage, loads_nothing_from_the_network) {
  const std::string page = history_page({entry("a fox")});
  EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
  EXPECT_EQ(page.find("http://"), std::string::npos);
  EXPECT_EQ(page.find("https://"), std::string::npos);
  EXPECT_NE(page.find("src=\"file:///tmp/a%20b%23c%3F.mp4\""), std::string::npos);
}

TEST(HistoryPage, sums_days_without_what_failed) {
  HistoryEntry failed = entry("another");
  failed.state = HistoryEntry::State::Failed;
  const std::string page = history_page({entry("a fox"), entry("a hare"), failed});
  EXPECT_NE(page.find("2 clips, 400 cents"), std::string::npos);
}

}  // namespace
}  // namespace airforce::cli
