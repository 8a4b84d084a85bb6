// SPDX-License-Identifier: LGPL-2.1-or-later
#include "models.h"

#include <gtest/gtest.h>

namespace airforce::cli {
namespace {

std::vector<Model> catalogue() {
  Model wan;
  wan.id = "Wan-2.6";
  wan.caps = VideoCaps{{"16:9", "9:16"}, {"720p", "1080p"}, {"text", "image"}, 5, 10, 40};
  Model kling;
  kling.id = "kling-1";
  kling.caps = VideoCaps{{"16:9"}, {"720p"}, {"image"}, 5, 5, 12.5};
  Model mystery;
  mystery.id = "mystery";
  return {wan, kling, mystery};
}

std::string ids(const std::string& name,
                const std::vector<std::pair<const char*, const char*>>& wanted) {
  Settings settings;
  for (const auto& [parameter, value] : wanted) settings.set(parameter, value);
  std::string text;
  for (const Model& model : matching_models(catalogue(), name, settings))
    text += (text.empty() ? "" : " ") + model.id;
  return text;
}

TEST(Models, are_all_there_when_nothing_is_asked) {
  EXPECT_EQ(ids("", {}), "Wan-2.6 kling-1 mystery");
}

TEST(Models, are_found_by_a_part_of_their_name) {
  EXPECT_EQ(ids("WAN", {}), "Wan-2.6");
}

TEST(Models, are_found_by_what_they_offer) {
  EXPECT_EQ(ids("", {{"mode", "text"}}), "Wan-2.6 mystery") << "without caps it may be offered";
  EXPECT_EQ(ids("", {{"duration_seconds", "6"}}), "Wan-2.6 mystery");
  EXPECT_EQ(ids("", {{"duration_seconds", "11"}}), "mystery");
  EXPECT_EQ(ids("", {{"aspect_ratio", "9:16"}, {"quality", "1080p"}}), "Wan-2.6 mystery");
}

TEST(Models, are_listed_with_caps_and_price) {
  EXPECT_EQ(
      models_table(catalogue(), 0, 0),
      "MODEL    LENGTH  PRICE         A CLIP              QUALITIES   ASPECT RATIOS  MODES\n"
      "Wan-2.6  5-10 s  40 cents/s    200 cents for 5 s   720p 1080p  16:9 9:16      text image\n"
      "kling-1  5 s     12.5 cents/s  62.5 cents for 5 s  720p        16:9           image\n"
      "mystery          unknown\n");
}

TEST(Models, show_the_price_of_the_requested_length) {
  EXPECT_NE(models_table(catalogue(), 8, 0).find("320 cents for 8 s"), std::string::npos);
}

}  // namespace
}  // namespace airforce::cli
