// SPDX-License-Identifier: LGPL-2.1-or-later
// The history of what was made, and its page in a real browser.
#include <unistd.h>

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
  EXPECT_THAT(lines.field(0, "path"), HasSubstr("/work/fox.mp4"));
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

TEST(History, is_a_page_that_a_browser_shows) {
  if (access("/usr/bin/chromium", X_OK) != 0) GTEST_SKIP() << "chromium is not installed";
  const Bench bench;
  EXPECT_EQ(bench.run(bench.generate({"-o", "fox.mp4"})).exit_code, 0);
  EXPECT_EQ(bench.run_plain({"history", "--html", "page.html"}).exit_code, 0);
  Command browser;
  browser.arguments = {"chromium",
                       "--headless",
                       "--no-sandbox",
                       "--disable-gpu",
                       "--disable-quic",
                       "--no-first-run",
                       "--disable-background-networking",
                       "--disable-component-update",
                       "--disable-sync",
                       "--user-data-dir=" + bench.file("browser"),
                       "--virtual-time-budget=2000",
                       "--dump-dom",
                       "file://" + bench.file("work/page.html")};
  browser.environment["HOME"] = bench.directory.path();
  const Finished finished = run(browser, 60);
  EXPECT_EQ(finished.exit_code, 0) << finished.errors;
  // The page's own script has run: the test's clip is no real one, so it was replaced by a note.
  EXPECT_THAT(finished.output, HasSubstr("A red fox in the snow"));
  EXPECT_THAT(finished.output, HasSubstr("The file is not there any more"));
}

}  // namespace
}  // namespace airforce::test
