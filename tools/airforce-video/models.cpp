// SPDX-License-Identifier: LGPL-2.1-or-later
#include "models.h"

#include <algorithm>
#include <fstream>

#include <glib.h>

#include "exit_codes.h"
#include "generation/budget.h"
#include "invocation.h"
#include "run.h"
#include "service.h"
#include "terminal_text.h"
#include "values/glib_ptr.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = g_ascii_tolower(c);
  return text;
}

// An empty list of caps says nothing.
bool offers(const std::vector<std::string>& offered, const std::string& wanted) {
  return wanted.empty() || offered.empty() ||
         std::find(offered.begin(), offered.end(), wanted) != offered.end();
}

bool offers(const VideoCaps& caps, const Settings& settings) {
  const auto mode = settings.choice<Mode>(Parameter::mode);
  const std::string mode_name =
      mode == Mode::Auto ? "" : choices(Parameter::mode).at(static_cast<std::size_t>(mode)).name;
  const auto seconds = settings.integer(Parameter::duration_seconds);
  const bool long_enough = seconds == 0 || seconds >= caps.min_duration_s.value_or(0);
  const bool short_enough = !caps.max_duration_s || seconds <= *caps.max_duration_s;
  return long_enough && short_enough && offers(caps.modes, mode_name) &&
         offers(caps.aspect_ratios, settings.string(Parameter::aspect_ratio)) &&
         offers(caps.qualities, settings.string(Parameter::quality));
}

std::string range_text(const VideoCaps& caps) {
  return caps.min_duration_s || caps.max_duration_s ? duration_range(caps, "-") : "";
}

std::string price_text(const VideoCaps& caps) {
  return caps.price_per_second_cents ? cents_text(*caps.price_per_second_cents) + "/s" : "unknown";
}

std::string clip_text(const VideoCaps& caps, int duration_seconds) {
  if (duration_seconds == 0) duration_seconds = caps.min_duration_s.value_or(0);
  if (!caps.price_per_second_cents || duration_seconds == 0) return {};
  return cents_text(duration_seconds * *caps.price_per_second_cents) + " for " +
         std::to_string(duration_seconds) + " s";
}

}  // namespace

std::vector<Model> matching_models(std::vector<Model> models, const std::string& name,
                                   const Settings& settings) {
  std::erase_if(models, [&](const Model& model) {
    const bool named = lower(model.id).find(lower(name)) != std::string::npos;
    return !named || (model.caps && !offers(*model.caps, settings));
  });
  return models;
}

std::string models_table(const std::vector<Model>& models, int duration_seconds, int columns) {
  std::vector<std::vector<std::string>> rows{
      {"MODEL", "LENGTH", "PRICE", "A CLIP", "QUALITIES", "ASPECT RATIOS", "MODES"}};
  for (const Model& model : models) {
    const VideoCaps caps = model.caps.value_or(VideoCaps{});
    rows.push_back({visible_line(model.id), range_text(caps), price_text(caps),
                    clip_text(caps, duration_seconds), visible_line(joined(caps.qualities, " ")),
                    visible_line(joined(caps.aspect_ratios, " ")),
                    visible_line(joined(caps.modes, " "))});
  }
  return fitted_table_text(std::move(rows), {columns, {6, 5, 3, 4}, {}});
}

namespace {

// Best effort: it only helps the completion.
std::string models_file() {
  const GCharPtr path(
      g_build_filename(g_get_user_cache_dir(), "airforce-video", "models", nullptr));
  return path.get();
}

void remember_models(const std::vector<Model>& models) {
  std::string text;
  for (const Model& model : models) {
    if (model.id.find('\n') == std::string::npos) text += model.id + "\n";
  }
  const std::string path = models_file();
  const GCharPtr directory(g_path_get_dirname(path.c_str()));
  if (g_mkdir_with_parents(directory.get(), 0700) == 0)
    g_file_set_contents(path.c_str(), text.c_str(), static_cast<gssize>(text.size()), nullptr);
}

int run_models(Invocation& invocation) {
  if (invocation.arguments.size() > 1)
    throw usage_error(*invocation.command, "models takes one NAME");
  const std::string name = invocation.arguments.empty() ? "" : invocation.arguments.front();
  const std::vector<Model> all = connect(invocation.settings, KeyNeed::Optional).models(nullptr);
  remember_models(all);
  const std::vector<Model> models = matching_models(all, name, invocation.settings);
  if (invocation.json) {
    for (const Model& model : models) invocation.output->write(json_line(model));
    return kExitSuccess;
  }
  const auto seconds = static_cast<int>(invocation.settings.integer(Parameter::duration_seconds));
  if (!models.empty()) {
    invocation.output->write(models_table(models, seconds, invocation.columns()));
  } else {
    invocation.output->write(all.empty() ? "The service has no video models.\n"
                                         : "None of the service's " + std::to_string(all.size()) +
                                               " video models offers that.\n");
  }
  return kExitSuccess;
}

}  // namespace

std::vector<std::string> remembered_models() {
  std::vector<std::string> ids;
  std::ifstream file(models_file());
  for (std::string id; std::getline(file, id);) ids.push_back(visible_line(id));
  return ids;
}

CommandInfo models_command() {
  return {
      "models",
      {},
      "[NAME]",
      "List the video models, what they offer and their prices",
      "Shows the video models with what they offer and their prices. NAME shows those whose id "
      "contains it; the options show those that offer what is asked for. Needs no key where the "
      "service shows its models to everybody.",
      false,
      [](const ParameterInfo& parameter) {
        return is_api_parameter(parameter) ||
               is_any(parameter, {Parameter::mode, Parameter::duration_seconds,
                                  Parameter::aspect_ratio, Parameter::quality});
      },
      {OwnOption::Json},
      run_models};
}

}  // namespace airforce::cli
