// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"
#include "values/settings.h"

namespace airforce {
namespace {

using test::error_of;
using test::text_of_error;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

Settings from(std::string_view uri) {
  Settings settings;
  settings.set_uri(uri);
  return settings;
}

std::string refusal(std::string_view uri) {
  return text_of_error([uri] { from(uri); });
}

TEST(Uri, carries_a_whole_request) {
  const Settings settings = from(
      "airforce://"
      "generate?model=wan-2.6&prompt=A%20red%20fox%2C%2050%25%20%26%20more&mode=image&duration-"
      "seconds=8"
      "&aspect_ratio=16%3A9&quality=720p&seed=7&sound=true&max_cost_cents=12.5&timeout=60&reuse="
      "never");
  EXPECT_EQ(settings.string(Parameter::model), "wan-2.6");
  EXPECT_EQ(settings.string(Parameter::prompt), "A red fox, 50% & more");
  EXPECT_EQ(settings.choice<Mode>(Parameter::mode), Mode::Image);
  EXPECT_EQ(settings.integer(Parameter::duration_seconds), 8);
  EXPECT_EQ(settings.string(Parameter::aspect_ratio), "16:9");
  EXPECT_EQ(settings.string(Parameter::quality), "720p");
  EXPECT_EQ(settings.integer(Parameter::seed), 7);
  EXPECT_TRUE(settings.flag(Parameter::sound));
  EXPECT_EQ(settings.number(Parameter::max_cost_cents), 12.5);
  EXPECT_EQ(settings.number(Parameter::timeout), 60);
  EXPECT_EQ(settings.choice<Reuse>(Parameter::reuse), Reuse::Never);
}

TEST(Uri, plays_a_finished_clip_again_unless_it_says_otherwise) {
  EXPECT_EQ(from("airforce://generate?prompt=x").choice<Reuse>(Parameter::reuse), Reuse::Always);
  EXPECT_EQ(from("airforce://task/vid_1").choice<Reuse>(Parameter::reuse), Reuse::Always);
  EXPECT_EQ(from("airforce://generate?reuse=unfinished").choice<Reuse>(Parameter::reuse),
            Reuse::Unfinished);
}

TEST(Uri, keeps_the_order_of_repeated_images) {
  const Settings settings = from(
      "airforce://"
      "generate?input_images=b.png&prompt=x&input-images=https%3A%2F%2Fhost%2Fa%3Fq%3D1");
  EXPECT_THAT(settings.list(Parameter::input_images), ElementsAre("b.png", "https://host/a?q=1"));
}

TEST(Uri, names_an_existing_task_by_its_path) {
  EXPECT_EQ(from("airforce://task/vid_01HXY").string(Parameter::task_id), "vid_01HXY");
  EXPECT_EQ(from("airforce://task/a%20b?timeout=5").string(Parameter::task_id), "a b");
  EXPECT_EQ(from("airforce://generate?task_id=vid_1").string(Parameter::task_id), "vid_1");
}

TEST(Uri, refuses_to_change_the_request_of_an_existing_task) {
  EXPECT_THAT(
      refusal("airforce://task/vid_1?model=wan-2.6"),
      AllOf(HasSubstr("has no field 'model'"), HasSubstr("max_cost_cents, timeout, reuse")));
}

TEST(Uri, reads_a_plus_as_a_space_and_raw_spaces_and_characters_as_they_are) {
  EXPECT_EQ(from("airforce://generate?prompt=a+red+fox%2B1").string(Parameter::prompt),
            "a red fox+1");
  EXPECT_EQ(from("airforce://generate?prompt=a red fox, früh").string(Parameter::prompt),
            "a red fox, früh");
  EXPECT_EQ(from("AIRFORCE://generate/?prompt=a").string(Parameter::prompt), "a");
}

TEST(Uri, lists_its_fields_when_one_is_unknown_and_suggests_the_close_one) {
  const std::string text = refusal("airforce://generate?promt=x");
  EXPECT_THAT(text, HasSubstr("has no field 'promt'"));
  EXPECT_THAT(text, HasSubstr("did you mean 'prompt'?"));
  std::string fields;
  for (const ParameterInfo& parameter : parameters()) {
    if ((parameter.traits & AIRFORCE_URI) != 0)
      fields += (fields.empty() ? "" : ", ") + std::string(parameter.name);
  }
  EXPECT_THAT(fields, StartsWith("prompt, model, mode, "));
  EXPECT_THAT(text, HasSubstr("its fields are " + fields));
}

TEST(Uri, never_sets_what_is_not_the_requests_own) {
  for (const char* name :
       {"store", "base_url", "api_key_file", "location", "prompt_file", "delete_task", "on_stop"}) {
    EXPECT_THAT(refusal(std::string("airforce://generate?") + name + "=x"),
                HasSubstr("has no field"))
        << name;
  }
}

TEST(Uri, refuses_a_key_without_showing_it_and_says_where_it_belongs) {
  for (const char* name : {"api_key", "api-key"}) {
    const std::string text = refusal(std::string("airforce://generate?") + name + "=sk-air-canary");
    EXPECT_THAT(text, AllOf(HasSubstr("must not hold the key"), HasSubstr("AIRFORCE_API_KEY"),
                            Not(HasSubstr("canary"))));
  }
  EXPECT_THAT(refusal("airforce://canary@generate?prompt=x"),
              AllOf(HasSubstr("user"), Not(HasSubstr("canary"))));
}

TEST(Uri, refuses_a_hash_that_would_cut_the_prompt_off) {
  EXPECT_THAT(refusal("airforce://generate?prompt=take #1"),
              AllOf(HasSubstr("'#'"), HasSubstr("%23")));
  EXPECT_EQ(from("airforce://generate?prompt=take%20%231").string(Parameter::prompt), "take #1");
}

TEST(Uri, refuses_one_value_given_twice) {
  EXPECT_THAT(refusal("airforce://generate?seed=1&seed=2"), HasSubstr("names seed twice"));
}

TEST(Uri, passes_on_what_is_wrong_with_a_value) {
  EXPECT_THAT(refusal("airforce://generate?timeout=0"),
              HasSubstr("timeout must be a number from 1 to 86400 s, not '0'"));
}

class MalformedUri : public testing::TestWithParam<const char*> {};

TEST_P(MalformedUri, is_refused_with_the_two_forms_that_are_right) {
  const Error error = error_of([] { from(GetParam()); });
  EXPECT_EQ(error.kind, ErrorKind::Settings) << GetParam();
  EXPECT_THAT(error.next_step,
              AllOf(HasSubstr("airforce://generate?"), HasSubstr("airforce://task/ID")));
}

INSTANTIATE_TEST_SUITE_P(
    Uri, MalformedUri,
    testing::Values("", "airforce", "airforce:", "airforce://", "https://generate?prompt=x",
                    "airforce:generate?prompt=x", "airforce://generation?prompt=x",
                    "airforce://generate/more?prompt=x", "airforce://generate:80?prompt=x",
                    "airforce://generate?prompt", "airforce://generate?prompt=%00",
                    "airforce://generate?prompt=%FF", "airforce://generate?prompt=%4",
                    "airforce://generate?prompt=100%", "airforce://task", "airforce://task/",
                    "airforce://task/a/b", "airforce://task/%2F", "airforce://task/%00"));

TEST(Uri, lowers_a_limit_that_was_set_before_but_never_raises_or_lifts_it) {
  const auto limit_after = [](const char* before, const char* in_uri) {
    Settings settings;
    settings.set("max_cost_cents", before);
    settings.set_uri(std::string("airforce://generate?max_cost_cents=") + in_uri);
    return settings.number(Parameter::max_cost_cents);
  };
  EXPECT_EQ(limit_after("100", "50"), 50);
  EXPECT_EQ(limit_after("100", "500"), 100);
  EXPECT_EQ(limit_after("100", "0"), 0);
  EXPECT_EQ(limit_after("100", "-1"), 100);
  EXPECT_EQ(limit_after("0", "500"), 0);
  EXPECT_EQ(limit_after("-1", "500"), 500);
}

TEST(Uri, changes_nothing_when_it_is_refused) {
  Settings settings;
  settings.set("prompt", "before");
  settings.set("timeout", "5");
  const Settings before = settings;
  error_of([&] { settings.set_uri("airforce://generate?prompt=after&timeout=6&nonsense=1"); });
  EXPECT_EQ(settings, before);
}

TEST(Uri, replaces_the_whole_request_that_was_set_before_and_nothing_else) {
  Settings settings;
  settings.set("prompt", "before");
  settings.set("sound", "true");
  settings.set("task_id", "vid_1");
  settings.add("input_images", "before.png");
  settings.add_image("\xFF\xD8\xFF");
  settings.set("max_cost_cents", "100");
  settings.set("location", "clip.mp4");
  settings.set_uri("airforce://generate?model=wan-2.6");
  EXPECT_EQ(settings.string(Parameter::prompt), "");
  EXPECT_FALSE(settings.flag(Parameter::sound));
  EXPECT_EQ(settings.string(Parameter::task_id), "");
  EXPECT_THAT(settings.list(Parameter::input_images), IsEmpty());
  EXPECT_THAT(settings.images(), IsEmpty());
  EXPECT_EQ(settings.number(Parameter::max_cost_cents), 100);
  EXPECT_EQ(settings.string(Parameter::location), "clip.mp4");
}

}  // namespace
}  // namespace airforce
