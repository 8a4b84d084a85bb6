// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/budget.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"

namespace airforce {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Model wan() {
  Model model;
  model.id = "wan-2.6";
  model.output_modalities = {"video"};
  model.caps = VideoCaps{{"16:9", "9:16"}, {"480p", "720p"}, {"text", "image"}, 5, 10, 40};
  return model;
}

Settings with(std::initializer_list<std::pair<const char*, const char*>> values) {
  Settings settings;
  settings.set("model", "wan-2.6");
  for (const auto& [name, value] : values) settings.set(name, value);
  return settings;
}

std::string refusal(const std::function<void()>& act, ErrorKind kind = ErrorKind::Settings) {
  const Error error = test::error_of(act);
  EXPECT_EQ(error.kind, kind);
  EXPECT_EQ(error.charge, Charge::None);
  return error.text();
}

TEST(Budget, price_is_duration_times_price_per_second) {
  const Price price = checked_price(with({{"duration_seconds", "8"}}), Mode::Text, wan());
  EXPECT_EQ(price.cents, 320);
}

TEST(Budget, prices_the_minimum_of_the_model_without_a_duration) {
  EXPECT_EQ(checked_price(with({}), Mode::Text, wan()).cents, 200);
}

TEST(Budget, a_missing_model_is_answered_with_the_list) {
  Settings settings;
  EXPECT_THAT(refusal([&] { find_model(settings, {wan()}); }),
              AllOf(HasSubstr("no model"), HasSubstr("one of: wan-2.6")));
  settings.set("model", "wan-9");
  EXPECT_THAT(refusal([&] { find_model(settings, {wan()}); }),
              AllOf(HasSubstr("'wan-9'"), HasSubstr("one of: wan-2.6")));
}

TEST(Budget, names_what_is_allowed_when_a_value_is_not) {
  EXPECT_THAT(refusal([] {
                checked_price(with({{"duration_seconds", "11"}}), Mode::Text, wan());
              }),
              AllOf(HasSubstr("11 s"), HasSubstr("5 to 10 s"), HasSubstr("nothing was charged")));
  EXPECT_THAT(refusal([] {
                checked_price(with({{"aspect_ratio", "1:1"}}), Mode::Text, wan());
              }),
              HasSubstr("16:9, 9:16"));
  EXPECT_THAT(refusal([] {
                checked_price(with({{"quality", "1080p"}}), Mode::Text, wan());
              }),
              HasSubstr("480p, 720p"));
  EXPECT_THAT(refusal([] { checked_price(with({}), Mode::Reference, wan()); }),
              AllOf(HasSubstr("'reference'"), HasSubstr("text, image")));
}

TEST(Budget, validates_nothing_and_knows_no_price_without_caps) {
  Model bare = wan();
  bare.caps.reset();
  EXPECT_FALSE(
      checked_price(with({{"duration_seconds", "999"}, {"quality", "8k"}}), Mode::Text, bare)
          .cents);
}

TEST(Budget, buys_nothing_above_the_limit) {
  const Settings settings = with({{"max_cost_cents", "199"}});
  EXPECT_THAT(refusal(
                  [&] {
                    check_budget(settings, {200, 5});
                  },
                  ErrorKind::Budget),
              AllOf(HasSubstr("200 cents"), HasSubstr("199 cents")));
  EXPECT_NO_THROW(check_budget(settings, {199, 5}));
}

TEST(Budget, allows_only_what_is_free_when_zero) {
  const Settings settings = with({{"max_cost_cents", "0"}});
  EXPECT_NO_THROW(check_budget(settings, {0, 5}));
  const auto check = [&](const Price& price) {
    return refusal([&] { check_budget(settings, price); }, ErrorKind::Budget);
  };
  EXPECT_THAT(check({0.5, 5}), HasSubstr("only what is free"));
  EXPECT_THAT(check({}), HasSubstr("unknown"));
}

TEST(Budget, is_unlimited_at_minus_one_and_refuses_other_negative_values) {
  EXPECT_NO_THROW(check_budget(with({{"max_cost_cents", "-1"}}), {1e6, 5}));
  EXPECT_THAT(refusal(
                  [] {
                    check_budget(with({{"max_cost_cents", "-0.5"}}), {0, 5});
                  },
                  ErrorKind::Settings),
              HasSubstr("negative"));
}

TEST(Budget, buys_at_an_unknown_price_where_that_is_allowed) {
  EXPECT_NO_THROW(
      check_budget(with({{"max_cost_cents", "10"}, {"allow_unknown_price", "true"}}), {}));
}

TEST(Budget, buys_nothing_of_unknown_price_under_a_limit) {
  EXPECT_THAT(refusal(
                  [] {
                    check_budget(with({{"max_cost_cents", "1000"}}), {});
                  },
                  ErrorKind::Budget),
              HasSubstr("unknown"));
  EXPECT_NO_THROW(check_budget(with({}), {}));
}

TEST(Budget, an_unknown_model_gets_the_nearest_name_or_the_first_ten) {
  std::vector<Model> models(12, wan());
  for (std::size_t i = 0; i < models.size(); ++i) models[i].id = "model-" + std::to_string(i);
  EXPECT_THAT(refusal([&] { find_model({}, models); }),
              AllOf(HasSubstr("one of: model-0, model-1"), HasSubstr("model-9 … and 2 more"),
                    Not(HasSubstr("cents"))));
  EXPECT_THAT(refusal([] { find_model({}, {}); }), HasSubstr("one of: none"));
  EXPECT_THAT(refusal([&] {
                find_model(with({{"model", "modell-3"}}), models);
              }),
              AllOf(HasSubstr("did you mean model-3?"), Not(HasSubstr("one of"))));
  EXPECT_THAT(refusal([&] {
                find_model(with({{"model", "zzz"}}), models);
              }),
              AllOf(HasSubstr("no video model 'zzz'"), HasSubstr("… and 2 more")));
}

TEST(Budget, a_duration_is_checked_against_those_limits_that_the_model_has) {
  Model model = wan();
  EXPECT_THAT(refusal([&] {
                checked_price(with({{"duration_seconds", "4"}}), Mode::Text, model);
              }),
              HasSubstr("5 to 10 s"));
  model.caps->min_duration_s = 10;
  EXPECT_THAT(refusal([&] {
                checked_price(with({{"duration_seconds", "9"}}), Mode::Text, model);
              }),
              HasSubstr("duration_seconds of 10 s"));
  model.caps->max_duration_s.reset();
  EXPECT_EQ(checked_price(with({{"duration_seconds", "99"}}), Mode::Text, model).cents, 3960);
}

TEST(Budget, takes_a_value_that_the_model_allows) {
  EXPECT_EQ(
      checked_price(with({{"quality", "720p"}, {"aspect_ratio", "9:16"}}), Mode::Text, wan()).cents,
      200);
}

TEST(Budget, a_clip_of_unknown_length_has_no_price) {
  Model model = wan();
  model.caps->min_duration_s.reset();
  EXPECT_FALSE(checked_price(with({}), Mode::Text, model).cents);
}

TEST(Budget, a_model_that_lists_no_values_allows_any) {
  Model model = wan();
  model.caps->aspect_ratios.clear();
  EXPECT_EQ(checked_price(with({{"aspect_ratio", "5:4"}}), Mode::Text, model).cents, 200);
}

}  // namespace
}  // namespace airforce
