// SPDX-License-Identifier: LGPL-2.1-or-later
#include <iostream>
#include <string>
#include <vector>

#include <unistd.h>

#include "exit_codes.h"
#include "invocation.h"
#include "known_tasks.h"
#include "report.h"
#include "run.h"
#include "terminal_text.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

// Asks on the terminal; only "y" and "yes" mean yes.
bool confirmed(const std::string& question) {
  write_all(STDERR_FILENO, question + " [y/N] ");
  std::string answer;
  if (!std::getline(std::cin, answer)) write_all(STDERR_FILENO, "\n");
  return answer == "y" || answer == "Y" || answer == "yes" || answer == "Yes";
}

int run_delete(Invocation& invocation) {
  const std::vector<std::string>& ids = task_ids(invocation);
  KnownTasks tasks(invocation.settings);
  if (!invocation.yes) {
    if (!invocation.console.input_is_terminal || !invocation.console.errors_is_terminal)
      throw usage_error(*invocation.command,
                        "delete asks on a terminal, and there is none: pass --yes");
    const std::string what = ids.size() == 1 ? "task " + visible_line(ids.front())
                                             : std::to_string(ids.size()) + " tasks";
    if (!confirmed("Delete " + what + " and the clip at the service? Nothing is refunded.")) {
      write_all(STDERR_FILENO, "airforce-video: nothing was deleted\n");
      return kExitDeclined;
    }
  }
  return for_each_task(invocation, [&](const std::string& id) {
    tasks.remove(id);
    if (invocation.json) {
      invocation.output->write(JsonLine("result").text("task_id", id).flag("deleted", true).str());
    } else {
      invocation.output->write("Deleted task " + visible_line(id) + ".\n");
    }
  });
}

}  // namespace

CommandInfo delete_command() {
  return {"delete",
          {"rm"},
          "TASK_ID...",
          "Delete tasks and their clips at the service",
          "Deletes tasks with their clips at the service. Nothing is refunded. Asks first on a "
          "terminal; elsewhere it needs --yes.",
          true,
          is_connection_parameter,
          {OwnOption::Yes, OwnOption::Json},
          run_delete};
}

}  // namespace airforce::cli
