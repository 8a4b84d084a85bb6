// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdlib>
#include <string>
#include <vector>

#include "completion_scripts.h"
#include "exit_codes.h"
#include "invocation.h"
#include "run.h"
#include "terminal_text.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

// The last word of $SHELL.
std::string users_shell() {
  const char* const path = std::getenv("SHELL");
  const std::string shell = path != nullptr ? path : "";
  return shell.substr(shell.rfind('/') + 1);
}

int run_completion(Invocation& invocation) {
  if (invocation.arguments.size() > 1)
    throw usage_error(*invocation.command, "completion takes one SHELL");
  const std::string shell =
      invocation.arguments.empty() ? users_shell() : invocation.arguments.front();
  std::vector<std::string> known;
  for (const CompletionScript& script : completion_scripts()) {
    if (shell == script.shell) {
      invocation.output->write(script.text);
      return kExitSuccess;
    }
    known.emplace_back(script.shell);
  }
  throw usage_error(*invocation.command,
                    "there is no completion for " +
                        (shell.empty() ? std::string("an unknown shell") : visible_line(shell)) +
                        ": name one of " + joined(known, ", "));
}

}  // namespace

CommandInfo completion_command() {
  return {
      "completion",
      {},
      "[SHELL]",
      "Print the completion for bash, zsh or fish",
      "Prints a script that completes commands, options, files, models and task ids. bash: eval "
      "\"$(airforce-video completion bash)\" in ~/.bashrc. zsh: the same with zsh, after "
      "compinit, in ~/.zshrc. fish: airforce-video completion fish | source in "
      "~/.config/fish/config.fish. Installed packages bring the scripts already.",
      false,
      [](const ParameterInfo&) { return false; },
      {},
      run_completion};
}

}  // namespace airforce::cli
