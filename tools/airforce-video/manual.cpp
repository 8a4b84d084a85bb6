// SPDX-License-Identifier: LGPL-2.1-or-later
#include "manual.h"

#include <set>

#include "commands.h"
#include "exit_codes.h"

namespace airforce::cli {
namespace {

std::string option_heading(const Option& option) {
  std::string text = ".TP\n";
  const std::string value =
      option.argument.empty() ? "" : "=\\fI" + roff_text(option.argument) + "\\fR";
  if (option.letter != 0) text += std::string("\\fB\\-") + option.letter + "\\fR, ";
  return text + "\\fB\\-\\-" + roff_text(option.flag) + "\\fR" + value + "\n";
}

std::string option_text(const Option& option) {
  std::string text = option_heading(option) + roff_text(option.help) + ".\n";
  if (option.choices.empty()) return text;
  text += ".RS\n";
  for (const ChoiceInfo& choice : option.choices)
    text += ".TP\n\\fB" + roff_text(choice.name) + "\\fR\n" + roff_text(choice.help) + ".\n";
  return text + ".RE\n";
}

// An option is explained where it first stands; later commands only name it, unless it means
// something else there.
std::string command_text(const CommandInfo& command, std::set<std::string>& explained) {
  std::string text = std::string(".SS \"") + command.name +
                     (*command.arguments != '\0' ? " " : "") + command.arguments + "\"\n" +
                     roff_text(command.description) + "\n";
  std::string known;
  for (const OptionGroup& group : options_of(command)) {
    for (const Option& option : group.options) {
      if (explained.insert(option.flag + "\n" + option.help).second) {
        text += option_text(option);
      } else {
        known += (known.empty() ? "" : ", ") + ("\\fB\\-\\-" + roff_text(option.flag)) + "\\fR";
      }
    }
  }
  if (!known.empty()) text += ".PP\nAlso, as above: " + known + ".\n";
  return text;
}

std::string commands_text() {
  std::string text;
  std::set<std::string> explained;
  for (const CommandInfo& command : commands()) text += command_text(command, explained);
  return text;
}

std::string exit_codes_text() {
  std::string text;
  for (const ExitCodeInfo& code : kExitCodes)
    text += ".TP\n\\fB" + std::to_string(code.code) + "\\fR\n" + roff_text(code.help) + ".\n";
  return text;
}

std::string replaced(std::string text, std::string_view mark, const std::string& with) {
  for (std::size_t at = text.find(mark); at != std::string::npos;
       at = text.find(mark, at + with.size()))
    text.replace(at, mark.size(), with);
  return text;
}

}  // namespace

std::string roff_text(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (result.empty() && (c == '.' || c == '\'')) result += "\\&";
    if (c == '-') {
      result += "\\-";
    } else if (c == '\\') {
      result += "\\e";
    } else {
      result += c;
    }
  }
  return result;
}

std::string filled_manual(std::string_view source) {
  std::string text = replaced(std::string(source), "@COMMANDS@\n", commands_text());
  text = replaced(text, "@EXIT_CODES@\n", exit_codes_text());
  return replaced(text, "@VERSION@", AIRFORCE_VERSION);
}

}  // namespace airforce::cli
