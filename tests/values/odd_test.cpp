// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/odd.h"

#include <string>
#include <vector>

#include <glib.h>
#include <gtest/gtest.h>

namespace airforce {
namespace {

// Counts what comes to GLib's log at debug level.
class OddReports : public testing::Test {
 protected:
  OddReports() {
    handler_ = g_log_set_handler(
        "airforce-video", G_LOG_LEVEL_DEBUG,
        [](const gchar*, GLogLevelFlags, const gchar* text, gpointer self) {
          static_cast<OddReports*>(self)->texts_.emplace_back(text);
        },
        this);
  }
  ~OddReports() override { g_log_remove_handler("airforce-video", handler_); }

  std::vector<std::string> texts_;

 private:
  guint handler_;
};

TEST_F(OddReports, are_made_once_at_debug_level) {
  for (int i = 0; i < 3; ++i) report_odd("something that no other test reports");
  EXPECT_EQ(texts_, std::vector<std::string>{"something that no other test reports"});
}

}  // namespace
}  // namespace airforce
