// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storyboard/outputs.h"

#include <ctime>
#include <filesystem>
#include <map>

#include "output_file.h"
#include "storyboard/output_name.h"
#include "values/error.h"

namespace airforce::cli {
namespace {

bool is_there(const std::string& path) {
  std::error_code ignored;
  return !path.empty() && std::filesystem::is_regular_file(path, ignored);
}

std::vector<OutputName> names_of(const std::vector<Shot>& shots, const std::string& pattern) {
  std::vector<OutputName> names;
  std::map<std::string, std::size_t> seen;
  const std::time_t now = std::time(nullptr);
  for (std::size_t i = 0; i < shots.size(); ++i) {
    const std::string& own = shots[i].settings.string(Parameter::location);
    const OutputName& name =
        names.emplace_back(output_name(own.empty() ? pattern : own, shots[i].settings, i + 1, now));
    if (!name.path.empty()) {
      const auto [first, is_new] = seen.emplace(name.path, i + 1);
      if (!is_new)
        throw Error(ErrorKind::Settings, Step::Settings,
                    "shots " + std::to_string(first->second) + " and " + std::to_string(i + 1) +
                        " would both be saved as '" + name.path + "'",
                    own.empty() ? "put {index} or {task_id} into --output"
                                : "give each a \"location\" of its own, or leave that to --output");
    }
    check_output_file(name.path.empty() ? name.location : name.path, "", true);
  }
  return names;
}

}  // namespace

WantedShots wanted_clips(const std::vector<Shot>& shots, const std::string& pattern, bool replace,
                         const Companions& companions) {
  const std::vector<OutputName> names = names_of(shots, pattern);
  const auto is_done = [&](std::size_t shot) { return !replace && is_there(names[shot].path); };
  std::vector<bool> kept(shots.size(), false);
  bool needed = false;  // by the next shot
  for (std::size_t i = shots.size(); i-- > 0;) {
    kept[i] = !is_done(i) || needed;
    needed = kept[i] && shots[i].continues;
  }
  WantedShots wanted;
  for (std::size_t i = 0; i < shots.size(); ++i) {
    if (is_done(i)) {
      const bool is_whole = !shots[i].continues;
      auto save = earlier_save(companions, names[i].path, shots[i].settings, is_whole);
      if (save) wanted.unfinished.emplace_back(names[i].path, std::move(*save));
    }
    if (!kept[i]) {
      ++wanted.there;
      continue;
    }
    wanted.shots.push_back(shots[i]);
    wanted.locations.push_back(is_done(i) ? "" : names[i].location);
    wanted.numbers.push_back(i + 1);
  }
  return wanted;
}

WantedShots wanted_film(const std::vector<Shot>& shots, std::string& location, bool replace) {
  WantedShots wanted;
  if (shots.empty()) return wanted;
  location = output_name(location, shots.front().settings, 1, std::time(nullptr)).path;
  if (location.empty())
    throw Error(ErrorKind::Settings, Step::Settings, "a film has no {task_id}: it has many tasks",
                "name it without, such as {date}-{slug}.mp4");
  if (is_there(location) && !replace) {
    wanted.there = shots.size();
    return wanted;
  }
  check_output_file(location, "none", true);
  wanted.shots = shots;
  wanted.locations.resize(shots.size());
  for (std::size_t i = 0; i < shots.size(); ++i) wanted.numbers.push_back(i + 1);
  return wanted;
}

}  // namespace airforce::cli
