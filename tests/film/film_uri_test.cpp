// SPDX-License-Identifier: LGPL-2.1-or-later
#include "film/film_uri.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"
#include "vocabulary/is_film_uri.h"

namespace airforce {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

TEST(FilmUri, holds_its_storyboard_and_the_defaults_of_its_shots) {
  Settings settings;
  const Storyboard storyboard = storyboard_of_uri(
      "airforce://film?storyboard=A%20fox%0AA+hen&continue=true&model=wan-2.6&seed=7", settings);
  ASSERT_THAT(storyboard.problems, SizeIs(0));
  ASSERT_THAT(storyboard.shots, SizeIs(2));
  EXPECT_EQ(storyboard.shots[0].settings.string(Parameter::prompt), "A fox");
  EXPECT_EQ(storyboard.shots[1].settings.string(Parameter::prompt), "A hen");
  EXPECT_EQ(storyboard.shots[1].settings.string(Parameter::model), "wan-2.6");
  EXPECT_TRUE(storyboard.shots[1].continues);
  EXPECT_EQ(settings.integer(Parameter::seed), 7);
  EXPECT_EQ(settings.choice<Reuse>(Parameter::reuse), Reuse::Always);
}

TEST(FilmUri, is_recognised) {
  EXPECT_TRUE(is_film_uri("airforce://film?storyboard=a"));
  EXPECT_TRUE(is_film_uri("airforce://film"));
  EXPECT_FALSE(is_film_uri("airforce://films?storyboard=a"));
  EXPECT_FALSE(is_film_uri("airforce://generate?prompt=a"));
}

TEST(FilmUri, lowers_the_ceiling_of_a_shot_but_never_raises_or_lifts_it) {
  // -1 is no limit, and null takes a setting back.
  for (const char* own : {"500", "-1", "null"}) {
    Settings settings;
    settings.set("max_cost_cents", "10");
    const Storyboard storyboard = storyboard_of_uri(
        std::string(R"(airforce://film?storyboard={"prompt":"a","max_cost_cents":)") + own + "}",
        settings);
    ASSERT_THAT(storyboard.shots, SizeIs(1)) << own;
    EXPECT_EQ(storyboard.shots[0].settings.number(Parameter::max_cost_cents), 10) << own;
  }
  Settings settings;
  settings.set("max_cost_cents", "10");
  const Storyboard storyboard = storyboard_of_uri(
      R"(airforce://film?storyboard={"prompt":"a","max_cost_cents":3})", settings);
  EXPECT_EQ(storyboard.shots.at(0).settings.number(Parameter::max_cost_cents), 3);
}

TEST(FilmUri, says_what_is_wrong) {
  const auto text_of = [](const char* uri) {
    return test::text_of_error(
        [&] {
          Settings settings;
          storyboard_of_uri(uri, settings);
        },
        ErrorKind::Settings);
  };
  EXPECT_THAT(text_of("airforce://film?model=wan"), HasSubstr("has no storyboard"));
  EXPECT_THAT(text_of("airforce://film?storyboard=a&storyboard=b"), HasSubstr("twice"));
  EXPECT_THAT(text_of("airforce://film?storyboard=%zz"), HasSubstr("percent-encoding"));
  EXPECT_THAT(text_of("airforce://film?storyboard=a&continue=maybe"), HasSubstr("continue"));
  EXPECT_THAT(text_of("airforce://film?storyboard=a&api_key=k"), HasSubstr("key"));
  EXPECT_THAT(text_of("airforce://film?storyboard=a&modle=wan"), HasSubstr("modle"));
}

}  // namespace
}  // namespace airforce
