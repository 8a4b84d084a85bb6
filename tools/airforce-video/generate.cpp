// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cerrno>
#include <cstring>
#include <vector>

#include <unistd.h>

#include "exit_codes.h"
#include "follow.h"
#include "invocation.h"
#include "run.h"
#include "values/trim.h"

namespace airforce::cli {
namespace {

constexpr std::size_t kMaxPrompt = 64 * 1024;

constexpr const char* kDescription =
    "Creates a task from the prompt, follows it, and saves the clip. The price is shown before "
    "anything is bought, the charge afterwards. An interrupted run is resumed by the same command: "
    "it takes over the task that was paid for (see --reuse). An output file that exists is refused "
    "before anything is bought. Without --output the clip is saved as TASK_ID.mp4.";

// What `--prompt-file=-` reads.
std::string prompt_from_standard_input() {
  std::string prompt;
  std::vector<char> buffer(4096);
  while (prompt.size() <= kMaxPrompt) {
    const ssize_t count = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count == 0) break;
    if (count > 0) {
      prompt.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      throw Error(
          ErrorKind::Settings, Step::Settings,
          std::string("cannot read the prompt from standard input: ") + std::strerror(errno));
    }
  }
  if (prompt.size() > kMaxPrompt)
    throw Error(
        ErrorKind::Settings, Step::Settings,
        "the prompt on standard input is larger than " + std::to_string(kMaxPrompt) + " bytes");
  prompt = std::string(without_byte_order_mark(prompt));  // as of a file
  while (prompt.ends_with('\n') || prompt.ends_with('\r')) prompt.pop_back();
  return prompt;
}

void take_prompt(Invocation& invocation) {
  Settings& settings = invocation.settings;
  if (invocation.arguments.size() > 1)
    throw usage_error(*invocation.command, "the prompt is one argument: put it in quotes");
  if (!invocation.arguments.empty()) {
    if (!settings.is_initial(Parameter::prompt) || !settings.is_initial(Parameter::prompt_file))
      throw usage_error(*invocation.command, "the prompt is given twice");
    settings.set("prompt", invocation.arguments.front());
  }
  if (settings.string(Parameter::prompt_file) == "-") {
    settings.reset("prompt_file");
    settings.set("prompt", prompt_from_standard_input());
  }
  if (settings.string(Parameter::task_id).empty() &&
      settings.string(Parameter::prompt_file).empty() &&
      trimmed(settings.string(Parameter::prompt)).empty())
    throw Error(ErrorKind::Settings, Step::Settings, "no prompt",
                "write it in quotes, as in airforce-video generate \"A red fox\", or name its file "
                "with --prompt-file");
}

int run_generate(Invocation& invocation) {
  take_prompt(invocation);
  if (finish_earlier_save(invocation)) return kExitSuccess;
  const Target target =
      chosen_target(invocation, invocation.settings.string(Parameter::task_id), false);
  return follow(invocation, target);
}

}  // namespace

CommandInfo generate_command() {
  return {"generate",
          {"create", "make"},
          "[PROMPT]",
          "Make a clip from a prompt",
          kDescription,
          false,
          [](const ParameterInfo&) { return true; },
          {OwnOption::Metadata, OwnOption::Sidecar, OwnOption::Thumbnail, OwnOption::Force,
           OwnOption::Json, OwnOption::Quiet},
          run_generate};
}

}  // namespace airforce::cli
