// SPDX-License-Identifier: LGPL-2.1-or-later
#include "complete.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "commands.h"

namespace airforce::cli {
namespace {

using Words = std::vector<std::string>;

Words complete(const Words& words) {
  Words values;
  for (const Candidate& each : completions(words, {[] {
                                                     return Words{"vid_1", "vid_2"};
                                                   },
                                                   [] { return Words{"wan-2.6"}; }}))
    values.push_back(each.value);
  return values;
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
  EXPECT_EQ(complete({"ls", "--status", "c"}), Words{"completed"});
  EXPECT_EQ(complete({"generate", "--model", "w"}), Words{"wan-2.6"});
  EXPECT_EQ(complete({"generate", "-m", ""}), Words{"wan-2.6"});
  EXPECT_EQ(complete({"generate", "--quality", "7"}), Words{"720p"});
  EXPECT_EQ(complete({"generate", "--aspect-ratio=16:"}), Words{"16:9"});
}

TEST(Completion, offers_no_id_that_means_something_to_a_shell) {
  const KnownValues hostile{[] {
                              return Words{"evil;touch${IFS}x", "a b", "vid_1"};
                            },
                            [] {
                              return Words{"$(x)", "wan-2.6"};
                            }};
  ASSERT_EQ(completions({"status", ""}, hostile).size(), 1u);
  EXPECT_EQ(completions({"status", ""}, hostile)[0].value, "vid_1");
  ASSERT_EQ(completions({"generate", "--model", ""}, hostile).size(), 1u);
}

TEST(Completion, offers_files_and_tasks_where_they_may_stand) {
  EXPECT_EQ(complete({"generate", "-o", "x"}), Words{"@files"});
  EXPECT_EQ(complete({"generate", "--image=x"}), Words{"@files"});
  EXPECT_EQ(complete({"generate", "--input-images", "x"}), Words{"@files"});
  EXPECT_EQ(complete({"film", "x"}), Words{"@files"});
  EXPECT_EQ(complete({"batch", "--continue-from", "x"}), Words{"@files"});
  EXPECT_EQ(complete({"batch", "--on-error="}), (Words{"stop", "skip"}));
  EXPECT_EQ(complete({"models", "w"}), Words{"wan-2.6"});
  EXPECT_EQ(complete({"completion", ""}), (Words{"bash", "zsh", "fish"}));
  EXPECT_EQ(complete({"watch", ""}), (Words{"vid_1", "vid_2"}));
  EXPECT_EQ(complete({"delete", "vid_1", "vid_2"}), Words{"vid_2"});
  EXPECT_EQ(complete({"generate", ""}), Words{}) << "a prompt is anything";
}

}  // namespace
}  // namespace airforce::cli
