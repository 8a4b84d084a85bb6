// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/odd.h"

#include <glib.h>
#include <gtest/gtest.h>

#include "values/json.h"

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

TEST_F(OddReports, are_made_once_for_each_field_at_debug_level) {
  for (int i = 0; i < 3; ++i)
    read_task(R"({"task_id":"a","status":"running","thumbnail_url":["canary"],"progress":{}})");
  EXPECT_EQ(texts_,
            (std::vector<std::string>{
                "the field 'progress' of a task is an object where a number is expected",
                "the field 'thumbnail_url' of a task is an array where a string is expected"}));
}

}  // namespace
}  // namespace airforce
