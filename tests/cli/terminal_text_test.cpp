// SPDX-License-Identifier: LGPL-2.1-or-later
#include "terminal_text.h"

#include <gtest/gtest.h>

namespace airforce::cli {
namespace {

TEST(Text, counts_wide_and_combining_characters_as_a_terminal_does) {
  EXPECT_EQ(display_width("fox"), 3);
  EXPECT_EQ(display_width("狐"), 2);
  EXPECT_EQ(display_width("e\u0301"), 1);
}

TEST(Text, is_cut_at_a_character) {
  EXPECT_EQ(shortened("a red fox", 9), "a red fox");
  EXPECT_EQ(shortened("a red fox", 8), "a red...");
  EXPECT_EQ(shortened("狐狐狐狐", 7), "狐狐...");
  EXPECT_EQ(shortened("a red fox", 2), "..");
}

TEST(Text, is_wrapped_at_words) {
  EXPECT_EQ(wrapped("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrapped("unbreakable", 4), std::vector<std::string>{"unbreakable"});
  EXPECT_EQ(wrapped("", 4), std::vector<std::string>{});
}

TEST(Numbers, read_well) {
  EXPECT_EQ(bytes_text(0), "0 bytes");
  EXPECT_EQ(bytes_text(17'512'345), "17.5 MB");
  EXPECT_EQ(bytes_of_text(512, 2'000), "0.5 of 2.0 kB");
  EXPECT_EQ(bytes_of_text(512, -1), "512 bytes");
  EXPECT_EQ(duration_text(7.9), "0:07");
  EXPECT_EQ(duration_text(3723), "1:02:03");
}

TEST(Table, has_columns_as_wide_as_their_widest) {
  EXPECT_EQ(table_text({{"A", "B"}, {"狐", "x"}, {"long", ""}}), "A     B\n狐    x\nlong\n");
}

const std::vector<std::vector<std::string>> kClips{
    {"TASK", "STATE", "MODEL", "FILE", "PROMPT"},
    {"vid_1", "done", "wan-2.6", std::string(40, 'f'), std::string(50, 'p')}};

TEST(Table, shortens_long_cells_before_it_leaves_out_columns) {
  const std::string table = fitted_table_text(kClips, {60, {2, 1, 3, 4}, {3, 4}});
  EXPECT_EQ(table,
            "TASK   STATE  MODEL    FILE               PROMPT\n"
            "vid_1  done   wan-2.6  ffffffffffffff...  ppppppppppppppp...\n");
  EXPECT_EQ(fitted_table_text(kClips, {24, {2, 1, 3, 4}, {3, 4}}),
            "TASK   PROMPT\nvid_1  pppppppppppppp...\n(--json shows all columns)\n");
}

TEST(Table, leaves_out_an_empty_column_first) {
  auto clips = kClips;
  clips[1][3] = "";
  EXPECT_EQ(fitted_table_text(clips, {38, {2, 1, 3, 4}, {3, 4}}),
            "TASK   STATE  MODEL    PROMPT\nvid_1  done   wan-2.6  pppppppppppp...\n");
}

}  // namespace
}  // namespace airforce::cli
