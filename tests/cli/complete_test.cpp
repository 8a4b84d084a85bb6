// SPDX-License-Identifier: LGPL-2.1-or-later
#include "complete.h"

#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

#include "commands.h"
#include "support/process.h"
#include "support/temp_dir.h"

namespace airforce::cli {
namespace {

using Words = std::vector<std::string>;

Words complete(const Words& words) {
  return completions(words, [] { return Words{"vid_1", "vid_2"}; });
}

TEST(Completion, knows_every_command) {
  const Words names = complete({""});
  for (const CommandInfo& command : commands())
    EXPECT_NE(std::find(names.begin(), names.end(), command.name), names.end()) << command.name;
  EXPECT_EQ(complete({"gen"}), Words{"generate"});
}

TEST(Completion, knows_every_option) {
  for (const CommandInfo& command : commands()) {
    const Words flags = complete({command.name, "--"});
    for (const OptionGroup& group : options_of(command)) {
      for (const Option& option : group.options) {
        const std::string flag = "--" + option.flag + (option.argument.empty() ? "" : "=");
        EXPECT_NE(std::find(flags.begin(), flags.end(), flag), flags.end())
            << command.name << " " << flag;
      }
    }
  }
}

TEST(Completion, knows_the_choices_of_an_option) {
  EXPECT_EQ(complete({"generate", "--reuse=un"}), Words{"unfinished"});
  EXPECT_EQ(complete({"generate", "--reuse", ""}), (Words{"unfinished", "always", "never"}));
  EXPECT_EQ(complete({"list", "--status", "c"}), Words{"completed"});
}

TEST(Completion, offers_files_and_tasks_where_they_may_stand) {
  EXPECT_EQ(complete({"generate", "-o", "x"}), Words{"@files"});
  EXPECT_EQ(complete({"generate", "--image=x"}), Words{"@files"});
  EXPECT_EQ(complete({"watch", ""}), (Words{"vid_1", "vid_2"}));
  EXPECT_EQ(complete({"delete", "vid_1", "vid_2"}), Words{"vid_2"});
  EXPECT_EQ(complete({"generate", ""}), Words{}) << "a prompt is anything";
}

// What bash itself offers after the Tab.
Words in_bash(const std::string& line) {
  const test::TempDir directory;
  const std::string script = std::string("PATH=") + AIRFORCE_VIDEO_DIRECTORY + ":$PATH\n. " +
                             AIRFORCE_COMPLETION_PATH +
                             "\n"
                             "COMP_WORDS=(" +
                             line +
                             ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_airforce_video\nprintf "
                             "'%s\\n' \"${COMPREPLY[@]}\"\n";
  test::Command command;
  command.arguments = {"bash", "--norc", "-c", script};
  command.environment["XDG_STATE_HOME"] = directory.path();
  const test::Finished finished = test::run(command);
  EXPECT_EQ(finished.exit_code, 0) << finished.errors;
  Words words;
  std::istringstream lines(finished.output);
  for (std::string each; std::getline(lines, each);) words.push_back(each);
  return words;
}

TEST(BashCompletion, completes_commands_options_and_choices) {
  EXPECT_EQ(in_bash("airforce-video mod"), Words{"models"});
  EXPECT_EQ(in_bash("airforce-video generate --progress"), Words{"--progress-source="});
  EXPECT_EQ(in_bash("airforce-video generate --progress-source '=' st"), Words{"stream"});
  EXPECT_EQ(in_bash("airforce-video generate --progress-source '='"),
            (Words{"auto", "stream", "poll"}));
  EXPECT_EQ(in_bash("airforce-video generate --mode im"), Words{"image"});
}

}  // namespace
}  // namespace airforce::cli
