// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storyboard/film_shape.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "values/text.h"

namespace airforce::cli {
namespace {

// A shot of an existing task is what that task is.
bool is_asked_for(const Shot& shot) {
  return shot.settings.string(Parameter::task_id).empty();
}

// "16:9" and "1280:720" are one shape.
double ratio_of(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return 0;
  const double height = std::atof(text.c_str() + colon + 1);
  return height > 0 ? std::atof(text.c_str()) / height : 0;
}

// "720p" is the same for every model; "high" is not.
bool is_height(const std::string& text) {
  return text.size() > 1 && text.ends_with('p') &&
         std::all_of(text.begin(), text.end() - 1,
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

bool has_other_ratio(const std::string& one, const std::string& other) {
  return ratio_of(one) > 0 && ratio_of(other) > 0 && ratio_of(one) != ratio_of(other);
}

bool has_other_quality(const Shot& one, const Shot& other) {
  const std::string& its = one.settings.string(Parameter::quality);
  const std::string& others = other.settings.string(Parameter::quality);
  if (its.empty() || others.empty() || its == others) return false;
  return (is_height(its) && is_height(others)) ||
         one.settings.string(Parameter::model) == other.settings.string(Parameter::model);
}

StoryboardProblem problem_of(const Shot& shot, const Shot& first, Parameter parameter,
                             const char* what) {
  const auto value = [&](const Shot& of) {
    return display_text(of.settings.string(parameter), 40);
  };
  return {shot.line, std::string(what) + " " + value(shot) + ", where line " +
                         std::to_string(first.line) + " has " + value(first) +
                         ": a film has one size, since its pictures are not encoded again"};
}

void add_if_new(std::vector<std::string>& values, const std::string& value) {
  if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
}

}  // namespace

std::vector<StoryboardProblem> shape_problems(const std::vector<Shot>& shots) {
  std::vector<StoryboardProblem> problems;
  const Shot* ratio = nullptr;
  const Shot* quality = nullptr;
  for (const Shot& shot : shots) {
    if (!is_asked_for(shot)) continue;
    const std::string& its_ratio = shot.settings.string(Parameter::aspect_ratio);
    if (ratio == nullptr && !its_ratio.empty()) ratio = &shot;
    if (quality == nullptr && !shot.settings.string(Parameter::quality).empty()) quality = &shot;
    if (ratio != nullptr &&
        has_other_ratio(its_ratio, ratio->settings.string(Parameter::aspect_ratio)))
      problems.push_back(problem_of(shot, *ratio, Parameter::aspect_ratio, "aspect ratio"));
    else if (quality != nullptr && has_other_quality(shot, *quality))
      problems.push_back(problem_of(shot, *quality, Parameter::quality, "quality"));
  }
  return problems;
}

std::string shape_warning(const std::vector<Shot>& shots) {
  std::vector<std::string> models;
  std::vector<std::string> ratios;
  std::vector<std::string> qualities;
  for (const Shot& shot : shots) {
    if (!is_asked_for(shot)) continue;
    add_if_new(models, display_text(shot.settings.string(Parameter::model), 40));
    add_if_new(ratios, shot.settings.string(Parameter::aspect_ratio));
    add_if_new(qualities, shot.settings.string(Parameter::quality));
  }
  std::string why;
  if (models.size() > 1) {
    why = "the shots are of different models (" + listed(models) + ")";
  } else if (ratios.size() > 1 || qualities.size() > 1) {
    why = std::string("only some of the shots set ") +
          (ratios.size() > 1 ? "aspect_ratio" : "quality");
  }
  if (why.empty()) return {};
  return why +
         ": if their clips differ in size or codec, they are made and paid for, but cannot be "
         "joined "
         "without encoding again";
}

}  // namespace airforce::cli
