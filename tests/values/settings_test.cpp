// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/settings.h"

#include <clocale>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"
#include "values/glib_ptr.h"

namespace airforce {
namespace {

using test::error_of;
using test::text_of_error;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Vocabulary, has_every_parameter_once_and_finds_it_under_both_spellings) {
  std::set<std::string> names;
  for (const ParameterInfo& parameter : parameters()) {
    EXPECT_TRUE(names.insert(parameter.name).second) << parameter.name;
    std::string dashed = parameter.name;
    for (char& character : dashed) character = character == '_' ? '-' : character;
    EXPECT_EQ(find_parameter(parameter.name), &parameter);
    EXPECT_EQ(find_parameter(dashed), &parameter);
    EXPECT_EQ(&info(parameter.id), &parameter);
  }
  EXPECT_EQ(names.count("prompt"), 1u);
  EXPECT_EQ(find_parameter("nothing"), nullptr);
  EXPECT_EQ(find_parameter(""), nullptr);
}

TEST(Vocabulary, says_every_value_in_words) {
  EXPECT_EQ(text_of(info(Parameter::delete_task), 1), "true");
  EXPECT_EQ(text_of(info(Parameter::delete_task), 0), "false");
  EXPECT_EQ(text_of(info(Parameter::on_stop), 1), "delete");
  EXPECT_EQ(text_of(info(Parameter::poll_interval), 2.5), "2.5");
}

TEST(Vocabulary, numbers_the_choices_from_0_without_a_gap) {
  for (const ParameterInfo& parameter : parameters()) {
    const std::vector<ChoiceInfo> rows = choices(parameter.id);
    EXPECT_EQ(rows.empty(), parameter.type != ParameterType::Choice) << parameter.name;
    for (std::size_t i = 0; i < rows.size(); ++i)
      EXPECT_EQ(rows[i].value, static_cast<int>(i)) << rows[i].name;
  }
}

TEST(Vocabulary, spells_the_enumerations_as_the_table_does) {
  const auto name = [](Parameter parameter, auto value) {
    return std::string(choices(parameter).at(static_cast<std::size_t>(value)).name);
  };
  EXPECT_EQ(name(Parameter::mode, Mode::Reference), "reference");
  EXPECT_EQ(name(Parameter::progress_source, ProgressSource::Poll), "poll");
  EXPECT_EQ(name(Parameter::reuse, Reuse::Never), "never");
  EXPECT_EQ(name(Parameter::on_stop, OnStop::Delete), "delete");
}

TEST(Vocabulary, gives_a_secret_neither_an_option_nor_a_flag) {
  const ParameterInfo& key = info(Parameter::api_key);
  EXPECT_TRUE(key.traits & AIRFORCE_SECRET);
  EXPECT_EQ(key.ffmpeg_name, nullptr);
  EXPECT_EQ(key.flag, nullptr);
}

TEST(Vocabulary, writes_help_as_one_sentence_without_a_full_stop) {
  for (const ParameterInfo& parameter : parameters()) {
    const std::string help = parameter.help;
    ASSERT_FALSE(help.empty()) << parameter.name;
    EXPECT_TRUE(help.front() >= 'A' && help.front() <= 'Z') << parameter.name;
    EXPECT_EQ(help.find('\n'), std::string::npos) << parameter.name;
    EXPECT_TRUE(help.back() != '.' || help.ends_with("...")) << parameter.name;
  }
}

TEST(Settings, start_with_the_initial_values_of_the_table) {
  const Settings settings;
  for (const ParameterInfo& parameter : parameters())
    EXPECT_TRUE(settings.is_initial(parameter.id)) << parameter.name;
  EXPECT_EQ(settings.integer(Parameter::seed), -1);
  EXPECT_EQ(settings.number(Parameter::timeout), 900);
  EXPECT_EQ(settings.choice<Reuse>(Parameter::reuse), Reuse::Always);
  EXPECT_EQ(Settings::for_order().choice<Reuse>(Parameter::reuse), Reuse::Unfinished);
  EXPECT_EQ(settings.string(Parameter::model), "");
}

TEST(Settings, take_a_value_of_each_type_from_its_text) {
  Settings settings;
  settings.set("prompt", "Ein Fuchs, früh");
  settings.set("duration-seconds", "8");
  settings.set("seed", "9223372036854775807");
  settings.set("sound", "true");
  settings.set("poll_interval", "0.25");
  settings.set("mode", "reference");
  settings.set("input_images", "a.png");
  settings.add("input-images", "b.png");
  EXPECT_EQ(settings.string(Parameter::prompt), "Ein Fuchs, früh");
  EXPECT_EQ(settings.integer(Parameter::duration_seconds), 8);
  EXPECT_EQ(settings.integer(Parameter::seed), INT64_MAX);
  EXPECT_TRUE(settings.flag(Parameter::sound));
  EXPECT_EQ(settings.number(Parameter::poll_interval), 0.25);
  EXPECT_EQ(settings.choice<Mode>(Parameter::mode), Mode::Reference);
  EXPECT_THAT(settings.list(Parameter::input_images), ElementsAre("a.png", "b.png"));
}

TEST(Settings, replace_a_list_when_it_is_set_again_and_empty_it_with_nothing) {
  Settings settings;
  settings.add("input_images", "a.png");
  settings.set("input_images", "b.png");
  EXPECT_THAT(settings.list(Parameter::input_images), ElementsAre("b.png"));
  settings.set("input_images", "");
  EXPECT_THAT(settings.list(Parameter::input_images), IsEmpty());
}

TEST(Settings, go_back_to_the_initial_value_when_reset) {
  Settings settings;
  settings.set("timeout", "5");
  settings.set("sound", "1");
  settings.reset("timeout");
  settings.reset("sound");
  EXPECT_EQ(settings, Settings());
}

TEST(Settings, differ_when_one_value_or_image_differs) {
  Settings settings;
  Settings other;
  other.set("quality", "720p");
  EXPECT_NE(settings, other);
  settings.set("quality", "720p");
  EXPECT_EQ(settings, other);
  other.add_image("\xFF\xD8\xFF");
  EXPECT_NE(settings, other);
}

TEST(Settings, take_an_image_from_memory_only_if_it_is_a_picture_of_at_most_32_MiB) {
  Settings settings;
  std::string picture = "\x89PNG\r\n\x1A\n";
  picture.resize(32u << 20);
  settings.add_image(picture);
  picture += 'x';
  EXPECT_THAT(text_of_error([&] { settings.add_image(picture); }),
              HasSubstr("larger than 33554432 bytes"));
  EXPECT_THAT(text_of_error([&] { settings.add_image(""); }), HasSubstr("empty"));
  EXPECT_THAT(text_of_error([&] { settings.add_image("GIF89a"); }),
              HasSubstr("not a JPEG, PNG or WebP picture"));
  EXPECT_EQ(settings.images().size(), 1u);
}

TEST(Settings, name_the_allowed_choices_when_one_is_wrong_and_suggest_the_close_one) {
  const std::string text = text_of_error([] { Settings().set("mode", "refrence"); });
  EXPECT_THAT(text, HasSubstr("mode must be one of auto, text, image, reference, not 'refrence'"));
  EXPECT_THAT(text, HasSubstr("did you mean 'reference'?"));
  EXPECT_THAT(text_of_error([] { Settings().set("reuse", "2"); }),
              HasSubstr("unfinished, always, never"));
  EXPECT_THAT(text_of_error([] { Settings().set("mode", "IMAGE"); }),
              HasSubstr("did you mean 'image'?"));
}

TEST(Settings, suggest_the_close_name_of_an_unknown_parameter_or_list_all) {
  EXPECT_THAT(text_of_error([] { Settings().set("aspect", "16:9"); }),
              HasSubstr("there is no parameter 'aspect'"));
  EXPECT_THAT(text_of_error([] { Settings().set("modell", "x"); }),
              HasSubstr("did you mean 'model'?"));
  EXPECT_THAT(text_of_error([] { Settings().add("colour", "x"); }),
              HasSubstr("prompt, prompt_file, model, mode"));
  EXPECT_THAT(text_of_error([] { Settings().reset("colour"); }),
              HasSubstr("there is no parameter 'colour'"));
}

TEST(Settings, refuse_a_number_outside_the_range_and_name_value_range_and_unit) {
  EXPECT_THAT(text_of_error([] { Settings().set("timeout", "0.5"); }),
              HasSubstr("timeout must be a number from 1 to 86400 s, not '0.5'"));
  EXPECT_THAT(text_of_error([] { Settings().set("duration_seconds", "-1"); }),
              HasSubstr("duration_seconds must be a whole number from 0 to 3600 s, not '-1'"));
  EXPECT_THAT(text_of_error([] { Settings().set("seed", "-2"); }),
              HasSubstr("a whole number from -1 up, not '-2'"));
  EXPECT_THAT(text_of_error([] { Settings().set("max_cost_cents", "-1.01"); }),
              HasSubstr("from -1 to 1000000000 cents"));
}

TEST(Settings, accept_the_ends_of_a_range) {
  Settings settings;
  settings.set("timeout", "1");
  settings.set("timeout", "86400");
  settings.set("poll_interval", "0.1");
  settings.set("duration_seconds", "3600");
  settings.set("seed", "-1");
  EXPECT_EQ(settings.integer(Parameter::seed), -1);
}

class RefusedText : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(RefusedText, leaves_the_settings_as_they_were) {
  const auto [name, text] = GetParam();
  Settings settings;
  const Error error = error_of([&, n = name, t = text] { settings.set(n, t); });
  EXPECT_EQ(error.kind, ErrorKind::Settings);
  EXPECT_EQ(error.charge, Charge::None);
  EXPECT_THAT(error.message, HasSubstr(name));
  EXPECT_EQ(settings, Settings());
}

INSTANTIATE_TEST_SUITE_P(
    Settings, RefusedText,
    testing::Values(std::pair("duration_seconds", ""), std::pair("duration_seconds", "8s"),
                    std::pair("duration_seconds", " 8"), std::pair("duration_seconds", "8 "),
                    std::pair("duration_seconds", "+8"), std::pair("duration_seconds", "8.0"),
                    std::pair("duration_seconds", "0x8"),
                    std::pair("duration_seconds", "99999999999999999999"),
                    std::pair("seed", "9223372036854775808"), std::pair("seed", "1e3"),
                    std::pair("timeout", "nan"), std::pair("timeout", "inf"),
                    std::pair("timeout", "1e999"), std::pair("timeout", "1,5"),
                    std::pair("timeout", "0x10"), std::pair("sound", "yes"),
                    std::pair("sound", "TRUE"), std::pair("sound", ""), std::pair("mode", ""),
                    std::pair("prompt", "\xFF"), std::pair("model", "a\xC3")));

TEST(Settings, refuse_a_nul_inside_a_string) {
  using namespace std::string_view_literals;
  EXPECT_THAT(text_of_error([] { Settings().set("location", "a\0b"sv); }),
              HasSubstr("location holds a NUL"));
}

TEST(Settings, take_file_names_that_are_not_utf8) {
  Settings settings;
  settings.set("location", "caf\xE9.mp4");
  settings.add("input_images", "caf\xE9.png");
  EXPECT_EQ(settings.string(Parameter::location), "caf\xE9.mp4");
}

TEST(Settings, add_only_to_a_list_and_only_something) {
  EXPECT_THAT(text_of_error([] { Settings().add("prompt", "x"); }),
              HasSubstr("prompt holds one value"));
  EXPECT_THAT(text_of_error([] { Settings().add("input_images", ""); }),
              HasSubstr("an item of input_images is empty"));
}

TEST(Settings, never_show_a_secret_and_quote_only_the_start_of_a_long_value) {
  using namespace std::string_view_literals;
  EXPECT_THAT(text_of_error([] { Settings().set("api_key", "sk-air-canary\0"sv); }),
              Not(HasSubstr("canary")));
  const std::string text =
      text_of_error([] { Settings().set("mode", std::string(5000, 'x') + "\x1b[31m\n"); });
  EXPECT_LT(text.size(), 300u);
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

// A locale with a decimal comma for this process, or nothing where the system can't make one (it
// needs Debian's `locales`).
class CommaLocale {
 public:
  CommaLocale() {
    GErrorSlot error;
    directory_.reset(g_dir_make_tmp("airforce-locale-XXXXXX", error));
    const std::string directory = directory_.get();
    std::ofstream(directory + "/source")
        << "LC_NUMERIC\ndecimal_point \",\"\nthousands_sep \".\"\ngrouping 3;3\nEND LC_NUMERIC\n";
    // -c: all other categories are missing, which is a warning.
    const std::string command = "localedef -c -i " + directory + "/source -f ISO-8859-1 " +
                                directory + "/xx_YY >" + directory + "/log 2>&1";
    std::ignore = std::system(command.c_str());
    setenv("LOCPATH", directory_.get(), 1);
    active_ = setlocale(LC_NUMERIC, "xx_YY") != nullptr;
  }
  CommaLocale(const CommaLocale&) = delete;
  CommaLocale& operator=(const CommaLocale&) = delete;
  ~CommaLocale() {
    setlocale(LC_NUMERIC, "C");
    unsetenv("LOCPATH");
    std::error_code ignored;
    std::filesystem::remove_all(directory_.get(), ignored);
  }
  bool active() const { return active_; }

 private:
  GCharPtr directory_;
  bool active_ = false;
};

TEST(Settings, read_and_write_numbers_alike_in_every_locale) {
  const CommaLocale locale;
  if (!locale.active()) GTEST_SKIP() << "no locale with a decimal comma can be made here";
  ASSERT_STREQ(localeconv()->decimal_point, ",");
  Settings settings;
  settings.set("timeout", "2.5");
  EXPECT_EQ(settings.number(Parameter::timeout), 2.5);
  EXPECT_THAT(text_of_error([] { Settings().set("poll_interval", "1,5"); }),
              HasSubstr("from 0.1 to 60 s, not '1,5'"));
}

TEST(Settings, take_both_spellings_of_yes_and_of_no) {
  Settings settings;
  for (const auto& [text, means] : {std::pair("true", true), std::pair("false", false),
                                    std::pair("1", true), std::pair("0", false)}) {
    settings.set("sound", text);
    EXPECT_EQ(settings.flag(Parameter::sound), means) << text;
  }
}

TEST(Settings, take_webp_but_not_what_else_is_in_a_riff) {
  Settings settings;
  settings.add_image("RIFF\x04\x01\x01\x01WEBPVP8 ");
  EXPECT_THAT(text_of_error([&] { settings.add_image("RIFF\x04\x01\x01\x01WAVEfmt "); }),
              HasSubstr("not a JPEG, PNG or WebP picture"));
}

}  // namespace
}  // namespace airforce
