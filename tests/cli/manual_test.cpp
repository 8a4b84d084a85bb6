// SPDX-License-Identifier: LGPL-2.1-or-later
// What a user reads says what the tool does.
#include "manual.h"

#include <regex>
#include <set>

#include <gtest/gtest.h>

#include "commands.h"
#include "exit_codes.h"
#include "support/process.h"
#include "support/temp_dir.h"

namespace airforce::cli {
namespace {

using test::read_file;

// The page as man(1) shows it, unstyled.
std::string shown(const std::string& page) {
  test::Command command;
  command.arguments = {"sh", "-c", "groff -man -Tutf8 -P-cbou -rLL=2000n -ww \"$1\"", "sh", page};
  const test::Finished finished = test::run(command);
  EXPECT_EQ(finished.exit_code, 0) << finished.errors;
  EXPECT_EQ(finished.errors, "") << "groff finds fault with " << page;
  return std::regex_replace(finished.output, std::regex("\u2212|\u2010"), "-");
}

std::set<std::string> flags_in(const std::string& text) {
  std::set<std::string> flags;
  const std::regex flag("--[a-z][a-z-]*");
  for (std::sregex_iterator it(text.begin(), text.end(), flag), end; it != end; ++it)
    flags.insert(it->str());
  return flags;
}

TEST(ManPage, names_every_command_option_and_exit_code) {
  const std::string page = shown(AIRFORCE_PAGE_PATH);
  const std::set<std::string> flags = flags_in(page);
  for (const CommandInfo& command : commands()) {
    EXPECT_NE(page.find(std::string(command.name) + (*command.arguments != '\0' ? " " : "") +
                        command.arguments),
              std::string::npos)
        << command.name;
    for (const OptionGroup& group : options_of(command)) {
      for (const Option& option : group.options)
        EXPECT_TRUE(flags.contains("--" + option.flag)) << option.flag;
    }
  }
  for (const ExitCodeInfo& code : kExitCodes)
    EXPECT_TRUE(std::regex_search(page, std::regex("\n +" + std::to_string(code.code) + " ")))
        << code.code;
}

TEST(ManPage, has_nothing_left_to_fill_in) {
  EXPECT_EQ(read_file(AIRFORCE_PAGE_PATH).find('@'), std::string::npos);
}

TEST(ManPage, escapes_what_roff_would_take_for_a_request) {
  EXPECT_EQ(roff_text(".TH"), "\\&.TH");
  EXPECT_EQ(roff_text("a-b\\c"), "a\\-b\\ec");
}

TEST(SimulatorsManPage, names_just_the_options_of_its_help) {
  test::Command command;
  command.arguments = {AIRFORCE_SIMULATOR_PATH, "--help"};
  command.environment["LC_ALL"] = "C.UTF-8";
  const std::set<std::string> real = flags_in(test::run(command).output);
  const std::set<std::string> documented = flags_in(shown(AIRFORCE_SIMULATOR_PAGE_PATH));
  for (const std::string& flag : real)
    EXPECT_TRUE(documented.contains(flag)) << flag << " is not in the page";
  for (const std::string& flag : documented)
    EXPECT_TRUE(real.contains(flag)) << flag << " is not in the help";
}

}  // namespace
}  // namespace airforce::cli
