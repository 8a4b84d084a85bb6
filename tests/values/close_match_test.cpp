// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vocabulary/close_match.h"

#include <gtest/gtest.h>

namespace airforce {
namespace {

const std::vector<std::string> kNames = {"prompt", "prompt_file", "model", "mode", "timeout"};

TEST(CloseMatch, finds_the_name_behind_a_slip_of_the_finger) {
  EXPECT_EQ(close_match("promt", kNames), "prompt");
  EXPECT_EQ(close_match("propmt", kNames), "prompt");
  EXPECT_EQ(close_match("modle", kNames), "model");
  EXPECT_EQ(close_match("timeouts", kNames), "timeout");
}

TEST(CloseMatch, takes_upper_and_lower_case_and_both_dashes_as_alike) {
  EXPECT_EQ(close_match("PROMPT-FILE", kNames), "prompt_file");
}

TEST(CloseMatch, finds_the_name_that_is_begun) {
  EXPECT_EQ(close_match("time", kNames), "timeout");
  EXPECT_EQ(close_match("pro", kNames), "prompt") << "the shortest";
  EXPECT_EQ(close_match("prompt_f", kNames), "prompt_file");
  EXPECT_EQ(close_match("--duration", {"--location", "--duration-seconds"}), "--duration-seconds");
  EXPECT_EQ(close_match("wan", {"veo", "wan-2.6"}), "wan-2.6");
  EXPECT_EQ(close_match("mod", kNames), "mode") << "one letter is a slip of the finger";
  EXPECT_EQ(close_match("--p", {"--prompt"}), "") << "that is no word yet";
}

TEST(CloseMatch, finds_the_name_by_one_of_its_words) {
  const std::vector<std::string> flags = {"--max-cost-cents", "--aspect-ratio", "--poll-interval",
                                          "--prompt", "--prompt-file"};
  EXPECT_EQ(close_match("--ratio", flags), "--aspect-ratio");
  EXPECT_EQ(close_match("--cost", flags), "--max-cost-cents");
  EXPECT_EQ(close_match("file", {"api_key_file", "prompt_file"}), "prompt_file") << "the shortest";
  EXPECT_EQ(close_match("--rat", flags), "");
}

TEST(CloseMatch, suggests_nothing_when_nothing_is_close) {
  EXPECT_EQ(close_match("colour", kNames), "");
  EXPECT_EQ(close_match("", kNames), "");
  EXPECT_EQ(close_match("x", {}), "");
  EXPECT_EQ(close_match(std::string(1 << 20, 'm'), kNames), "");
}

}  // namespace
}  // namespace airforce
