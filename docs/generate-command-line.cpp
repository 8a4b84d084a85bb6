// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints docs/reference-command-line.md from the tables of the command line. `ninja -C build
// reference` writes it; a test compares.
#include <cstdio>
#include <set>
#include <string>

#include "commands.h"
#include "exit_codes.h"

namespace {

using airforce::ChoiceInfo;
using airforce::cli::CommandInfo;
using airforce::cli::ExitCodeInfo;
using airforce::cli::Option;
using airforce::cli::OptionGroup;

const char* const kIntroduction =
    R"(# Commands, options and exit codes

<!-- Made by docs/generate-command-line.cpp from the tables below tools/airforce-video: edit those, then
     `ninja -C build reference`. -->

What `airforce-video COMMAND --help` and `man airforce-video` print. [The command line](command-line.md) explains it.
)";

// A '|' would end the cell, and what looks like a tag would be one.
std::string cell(const std::string& text) {
  std::string escaped;
  for (const char character : text) {
    if (character == '|') escaped += '\\';
    escaped += character == '<' ? "&lt;" : std::string(1, character);
  }
  return escaped;
}

std::string heading_of(const CommandInfo& command) {
  return std::string(command.name) + (*command.arguments == '\0' ? "" : " ") + command.arguments;
}

std::string names_of(const Option& option) {
  const std::string letter = option.letter == 0 ? "" : std::string("`-") + option.letter + "`, ";
  const std::string argument = option.argument.empty() ? "" : "=" + option.argument;
  return letter + "`--" + cell(option.flag + argument) + "`";
}

std::string meaning_of(const Option& option) {
  std::string text = cell(option.help) + ".";
  for (const ChoiceInfo& choice : option.choices)
    text += std::string("<br>`") + choice.name + "`: " + cell(choice.help) + ".";
  return text;
}

void print_aliases(const CommandInfo& command) {
  if (command.aliases.empty()) return;
  std::string names;
  for (const char* alias : command.aliases)
    names += (names.empty() ? "`" : ", `") + std::string(alias) + "`";
  std::printf("\nAlso: %s.\n", names.c_str());
}

// An option is explained where it first stands; later commands only name it, unless it means
// something else there.
void print_command(const CommandInfo& command, std::set<std::string>& explained) {
  std::printf("\n## `airforce-video %s`\n%s\n", heading_of(command).c_str(), command.description);
  print_aliases(command);
  std::string rows;
  std::string known;
  for (const OptionGroup& group : options_of(command)) {
    for (const Option& option : group.options) {
      if (explained.insert(option.flag + "\n" + option.help).second)
        rows += "| " + names_of(option) + " | " + meaning_of(option) + " |\n";
      else
        known += (known.empty() ? "`--" : ", `--") + option.flag + "`";
    }
  }
  if (!rows.empty()) std::printf("\n| option | meaning |\n|---|---|\n%s", rows.c_str());
  if (!known.empty()) std::printf("\nAs above: %s.\n", known.c_str());
}

}  // namespace

int main() {
  std::printf("%s", kIntroduction);
  std::set<std::string> explained;
  for (const CommandInfo& command : airforce::cli::commands()) print_command(command, explained);
  std::printf("\n## Exit codes\n| code | meaning |\n|---|---|\n");
  for (const ExitCodeInfo& code : airforce::cli::kExitCodes)
    std::printf("| %d | %s |\n", code.code, cell(code.help).c_str());
  return std::fflush(stdout) == 0 ? 0 : 1;
}
