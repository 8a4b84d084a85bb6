// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exit_codes.h"
#include "follow.h"
#include "invocation.h"
#include "run.h"

namespace airforce::cli {
namespace {

int run_watch(Invocation& invocation) {
  invocation.settings.set("task_id", single_task_id(invocation));
  if (!invocation.settings.is_initial(Parameter::location) && finish_earlier_save(invocation))
    return kExitSuccess;
  return follow(invocation, chosen_target(invocation, invocation.arguments.front(), true));
}

}  // namespace

CommandInfo watch_command() {
  return {"watch",
          {"follow", "wait"},
          "TASK_ID",
          "Follow a task until it has ended",
          "Shows the progress of a task until it has ended. The exit code says how. With --output "
          "the clip is saved as well.",
          true,
          is_follow_parameter,
          {OwnOption::Metadata, OwnOption::Sidecar, OwnOption::Thumbnail, OwnOption::Force,
           OwnOption::Json, OwnOption::Quiet},
          run_watch,
          [](Option& option) {
            if (option.parameter != nullptr && option.parameter->id == Parameter::location)
              option.help =
                  "File to save the MP4 in, too: complete or not at all (default: none; - is "
                  "standard output); {task_id} and {date} stand for what they say";
          }};
}

}  // namespace airforce::cli
