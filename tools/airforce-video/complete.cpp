// SPDX-License-Identifier: LGPL-2.1-or-later
#include "complete.h"

#include <algorithm>
#include <string_view>

#include <glib.h>

#include "commands.h"

namespace airforce::cli {
namespace {

constexpr const char* kFiles = "@files";
using Candidates = std::vector<Candidate>;

Candidates without_help(const std::vector<std::string>& values) {
  Candidates candidates;
  for (const std::string& value : values) candidates.push_back({value, {}});
  return candidates;
}

Candidates values_of(const Option& option, const KnownValues& known) {
  if (option.parameter == nullptr && option.own == OwnOption::Status)
    return without_help({"queued", "running", "completed", "failed", "expired"});
  if (option.parameter == nullptr && option.own == OwnOption::OnError)
    return without_help({"stop", "skip"});
  if (option.parameter != nullptr) {
    switch (option.parameter->id) {
      case Parameter::task_id: return without_help(known.tasks());
      case Parameter::model: return without_help(known.models());
      // What the API's models have; one model need not have them all.
      case Parameter::quality: return without_help({"480p", "720p", "1080p"});
      case Parameter::aspect_ratio: return without_help({"16:9", "9:16", "1:1", "4:3"});
      default: break;
    }
  }
  if (option.argument == "FILE" || option.argument == "IMAGE" || option.argument == "STORE" ||
      option.argument == "CLIP")
    return {{kFiles, {}}};
  Candidates candidates;
  for (const ChoiceInfo& choice : option.choices) candidates.push_back({choice.name, choice.help});
  return candidates;
}

// Scripts give the shell what they are given: ids and models of the service that mean something to
// it are not offered.
bool is_plain(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    return g_ascii_isalnum(c) || std::string_view("-_.:/=@%+,").find(c) != std::string_view::npos;
  });
}

Candidates beginning_with(const Candidates& all, std::string_view start) {
  Candidates some;
  for (const Candidate& each : all) {
    if ((each.value.starts_with(start) && is_plain(each.value)) || each.value == kFiles)
      some.push_back(each);
  }
  return some;
}

// The option that a word such as "--model", "--model=" or "-m" names.
const Option* named(const std::vector<OptionGroup>& groups, std::string_view word) {
  const std::string_view name = word.substr(0, word.find('='));
  for (const OptionGroup& group : groups) {
    for (const Option& option : group.options) {
      const bool by_letter =
          option.letter != 0 && name.size() == 2 && name[0] == '-' && name[1] == option.letter;
      const bool by_alias =
          std::any_of(option.aliases.begin(), option.aliases.end(),
                      [&](const std::string& alias) { return name == "--" + alias; });
      if (by_letter || by_alias || name == "--" + option.flag) return &option;
    }
  }
  return nullptr;
}

Candidates command_names(bool with_options) {
  Candidates names;
  for (const CommandInfo& command : commands()) names.push_back({command.name, command.summary});
  names.push_back({"help", "Show the options of a command"});
  if (with_options) {
    names.push_back({"--help", "Show the commands"});
    names.push_back({"--version", "Show the version"});
  }
  return names;
}

}  // namespace

std::vector<Candidate> completions(const std::vector<std::string>& words,
                                   const KnownValues& known) {
  if (words.empty()) return {};
  const std::string& last = words.back();
  if (words.size() == 1) return beginning_with(command_names(last.starts_with('-')), last);
  if (words.front() == "help") return beginning_with(command_names(false), last);
  const CommandInfo* command = find_command(words.front());
  if (command == nullptr) return {};
  const std::vector<OptionGroup> groups = options_of(*command);

  const std::string& before = words[words.size() - 2];
  if (const Option* option = named(groups, before);
      option != nullptr && !option->argument.empty() && before.find('=') == std::string::npos)
    return beginning_with(values_of(*option, known), last);
  if (const std::size_t equals = last.find('=');
      last.starts_with("--") && equals != std::string::npos) {
    const Option* option = named(groups, last);
    if (option == nullptr) return {};
    return beginning_with(values_of(*option, known), std::string_view(last).substr(equals + 1));
  }
  if (last.starts_with("-")) {
    Candidates flags;
    for (const OptionGroup& group : groups) {
      for (const Option& option : group.options)
        flags.push_back({"--" + option.flag + (option.argument.empty() ? "" : "="), option.help});
    }
    return beginning_with(flags, last);
  }
  const std::string_view argument = command->arguments;
  if (argument == "STORYBOARD") return {{kFiles, {}}};
  if (argument == "[NAME]") return beginning_with(without_help(known.models()), last);
  if (argument == "[SHELL]") return beginning_with(without_help({"bash", "zsh", "fish"}), last);
  return command->takes_task_ids ? beginning_with(without_help(known.tasks()), last) : Candidates();
}

}  // namespace airforce::cli
