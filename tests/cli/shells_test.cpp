// SPDX-License-Identifier: LGPL-2.1-or-later
// The completion in the shells themselves: on a terminal, with the Tab key.
#include <filesystem>

#include <gtest/gtest.h>

#include "store/store.h"
#include "support/process.h"
#include "support/temp_dir.h"

namespace airforce::test {
namespace {

struct Shell {
  const char* name;
  std::vector<std::string> command;
  const char* setup;
};

const std::string kDirectory = AIRFORCE_COMPLETIONS;

std::vector<Shell> shells() {
  static const std::string bash = ". " + kDirectory + "/airforce-video.bash\n";
  static const std::string zsh = "PROMPT='> '; fpath=(" + kDirectory +
                                 " $fpath); autoload -Uz compinit; compinit -u -D; "
                                 "zstyle ':completion:*' list-prompt ''\n";
  static const std::string fish = "source " + kDirectory + "/airforce-video.fish\n";
  return {
      {"bash", {"bash", "--norc", "--noprofile", "-i"}, bash.c_str()},
      {"zsh", {"zsh", "-f", "-i"}, zsh.c_str()},
      {"fish", {"fish", "--no-config", "-i"}, fish.c_str()},
      // As a startup file reads what the tool itself prints.
      {"bash", {"bash", "--norc", "--noprofile", "-i"}, "eval \"$(airforce-video completion)\"\n"},
      {"zsh",
       {"zsh", "-f", "-i"},
       "PROMPT='> '; autoload -Uz compinit; compinit -u -D; zstyle ':completion:*' list-prompt "
       "''; eval \"$(airforce-video completion zsh)\"\n"},
      {"fish", {"fish", "--no-config", "-i"}, "airforce-video completion fish | source\n"}};
}

class Completion : public testing::TestWithParam<Shell> {
 protected:
  void SetUp() override {
    Command probe;
    probe.arguments = {"sh", "-c", std::string("command -v ") + GetParam().name};
    if (run(probe).exit_code != 0) GTEST_SKIP() << GetParam().name << " is not installed";
    std::filesystem::create_directories(home_.path() / "cache" / "airforce-video");
    write_file(home_.file("cache/airforce-video/models"), "wan-2.6\nkling-1\n");
    write_file(home_.file("picture.png"), "");
  }

  // What is on the command line after `typed` and a Tab: the shell echoes it.
  bool completes(const std::string& typed, const std::string& to) {
    Command command;
    command.arguments = GetParam().command;
    command.terminal = true;
    command.columns = 200;
    command.directory = home_.path();
    command.environment["PATH"] = std::string(AIRFORCE_VIDEO_DIRECTORY) + ":" + getenv("PATH");
    command.environment["HOME"] = home_.path();
    command.environment["XDG_CACHE_HOME"] = home_.file("cache");
    command.environment["XDG_STATE_HOME"] = home_.file("state");
    command.environment["XDG_CONFIG_HOME"] = home_.file("config");
    command.environment["XDG_DATA_HOME"] = home_.file("data");
    command.environment["SHELL"] = std::string("/usr/bin/") + GetParam().name;
    command.environment["TERM"] = "xterm";
    command.environment["LC_ALL"] = "C.UTF-8";
    Process shell(command);
    shell.type(std::string(GetParam().setup) + "echo rea''dy\n");
    if (!shell.shows("ready")) return false;
    shell.type("airforce-video " + typed + "\t");
    // A moment for the completion; then the line, as the shell has it now, becomes words of echo.
    shell.shows(to, 10);
    shell.type(
        "\x01"
        "echo '<'"
        "\x05"
        "'>'\n");
    const bool shown = shell.shows("<airforce-video " + to, 10);
    if (!shown) ADD_FAILURE() << shell.output();
    return shown;
  }

  TempDir home_;
};

TEST_P(Completion, completes_commands) {
  EXPECT_TRUE(completes("mod", "models"));
}
TEST_P(Completion, completes_options) {
  EXPECT_TRUE(completes("generate --progress", "generate --progress-source="));
}
TEST_P(Completion, completes_choices) {
  EXPECT_TRUE(completes("generate --progress-source=st", "generate --progress-source=stream"));
}
TEST_P(Completion, completes_models) {
  EXPECT_TRUE(completes("generate --model wa", "generate --model wan-2.6"));
}
TEST_P(Completion, completes_values_with_a_colon) {
  EXPECT_TRUE(completes("generate --aspect-ratio 16", "generate --aspect-ratio 16:9"));
}
TEST_P(Completion, completes_qualities) {
  EXPECT_TRUE(completes("batch --quality 10", "batch --quality 1080p"));
}
TEST_P(Completion, completes_the_ids_of_tasks_that_were_bought_here) {
  std::filesystem::create_directories(home_.path() / "state" / "airforce-video");
  const auto store = open_store(home_.file("state/airforce-video/store.sqlite"));
  const Claim claim = store->claim({"account", "request", "wan-2.6", "A fox"}, Reusable::Nothing);
  store->sending(claim.intent.id, 0);
  store->created(claim.intent.id, "vid_01BOUGHT", 0, 200);
  EXPECT_TRUE(completes("status vid_0", "status vid_01BOUGHT"));
}
TEST_P(Completion, completes_files) {
  EXPECT_TRUE(completes("generate --image pic", "generate --image picture.png"));
}

INSTANTIATE_TEST_SUITE_P(Shells, Completion, testing::ValuesIn(shells()), [](const auto& shell) {
  const bool is_printed =
      std::string_view(shell.param.setup).find("completion ") != std::string_view::npos ||
      std::string_view(shell.param.setup).find("completion)") != std::string_view::npos;
  return std::string(shell.param.name) + (is_printed ? "_printed" : "");
});

}  // namespace
}  // namespace airforce::test
