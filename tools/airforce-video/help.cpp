// SPDX-License-Identifier: LGPL-2.1-or-later
#include "help.h"

#include <algorithm>

#include "exit_codes.h"
#include "terminal_text.h"

namespace airforce::cli {
namespace {

constexpr int kIndent = 28;  // where the explanations begin
constexpr int kCodeIndent = 7;
constexpr int kNarrowest = 60;
constexpr int kWidest = 100;  // longer lines are hard to read

std::string paragraph(std::string_view text, int columns) {
  std::string result;
  for (const std::string& line : wrapped(text, columns)) result += line + "\n";
  return result;
}

// "  -m, --model=MODEL         Video model to ..."
std::string entry(const std::string& left, std::string_view help, int columns,
                  int indented = kIndent) {
  const std::string indent(static_cast<std::size_t>(indented), ' ');
  std::string result = padded(left, indented);
  bool first = true;
  if (display_width(left) > indented - 2) {
    result = left + "\n";
    first = false;
  }
  for (const std::string& line : wrapped(help, columns - indented)) {
    result += (first ? "" : indent) + line + "\n";
    first = false;
  }
  return result;
}

std::string option_entry(const Option& option, int columns) {
  std::string left = option.letter != 0 ? std::string("  -") + option.letter + ", " : "      ";
  left += "--" + option.flag;
  if (!option.argument.empty()) left += "=" + option.argument;
  std::string also;
  for (const std::string& alias : option.aliases) {
    if (alias.find('_') == std::string::npos && alias != "promptfile")
      also += (also.empty() ? " (also --" : ", --") + alias;
  }
  std::string text = entry(left, option.help + also + (also.empty() ? "" : ")"), columns);
  int widest = 0;
  for (const ChoiceInfo& choice : option.choices)
    widest = std::max(widest, display_width(choice.name));
  for (const ChoiceInfo& choice : option.choices) {
    const std::string name = "  " + padded(choice.name, widest) + "  ";
    const int hanging = kIndent + display_width(name);
    bool first = true;
    for (const std::string& line : wrapped(choice.help, columns - hanging)) {
      text += first ? std::string(kIndent, ' ') + name
                    : std::string(static_cast<std::size_t>(hanging), ' ');
      text += line + "\n";
      first = false;
    }
  }
  return text;
}

}  // namespace

std::string tool_help(int columns) {
  columns = std::clamp(columns, kNarrowest, kWidest);
  std::string text =
      "Usage: airforce-video COMMAND [OPTION...]\n\n"
      "Makes video clips from prompts with the API of api.airforce.\n\nCommands:\n";
  for (const CommandInfo& command : commands()) {
    const std::string left = std::string("  ") + command.name +
                             (*command.arguments != '\0' ? " " : "") + command.arguments;
    std::string also;
    for (const char* alias : command.aliases)
      also += (also.empty() ? "" : ", ") + std::string(alias);
    text += entry(left, command.summary + (also.empty() ? "" : " (also: " + also + ")"), columns);
  }
  text +=
      entry("  help [COMMAND]", "Show the options of a command, as COMMAND --help does", columns);
  text += "\nOptions:\n";
  text += entry("  -h, --help", "Show this help", columns);
  text += entry("      --version", "Show the version", columns);
  text += "\nEnvironment:\n";
  text +=
      entry("  AIRFORCE_API_KEY", "The API key; it is never given on the command line", columns);
  text += entry("  AIRFORCE_API_KEY_FILE", "File that holds the key", columns);
  text += entry("  AIRFORCE_BASE_URL", "Origin of the API", columns);
  text += entry("  AIRFORCE_STORE", "Where purchases are remembered", columns);
  text += entry("  AIRFORCE_MODEL, ...",
                "Default of --model, and so for every option that is a habit; the command line "
                "counts more, and a configuration file less",
                columns);
  text += entry("  AIRFORCE_CONFIG", "The configuration file; none for no file", columns);
  text += "\nFiles:\n";
  text += entry("  ~/.config/airforce-video.toml",
                "Defaults of options, such as: model = \"wan-2.6\"", columns);
  text += "\nExit codes:\n";
  for (const ExitCodeInfo& code : kExitCodes)
    text += entry("  " + std::to_string(code.code), code.help, columns, kCodeIndent);
  text +=
      "\nWithout a key, try it on the simulator:\n  airforce-simulator -- airforce-video models\n";
  return text;
}

std::string command_help(const CommandInfo& command, int columns) {
  columns = std::clamp(columns, kNarrowest, kWidest);
  std::string text = std::string("Usage: airforce-video ") + command.name + " [OPTION...]";
  if (*command.arguments != '\0') text += std::string(" ") + command.arguments;
  text += "\n\n" + paragraph(command.description, columns);
  for (const OptionGroup& group : options_of(command)) {
    text += std::string("\n") + group.title + ":\n";
    for (const Option& option : group.options) text += option_entry(option, columns);
  }
  return text;
}

}  // namespace airforce::cli
