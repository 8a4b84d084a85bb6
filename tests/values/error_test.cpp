// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/error.h"

#include <set>

#include <gtest/gtest.h>

namespace airforce {
namespace {

template <typename Enum>
std::size_t count_names(Enum first, Enum last) {
  std::set<std::string> names;
  for (int each = static_cast<int>(first); each <= static_cast<int>(last); ++each)
    names.insert(name_of(static_cast<Enum>(each)));
  return names.size();
}

// Scripts distinguish errors by them (docs/command-line.md).
TEST(ErrorNames, differ_for_every_kind_charge_and_step) {
  EXPECT_EQ(count_names(ErrorKind::Settings, ErrorKind::Internal), 18u);
  EXPECT_EQ(count_names(Charge::None, Charge::Unknown), 5u);
  EXPECT_EQ(count_names(Step::Settings, Step::Store), 9u);
}

TEST(Error, is_shown_in_one_piece_with_the_charge_status_and_what_to_do) {
  Error error(ErrorKind::Server, Step::Create, "the service answered 500", "ask again later");
  EXPECT_EQ(error.text(), "the service answered 500; nothing was charged; ask again later");
  EXPECT_STREQ(error.what(), "the service answered 500");
}

}  // namespace
}  // namespace airforce
