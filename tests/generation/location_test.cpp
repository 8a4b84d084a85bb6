// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/location.h"

#include <gtest/gtest.h>

namespace airforce::test {
namespace {

NameFields fox() {
  return {.task_id = "vid_1",
          .model = "wan-2.6",
          .prompt = "A red Fox, darting / over snow!",
          .seed = 7,
          .index = 3,
          .time = 1'700'000'000};
}

TEST(Location, is_named_after_what_the_clip_is_made_from) {
  EXPECT_EQ(expanded_location("{index:03}-{slug}.mp4", fox()),
            "003-a-red-fox-darting-over-snow.mp4");
  EXPECT_EQ(expanded_location("{model}/{seed}-{task_id}-{index}.mp4", fox()),
            "wan-2.6/7-vid_1-3.mp4");
  EXPECT_EQ(expanded_location("{date}.mp4", fox()).substr(0, 8), "2023-11-");
  EXPECT_EQ(expanded_location("{prompt}.mp4", fox()), "A red Fox, darting _ over snow!.mp4");
}

TEST(Location, keeps_braces_that_are_no_placeholder) {
  EXPECT_EQ(expanded_location("{a}{index:x}{", fox()), "{a}{index:x}{");
}

TEST(Location, never_leaves_its_directory) {
  NameFields fields = fox();
  fields.prompt = "../../etc/passwd";
  fields.model = "../x";
  for (const char* pattern : {"{prompt}", "{slug}", "{model}"}) {
    const std::string name = expanded_location(pattern, fields);
    EXPECT_EQ(name.find('/'), std::string::npos) << name;
    EXPECT_NE(name.front(), '.') << name;
  }
  fields.prompt = "";
  EXPECT_EQ(expanded_location("{slug}.mp4", fields), "clip.mp4");
}

TEST(Location, slug_ends_with_a_whole_word) {
  NameFields fields = fox();
  const auto slug = [&](const char* prompt) {
    fields.prompt = prompt;
    return expanded_location("{slug}", fields);
  };
  EXPECT_EQ(slug("An extraordinarily long prompt about photosynthesis"),
            "an-extraordinarily-long-prompt-about");
  EXPECT_EQ(slug("An extraordinarily long prompt about art"),
            "an-extraordinarily-long-prompt-about-art");  // forty characters
  EXPECT_EQ(slug("An extraordinarily long prompt about art, and more"),
            "an-extraordinarily-long-prompt-about-art");
  EXPECT_EQ(slug("Pneumonoultramicroscopicsilicovolcanoconiosis"),
            "pneumonoultramicroscopicsilicovolcanocon");
}

TEST(Location, is_never_longer_than_a_file_name_can_be) {
  NameFields fields = fox();
  for (int i = 0; i < 200; ++i) fields.prompt += "\xE7\x8B\x90";
  const std::string name = expanded_location("{prompt}-{slug}.mp4", fields);
  EXPECT_LE(name.size(), 255U);
  EXPECT_TRUE(name.ends_with(".mp4"));
}

TEST(Location, names_a_request_by_its_settings_and_an_existing_task_by_what_is_known_of_it) {
  Settings settings;
  settings.set("model", "wan-2.6");
  settings.set_occurrence(2);
  const Task shown{.task_id = "vid_1", .model = "from the service", .prompt = "from the service"};
  const HistoryEntry noted{.task_id = "vid_1", .model = "ltx-mini", .prompt = "A fox"};
  const NameFields request =
      completed_by(known_name_fields(settings, "A hare", {}, 1'700'000'000), shown);
  EXPECT_EQ(expanded_location("{index} {slug} {model} {seed} {task_id}", request),
            "2 a-hare wan-2.6 noseed vid_1");
  settings.set("task_id", "vid_1");
  EXPECT_EQ(expanded_location("{slug} {model}", known_name_fields(settings, "", noted, 0)),
            "a-fox ltx-mini");
  EXPECT_EQ(
      expanded_location("{slug}", completed_by(known_name_fields(settings, "", {}, 0), shown)),
      "from-the-service");
}

}  // namespace
}  // namespace airforce::test
