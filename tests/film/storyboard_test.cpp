// SPDX-License-Identifier: LGPL-2.1-or-later
#include "film/storyboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"

namespace airforce {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> prompts_of(const Storyboard& storyboard) {
  std::vector<std::string> prompts;
  for (const Shot& shot : storyboard.shots)
    prompts.push_back(shot.settings.string(Parameter::prompt));
  return prompts;
}

std::vector<std::string> problems_of(const Storyboard& storyboard) {
  std::vector<std::string> problems;
  for (const StoryboardProblem& problem : storyboard.problems)
    problems.push_back(problem_text(problem, "film.txt"));
  return problems;
}

TEST(Storyboard, has_a_prompt_a_line_and_comments) {
  const Storyboard storyboard = parse_storyboard(
      "\xEF\xBB\xBF# A fox\r\n\r\n  A red fox runs  \r\n# and then\nA { brace\nlast", {});
  EXPECT_THAT(problems_of(storyboard), IsEmpty());
  EXPECT_THAT(prompts_of(storyboard), ElementsAre("A red fox runs", "A { brace", "last"));
  EXPECT_EQ(storyboard.shots[0].line, 3);
  EXPECT_EQ(storyboard.shots[2].line, 6);
}

TEST(Storyboard, has_an_object_a_shot_named_by_the_vocabulary) {
  Settings defaults;
  defaults.set("model", "wan-2.6");
  defaults.set("seed", "7");
  const Storyboard storyboard = parse_storyboard(
      "{\"prompt\": \"one\", \"duration-seconds\": 8, \"sound\": true}\n"
      "# between\n"
      "{\"prompt\": \"two\", \"continue\": true, \"seed\": null, \"model\": \"veo-3.1\"}\n"
      "{\"prompt\": \"three\", \"input_images\": [\"a.png\", \"b.png\"]}\n",
      defaults);
  EXPECT_THAT(problems_of(storyboard), IsEmpty());
  ASSERT_THAT(storyboard.shots, SizeIs(3));
  const auto& one = storyboard.shots[0];
  EXPECT_EQ(one.settings.integer(Parameter::duration_seconds), 8);
  EXPECT_TRUE(one.settings.flag(Parameter::sound));
  EXPECT_EQ(one.settings.string(Parameter::model), "wan-2.6");
  EXPECT_EQ(one.settings.integer(Parameter::seed), 7);
  EXPECT_FALSE(one.continues);
  const auto& two = storyboard.shots[1];
  EXPECT_TRUE(two.continues);
  EXPECT_EQ(two.settings.integer(Parameter::seed), -1);
  EXPECT_EQ(two.settings.string(Parameter::model), "veo-3.1");
  EXPECT_THAT(storyboard.shots[2].settings.list(Parameter::input_images),
              ElementsAre("a.png", "b.png"));
}

TEST(Storyboard, names_each_problem_with_its_line) {
  const Storyboard storyboard = parse_storyboard(
      "{\"prompt\": \"one\", \"continue\": true}\n"
      "{\"promt\": \"two\"}\n"
      "{\"prompt\": \"three\", \"base_url\": \"https://example.org\"}\n"
      "{\"prompt\": \"four\", \"duration_seconds\": \"long\"}\n"
      "{\"prompt\": \"five\"\n"
      "[\"six\"]\n"
      "{\"model\": \"wan-2.6\"}\n"
      "{\"prompt\": \"eight\", \"continue\": \"yes\"}\n"
      "{\"prompt\": \"nine\", \"continue\": true, \"input_images\": \"a.png\"}\n"
      "{\"prompt\": 10}\n"
      "{\"prompt\": \"eleven\"}\n",
      {});
  EXPECT_THAT(
      problems_of(storyboard),
      ElementsAre("film.txt:1: the first shot has none to continue",
                  "film.txt:2: a shot has no field 'promt': did you mean 'prompt'?",
                  "film.txt:3: base_url cannot be set for a single shot: set it beside the "
                  "storyboard",
                  HasSubstr("film.txt:4: duration_seconds must be a whole number"),
                  "film.txt:5: not a JSON object: write one object a line",
                  "film.txt:6: an array where an object is expected",
                  "film.txt:7: no prompt: add \"prompt\": \"...\"",
                  "film.txt:8: continue must be true or false",
                  "film.txt:9: a continued shot takes no input images: its first frame is the last "
                  "one before it",
                  "film.txt:10: prompt is a number where a string is expected"));
  EXPECT_THAT(prompts_of(storyboard), ElementsAre("eleven"));
  EXPECT_THAT(
      test::text_of_error([&] { check_storyboard(storyboard, "film.txt"); }, ErrorKind::Settings),
      testing::AllOf(HasSubstr("film.txt:1: "), HasSubstr("and 5 more")));
}

TEST(Storyboard, says_once_what_is_wrong_with_many_shots) {
  Storyboard storyboard;
  for (int line = 1; line <= 60; ++line) storyboard.problems.push_back({line, "no model"});
  EXPECT_THAT(
      test::text_of_error([&] { check_storyboard(storyboard, "film.txt"); }, ErrorKind::Settings),
      HasSubstr("film.txt:1 and 59 others: no model; "));
}

TEST(Storyboard, buys_no_line_of_a_json_array) {
  for (const char* text : {"[\n  {\"prompt\": \"a fox\"},\n  {\"prompt\": \"a hare\"}\n]\n",
                           "[{\"prompt\": \"a fox\"}]", "# mine\n[ {\"prompt\": \"a fox\"},"}) {
    const Storyboard storyboard = parse_storyboard(text, Settings(), {});
    ASSERT_EQ(storyboard.problems.size(), 1u) << text;
    EXPECT_THAT(storyboard.problems[0].message, HasSubstr("one object a line"));
    EXPECT_TRUE(storyboard.shots.empty());
  }
  EXPECT_EQ(parse_storyboard("[wide shot] a fox\n", Settings(), {}).shots.size(), 1u);
}

TEST(Storyboard, needs_a_shot) {
  EXPECT_THAT(problems_of(parse_storyboard("# nothing\n\n", {})),
              ElementsAre("film.txt: there is no shot: write one prompt a line"));
}

TEST(Storyboard, refuses_a_prompt_or_a_task_beside_it) {
  Settings defaults;
  defaults.set("prompt", "A fox");
  EXPECT_THAT(problems_of(parse_storyboard("one\n", defaults)), SizeIs(1));
  Settings task;
  task.set("task_id", "vid_1");
  EXPECT_THAT(problems_of(parse_storyboard("one\n", task)), SizeIs(1));
}

TEST(Storyboard, counts_equal_shots) {
  const Storyboard storyboard = parse_storyboard("a fox\na hen\na fox\na fox\n", {});
  std::vector<int> occurrences;
  for (const Shot& shot : storyboard.shots) occurrences.push_back(shot.settings.occurrence());
  EXPECT_THAT(occurrences, ElementsAre(1, 1, 2, 3));
}

TEST(Storyboard, continues_all_but_the_first_where_that_is_the_default) {
  StoryboardOptions options;
  options.continues = true;
  const Storyboard storyboard = parse_storyboard(
      "{\"prompt\": \"1\"}\n{\"prompt\": \"2\"}\n{\"prompt\": \"3\", \"continue\": false}\n", {},
      options);
  EXPECT_THAT(problems_of(storyboard), IsEmpty());
  EXPECT_FALSE(storyboard.shots[0].continues);
  EXPECT_TRUE(storyboard.shots[1].continues);
  EXPECT_FALSE(storyboard.shots[2].continues);
  options = {};
  options.starts_given = true;
  EXPECT_TRUE(parse_storyboard("one\n", {}, options).shots[0].continues);
}

TEST(Storyboard, names_no_file_where_it_may_not) {
  StoryboardOptions options;
  options.local_files = false;
  EXPECT_THAT(
      problems_of(
          parse_storyboard("{\"prompt\": \"1\", \"input_images\": \"/etc/passwd\"}\n"
                           "{\"prompt\": \"2\", \"input_images\": \"https://example.org/a.png\"}\n"
                           "{\"prompt\": \"3\", \"location\": \"/tmp/a.mp4\"}\n",
                           {}, options)),
      ElementsAre(HasSubstr("film.txt:1: input_images"), HasSubstr("film.txt:3: location")));
}

TEST(Storyboard, has_limits) {
  std::string many;
  for (std::size_t i = 0; i <= kMaxShots; ++i) many += "shot\n";
  EXPECT_THAT(problems_of(parse_storyboard(many, {})),
              ElementsAre("film.txt:10001: there are more than 10000 shots"));
  EXPECT_THAT(problems_of(parse_storyboard(std::string(kMaxShotPrompt + 1, 'x'), {})),
              ElementsAre("film.txt:1: the prompt is longer than 64 KiB"));
}

TEST(Storyboard, is_a_list_of_prompts) {
  const Storyboard storyboard = storyboard_of({"one", "# two"}, {});
  EXPECT_THAT(prompts_of(storyboard), ElementsAre("one", "# two"));
  EXPECT_EQ(storyboard.shots[1].line, 2);
}

}  // namespace
}  // namespace airforce
