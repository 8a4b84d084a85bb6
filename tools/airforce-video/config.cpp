// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>
#include <system_error>

#include <glib.h>

#include "generation/files.h"
#include "terminal_text.h"
#include "values/error.h"
#include "values/glib_ptr.h"
#include "values/text.h"
#include "vocabulary/close_match.h"

namespace airforce::cli {
namespace {

constexpr const char* kNoFile = "none";
constexpr std::size_t kMaxQuote = 60;
constexpr std::size_t kMaxFile = std::size_t{1} << 20U;

Error bad(const std::string& path, const std::string& what, const std::string& next_step) {
  return {ErrorKind::Settings, Step::Settings, "the configuration " + path + ": " + what,
          next_step};
}

std::string default_path() {
  const GCharPtr path(g_build_filename(g_get_user_config_dir(), "airforce-video.toml", nullptr));
  return path.get();
}

bool is_name_of(const Option& option, std::string_view name) {
  return option.flag == name ||
         std::find(option.aliases.begin(), option.aliases.end(), name) != option.aliases.end();
}

// A habit, and not the description of one clip.
bool may_be_default(const Option& option) {
  if (option.parameter == nullptr)
    return option.own != OwnOption::Help && option.own != OwnOption::Config &&
           option.own != OwnOption::Clear && option.own != OwnOption::Page &&
           option.own != OwnOption::Budget;  // that of a purchase has this name in a file
  return !is_any(*option.parameter, {Parameter::prompt, Parameter::prompt_file, Parameter::task_id,
                                     Parameter::input_images});
}

std::vector<Option> all_defaults() {
  std::vector<Option> all;
  for (const CommandInfo& command : commands()) {
    for (OptionGroup& group : options_of(command)) {
      for (Option& option : group.options) {
        if (may_be_default(option)) all.push_back(std::move(option));
      }
    }
  }
  return all;
}

std::string environment_name(const ParameterInfo& parameter) {
  std::string name = std::string("AIRFORCE_") + parameter.name;
  for (char& c : name) c = g_ascii_toupper(c);
  return name;
}

void check_name(const std::string& path, const std::string& name,
                const std::vector<Option>& known) {
  if (std::any_of(known.begin(), known.end(),
                  [&](const Option& option) { return is_name_of(option, name); }))
    return;
  if (name == "api-key" || name == "api_key")
    throw bad(path, "the key does not belong here",
              "keep it in a file of its own, and name that with api-key-file");
  std::vector<std::string> names;
  for (const Option& option : known) names.push_back(option.flag);
  const std::string shown = display_text(name, kMaxQuote);
  const std::string meant = close_match(shown, names);
  throw bad(path, "there is no setting " + shown,
            meant.empty() ? "see airforce-video help COMMAND for the names"
                          : "did you mean " + meant + "?");
}

}  // namespace

Config::Config(const std::string& path) : path_(path) {
  if (path_ == kNoFile) return;
  if (path_.empty()) {
    path_ = default_path();
    std::error_code ignored;
    if (!std::filesystem::exists(path_, ignored)) return;
  }
  std::istringstream text(
      read_input_file(path_, "the configuration", kMaxFile, FileKind::RegularOrPipe));
  std::vector<CLI::ConfigItem> read;
  try {
    read = CLI::ConfigTOML().from_config(text);
  } catch (const CLI::Error&) {
    throw bad(path_, "it cannot be read", "check the path and the file's syntax (TOML)");
  }
  const std::vector<Option> known = all_defaults();
  for (const CLI::ConfigItem& item : read) {
    // "++" and "--" are how CLI11 reports the beginning and the end of a table.
    if (item.name == "++" || item.name == "--") continue;
    const std::string command = item.parents.empty() ? "" : item.parents.front();
    if (!command.empty() && find_command(command) == nullptr)
      throw bad(path_, "there is no command [" + display_text(command, kMaxQuote) + "]",
                "name a command, or put the settings before the first [table]");
    check_name(path_, item.name, known);
    items_.push_back({command.empty() ? "" : find_command(command)->name, item.name, item.inputs});
  }
}

std::optional<Default> Config::of(const CommandInfo& command, const Option& option) const {
  if (!may_be_default(option)) return std::nullopt;
  if (option.parameter != nullptr) {
    const std::string name = environment_name(*option.parameter);
    if (const char* value = std::getenv(name.c_str()); value != nullptr && *value != '\0')
      return Default{{value}, name};
  }
  // The command's own table counts more than what is for all.
  for (const std::string& table : {std::string(command.name), std::string()}) {
    for (const Item& item : items_) {
      if (item.command == table && is_name_of(option, item.name))
        return Default{item.values, item.name + " in " + path_};
    }
  }
  return std::nullopt;
}

}  // namespace airforce::cli
