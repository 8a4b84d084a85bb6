// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storyboard/given_storyboard.h"

#include <iostream>
#include <iterator>

#include <unistd.h>

#include "json_lines.h"
#include "storyboard/film_shape.h"
#include "terminal_text.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

std::string text_of_storyboard(const std::string& file) {
  if (file != "-") return read_storyboard_file(file);
  std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  if (text.size() > kMaxStoryboard)
    throw Error(ErrorKind::Settings, Step::Settings,
                "the storyboard on standard input is larger than 16 MiB");
  return text;
}

}  // namespace

std::string name_of_storyboard(const StoryboardJob& job) {
  return job.file == "-" ? "standard input" : job.file;
}

Storyboard given_storyboard(Invocation& invocation, const StoryboardJob& job,
                            const Settings& defaults) {
  StoryboardOptions options;
  options.continues = job.continue_all;
  options.starts_given = !job.continue_from.empty();
  Storyboard storyboard = parse_storyboard(text_of_storyboard(job.file), defaults, options);
  const bool is_film = job.kind == StoryboardJob::Kind::Film;
  if (is_film && storyboard.problems.empty())
    storyboard.problems = shape_problems(storyboard.shots);
  if (storyboard.problems.empty()) return storyboard;
  const std::string name = name_of_storyboard(job);
  invocation.names_fields = true;
  const std::string help =
      "correct it, or see airforce-video help " + std::string(is_film ? "film" : "batch");
  if (storyboard.problems.size() == 1)
    throw Error(ErrorKind::Settings, Step::Settings,
                problem_text(storyboard.problems.front(), name), help);
  for (const StoryboardProblem& problem : storyboard.problems) {
    if (invocation.json)
      invocation.output->write(JsonLine("warning").text("text", problem_text(problem, name)).str());
    else
      write_all(STDERR_FILENO, visible_line(problem_text(problem, name)) + "\n");
  }
  throw Error(ErrorKind::Settings, Step::Settings,
              std::to_string(storyboard.problems.size()) + " lines of " + name + " cannot be used",
              help);
}

}  // namespace airforce::cli
