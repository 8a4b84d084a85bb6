// SPDX-License-Identifier: LGPL-2.1-or-later
#include "film/storyboard.h"

#include <algorithm>
#include <map>
#include <utility>

#include <glib.h>

#include "film/shot_fields.h"
#include "values/error.h"
#include "values/request.h"
#include "values/text.h"
#include "values/trim.h"

namespace airforce {
namespace {

std::string where_of(const StoryboardProblem& problem, const std::string& name) {
  return problem.line > 0 ? name + ":" + std::to_string(problem.line) : name;
}

constexpr std::size_t kMaxProblemsInMessage = 5;

constexpr std::string_view kSpaceInLine = " \t\r\v\f";

bool is_comment(std::string_view line) {
  return line.empty() || line.front() == '#';
}

// Calls `each(number, line)` for the lines that count, without the spaces around them.
template <typename Each>
void for_each_line(std::string_view text, Each each) {
  text = without_byte_order_mark(text);
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end), kSpaceInLine);
    if (!is_comment(line)) each(number, line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

bool is_json_lines(std::string_view text) {
  bool first = true;
  bool json = false;
  for_each_line(text, [&](int, std::string_view line) {
    if (first) json = line.front() == '{';
    first = false;
  });
  return json;
}

// Its lines would be bought as prompts.
bool is_json_array(std::string_view line) {
  return line == "[" ||
         (line.front() == '[' && trimmed(line.substr(1), kSpaceInLine).front() == '{');
}

// In a storyboard of text it would be bought as a prompt.
bool is_shot_object(std::string_view line) {
  return line.front() == '{' && line.back() == '}' &&
         trimmed(line.substr(1), kSpaceInLine).front() == '"';
}

// What the service would get, for shots that are equal but for their place.
std::string request_of(const Settings& settings) {
  std::vector<InputImage> images;
  for (const std::string& name : settings.list(Parameter::input_images))
    images.push_back(image_of_url(name));
  for (const InputImage& image : settings.images()) images.push_back(image);
  return request_hash(settings, settings.string(Parameter::prompt), images);
}

class Reader {
 public:
  Reader(const Settings& defaults, const StoryboardOptions& options)
      : defaults_(defaults), options_(options) {
    if (!defaults.string(Parameter::prompt).empty() ||
        !defaults.string(Parameter::prompt_file).empty())
      problem(0, "a prompt is set beside the storyboard, which has the prompts");
    if (!defaults.string(Parameter::task_id).empty())
      problem(0, "a task id is set beside the storyboard: it would be the task of every shot");
  }

  void add_prompt(int line, std::string_view prompt) {
    add(line, [&](Shot& shot) { set_shot_field(shot, "prompt", prompt); });
  }

  void add_json(int line, std::string_view object) {
    add(line, [&](Shot& shot) { set_shot_fields(shot, object); });
  }

  void problem(int line, std::string message) {
    storyboard_.problems.push_back({line, std::move(message)});
  }

  bool is_empty() const { return count_ == 0; }

  Storyboard finish() {
    if (storyboard_.shots.empty() && storyboard_.problems.empty())
      problem(0, "there is no shot: write one prompt a line");
    return std::move(storyboard_);
  }

 private:
  template <typename Fill>
  void add(int line, Fill fill) {
    if (++count_ > kMaxShots) {
      if (count_ == kMaxShots + 1)
        problem(line, "there are more than " + std::to_string(kMaxShots) + " shots");
      return;
    }
    Shot shot{line, defaults_, count_ == 1 ? options_.starts_given : options_.continues, {}};
    try {
      fill(shot);
      if (!options_.local_files) keep_ceiling(shot);
      check(shot);
    } catch (const Error& error) {
      problem(line, error.message + (error.next_step.empty() ? "" : ": " + error.next_step));
      return;
    }
    shot.settings.set_occurrence(++occurrences_[request_of(shot.settings)]);
    storyboard_.shots.push_back(std::move(shot));
  }

  // A stranger's storyboard may lower the ceiling that it is read under, and no more.
  void keep_ceiling(Shot& shot) const {
    const double ceiling = defaults_.number(Parameter::max_cost_cents);
    const double own = shot.settings.number(Parameter::max_cost_cents);
    if (ceiling >= 0 && (own < 0 || own > ceiling))
      shot.settings.set("max_cost_cents", number_text(ceiling));
  }

  void check(const Shot& shot) const {
    const auto fail = [](const char* message, const char* next_step = "") {
      throw Error(ErrorKind::Settings, Step::Settings, message, next_step);
    };
    const Settings& settings = shot.settings;
    const std::string& prompt = settings.string(Parameter::prompt);
    const bool attaches = !settings.string(Parameter::task_id).empty();
    if (!attaches && trimmed(prompt).empty()) fail("no prompt", "add \"prompt\": \"...\"");
    if (prompt.size() > kMaxShotPrompt) fail("the prompt is longer than 64 KiB");
    if (!options_.local_files) {
      if (!settings.string(Parameter::location).empty())
        fail("location names a file of this machine, which this storyboard may not");
      for (const std::string& image : settings.list(Parameter::input_images)) {
        if (!image.starts_with("https://") && !image.starts_with("http://"))
          fail("input_images names a file of this machine, which this storyboard may not");
      }
    }
    if (!shot.continues) return;
    if (count_ == 1 && !options_.starts_given) fail("the first shot has none to continue");
    if (attaches) fail("a shot with a task_id is made already: it cannot continue another");
    if (!settings.list(Parameter::input_images).empty() || !settings.images().empty())
      fail("a continued shot takes no input images", "its first frame is the last one before it");
    const Mode mode = settings.choice<Mode>(Parameter::mode);
    if (mode != Mode::Auto && mode != Mode::Image)
      fail("a continued shot animates its first frame", "leave mode out, or set it to image");
  }

  const Settings& defaults_;
  const StoryboardOptions options_;
  Storyboard storyboard_;
  std::size_t count_ = 0;
  std::map<std::string, int> occurrences_;
};

}  // namespace

Storyboard parse_storyboard(std::string_view text, const Settings& defaults,
                            const StoryboardOptions& options) {
  Reader reader(defaults, options);
  const bool json = is_json_lines(text);
  bool is_array = false;
  for_each_line(text, [&](int number, std::string_view line) {
    if (reader.is_empty() && !is_array && is_json_array(line)) {
      is_array = true;
      reader.problem(number,
                     "it is a JSON array: write one object a line, without brackets and commas "
                     "around them");
    }
    if (is_array) return;
    if (json)
      reader.add_json(number, line);
    else if (is_shot_object(line))
      reader.problem(number, "a JSON object in a storyboard of text: write all shots as objects");
    else
      reader.add_prompt(number, line);
  });
  return reader.finish();
}

Storyboard storyboard_of(const std::vector<std::string>& prompts, const Settings& defaults,
                         const StoryboardOptions& options) {
  Reader reader(defaults, options);
  int number = 0;
  for (const std::string& prompt : prompts) reader.add_prompt(++number, prompt);
  return reader.finish();
}

std::string problem_text(const StoryboardProblem& problem, const std::string& name) {
  return where_of(problem, name) + ": " + problem.message;
}

void check_storyboard(const Storyboard& storyboard, const std::string& name) {
  const auto& problems = storyboard.problems;
  if (problems.empty()) return;
  // What is wrong with many shots alike is said once.
  std::vector<std::pair<StoryboardProblem, std::size_t>> kinds;
  for (const StoryboardProblem& problem : problems) {
    const auto known = std::find_if(kinds.begin(), kinds.end(), [&](const auto& kind) {
      return kind.first.message == problem.message;
    });
    if (known == kinds.end())
      kinds.emplace_back(problem, 0);
    else
      ++known->second;
  }
  std::string message;
  for (std::size_t i = 0; i < std::min(kinds.size(), kMaxProblemsInMessage); ++i) {
    const auto& [problem, more] = kinds[i];
    const std::string others =
        more == 0 ? "" : " and " + std::to_string(more) + (more == 1 ? " other" : " others");
    message += (i == 0 ? "" : "; ") + where_of(problem, name) + others + ": " + problem.message;
  }
  if (kinds.size() > kMaxProblemsInMessage)
    message += "; and " + std::to_string(kinds.size() - kMaxProblemsInMessage) + " more";
  throw Error(ErrorKind::Settings, Step::Settings, message, "correct the storyboard");
}

}  // namespace airforce
