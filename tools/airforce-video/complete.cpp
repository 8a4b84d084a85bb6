// SPDX-License-Identifier: LGPL-2.1-or-later
#include "complete.h"

#include <string_view>

#include "commands.h"
#include "values/task.h"

namespace airforce::cli {
namespace {

constexpr const char* kFiles = "@files";

std::vector<std::string> values_of(const Option& option,
                                   const std::function<std::vector<std::string>()>& known_tasks) {
  std::vector<std::string> values;
  for (const ChoiceInfo& choice : option.choices) values.emplace_back(choice.name);
  if (option.parameter == nullptr && option.own == OwnOption::Status)
    return {"queued", "running", "completed", "failed", "expired"};
  if (option.parameter != nullptr && option.parameter->id == Parameter::task_id)
    return known_tasks();
  if (option.argument == "FILE" || option.argument == "IMAGE" || option.argument == "STORE")
    return {kFiles};
  return values;
}

std::vector<std::string> beginning_with(const std::vector<std::string>& all,
                                        std::string_view start) {
  std::vector<std::string> some;
  for (const std::string& each : all) {
    if (each.starts_with(start) || each == kFiles) some.push_back(each);
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
      if (by_letter || name == "--" + option.flag) return &option;
    }
  }
  return nullptr;
}

}  // namespace

std::vector<std::string> completions(const std::vector<std::string>& words,
                                     const std::function<std::vector<std::string>()>& known_tasks) {
  if (words.empty()) return {};
  const std::string& last = words.back();
  if (words.size() == 1) {
    std::vector<std::string> names{"--help", "--version", "help"};
    for (const CommandInfo& command : commands()) names.emplace_back(command.name);
    return beginning_with(names, last);
  }
  if (words.front() == "help") {
    std::vector<std::string> names;
    for (const CommandInfo& command : commands()) names.emplace_back(command.name);
    return beginning_with(names, last);
  }
  const CommandInfo* command = find_command(words.front());
  if (command == nullptr) return {};
  const std::vector<OptionGroup> groups = options_of(*command);

  const std::string& before = words[words.size() - 2];
  if (const Option* option = named(groups, before);
      option != nullptr && !option->argument.empty() && before.find('=') == std::string::npos)
    return beginning_with(values_of(*option, known_tasks), last);
  if (const std::size_t equals = last.find('=');
      last.starts_with("--") && equals != std::string::npos) {
    const Option* option = named(groups, last);
    if (option == nullptr) return {};
    return beginning_with(values_of(*option, known_tasks),
                          std::string_view(last).substr(equals + 1));
  }
  if (last.starts_with("-")) {
    std::vector<std::string> flags;
    for (const OptionGroup& group : groups) {
      for (const Option& option : group.options)
        flags.push_back("--" + option.flag + (option.argument.empty() ? "" : "="));
    }
    return beginning_with(flags, last);
  }
  return command->takes_task_ids ? beginning_with(known_tasks(), last) : std::vector<std::string>();
}

}  // namespace airforce::cli
