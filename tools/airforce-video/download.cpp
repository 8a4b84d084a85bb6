// SPDX-License-Identifier: LGPL-2.1-or-later
#include "follow.h"
#include "generation/location.h"
#include "invocation.h"
#include "report.h"
#include "run.h"

namespace airforce::cli {
namespace {

int run_download(Invocation& invocation) {
  const std::string location = invocation.settings.string(Parameter::location);
  if (task_ids(invocation).size() > 1 && !location.empty() && !needs_task_id(location))
    throw usage_error(*invocation.command,
                      "several clips cannot be saved under one name: put {task_id} into --output");
  return for_each_task(invocation, [&](const std::string& id) {
    invocation.settings.set("task_id", id);
    invocation.settings.set("location", location);
    if (finish_earlier_save(invocation)) return;
    follow(invocation, chosen_target(invocation, id, false));
  });
}

}  // namespace

CommandInfo download_command() {
  return {
      "download",
      {"get"},
      "TASK_ID...",
      "Save the clips of tasks",
      "Saves the clip of each task, complete or not at all, and waits for a task first where it "
      "has not ended. Nothing is bought.",
      true,
      is_follow_parameter,
      {OwnOption::Metadata, OwnOption::Sidecar, OwnOption::Thumbnail, OwnOption::Force,
       OwnOption::Json, OwnOption::Quiet},
      run_download};
}

}  // namespace airforce::cli
