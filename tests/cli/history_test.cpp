// SPDX-License-Identifier: LGPL-2.1-or-later
// The history of what was made; history_page_test.py looks at its page in a browser.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tool.h"

namespace airforce::test {
namespace {

using ::testing::HasSubstr;

TEST(History, remembers_prompt_price_and_file) {
  const Bench bench;
  EXPECT_EQ(bench.run(bench.generate({"-o", "fox.mp4"})).exit_code, 0);
  const JsonLines lines(bench.run({"history"}).output);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines.field(0, "prompt"), "A red fox in the snow");
  EXPECT_EQ(lines.field(0, "state"), "delivered");
  EXPECT_EQ(lines.field(0, "cost_cents"), "200");
  EXPECT_THAT(lines.field(0, "path"), HasSubstr("/fox.mp4"));
  EXPECT_EQ(bench.run({"history", "--clear"}).exit_code, 0);
  EXPECT_EQ(JsonLines(bench.run({"history"}).output).size(), 0U);
}

TEST(History, is_not_kept_where_it_is_off) {
  const Bench bench;
  Command command = bench.json_command(bench.generate({"-o", "fox.mp4"}));
  command.environment["AIRFORCE_HISTORY"] = "off";
  EXPECT_EQ(run(command).exit_code, 0);
  EXPECT_EQ(JsonLines(bench.run({"history"}).output).size(), 0U);
}

}  // namespace
}  // namespace airforce::test
