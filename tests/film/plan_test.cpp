// SPDX-License-Identifier: LGPL-2.1-or-later
#include "film/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"

namespace airforce {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Model model_of(const std::string& id, std::optional<double> price) {
  Model model;
  model.id = id;
  model.caps = VideoCaps{{"16:9"}, {"720p"}, {"text", "image"}, 5, 10, price};
  return model;
}

const std::vector<Model>& models() {
  static const std::vector<Model> all{model_of("wan", 20), model_of("free", 0),
                                      model_of("secret", std::nullopt)};
  return all;
}

FilmPlan plan_of(const std::string& text, const std::string& model = "wan") {
  Settings defaults;
  defaults.set("model", model);
  return plan_film(parse_storyboard(text, defaults), models(), "film.txt");
}

TEST(FilmPlan, knows_each_price_the_total_and_who_waits_for_whom) {
  const FilmPlan plan = plan_of(
      "{\"prompt\": \"1\"}\n{\"prompt\": \"2\", \"continue\": true, \"duration_seconds\": 10}\n"
      "{\"prompt\": \"3\", \"model\": \"free\"}\n{\"task_id\": \"vid_1\"}\n");
  EXPECT_EQ(plan.shots[0].price.cents, 100);
  EXPECT_EQ(plan.shots[1].price.cents, 200);
  EXPECT_EQ(plan.shots[2].price.cents, 0);
  EXPECT_EQ(plan.shots[3].price.cents, 0);
  EXPECT_EQ(plan.total_cents, 300);
  EXPECT_EQ(plan.total_seconds, 20);
  EXPECT_EQ(plan.shots[0].waits_for, std::nullopt);
  EXPECT_EQ(plan.shots[1].waits_for, 0u);
}

TEST(FilmPlan, names_the_line_of_what_a_model_does_not_offer) {
  EXPECT_THAT(test::text_of_error(
                  [] {
                    plan_of(
                        "{\"prompt\": \"1\"}\n{\"prompt\": \"2\", \"duration_seconds\": 60}\n"
                        "{\"prompt\": \"3\", \"model\": \"wann\"}\n");
                  },
                  ErrorKind::Settings),
              AllOf(HasSubstr("film.txt:2: "), HasSubstr("film.txt:3: ")));
}

TEST(FilmPlan, holds_the_ceiling_for_the_whole) {
  const FilmPlan plan = plan_of("1\n2\n3\n");
  EXPECT_NO_THROW(check_ceiling(plan, -1));
  EXPECT_NO_THROW(check_ceiling(plan, 300));
  EXPECT_THAT(test::text_of_error([&] { check_ceiling(plan, 299); }, ErrorKind::Budget),
              AllOf(HasSubstr("300 cents"), HasSubstr("299 cents")));
  EXPECT_THAT(test::text_of_error([&] { check_ceiling(plan, 0); }, ErrorKind::Budget),
              HasSubstr("only what is free"));
  EXPECT_NO_THROW(check_ceiling(plan_of("1\n2\n", "free"), 0));
}

TEST(FilmPlan, refuses_an_unknown_price_under_a_ceiling) {
  const FilmPlan plan = plan_of("1\n2\n", "secret");
  EXPECT_EQ(plan.total_cents, std::nullopt);
  EXPECT_NO_THROW(check_ceiling(plan, -1));
  EXPECT_THAT(test::text_of_error([&] { check_ceiling(plan, 1000); }, ErrorKind::Budget),
              HasSubstr("the price of 2 of 2 shots is unknown"));
}

TEST(FilmPlan, estimates_how_long_it_takes) {
  EXPECT_EQ(estimated_seconds(plan_of("1\n2\n3\n4\n5\n"), 4, 60), 120);
  EXPECT_EQ(estimated_seconds(plan_of("{\"prompt\": \"1\"}\n{\"prompt\": \"2\", \"continue\": "
                                      "true}\n{\"prompt\": \"3\", \"continue\": true}\n"),
                              4, 60),
            180);
}

}  // namespace
}  // namespace airforce
