// SPDX-License-Identifier: LGPL-2.1-or-later
// status, list and delete: one request each.
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include <unistd.h>

#include "exit_codes.h"
#include "generation/budget.h"
#include "invocation.h"
#include "report.h"
#include "run.h"
#include "service.h"
#include "store/store.h"
#include "text.h"
#include "values/clock.h"

namespace airforce::cli {
namespace {

constexpr int kLocalTasks = 50;

std::string cost_text(const Task& task) {
  return task.cost_cents ? cents_text(*task.cost_cents) : "";
}
std::string length_text(const Task& task) {
  return task.duration_seconds ? std::to_string(*task.duration_seconds) + " s" : "";
}
std::string progress_text(const Task& task) {
  return task.progress ? std::to_string(*task.progress) + "%" : "";
}

std::string expiry_text(std::int64_t expires_at) {
  const std::int64_t left = expires_at - system_clock().unix_time();
  std::string when = time_text(expires_at);
  if (when.empty()) return when;
  if (left <= 0) return when + " (past)";
  const std::int64_t minutes = left / 60;
  return when + " (in " +
         (minutes < 120 ? std::to_string(minutes) + " min" : std::to_string(minutes / 60) + " h") +
         ")";
}

// A field a line, those that are unknown left out.
std::string description(const Task& task, bool with_urls) {
  std::string error = task.error_message;
  if (!task.error_type.empty()) error = task.error_type + (error.empty() ? "" : ": " + error);
  const std::vector<std::pair<const char*, std::string>> fields{
      {"Task", task.task_id},
      {"Status", task.status_text},
      {"Progress", progress_text(task)},
      {"Model", task.model},
      {"Prompt", task.prompt},
      {"Length", length_text(task)},
      {"Cost", cost_text(task)},
      {"Created", time_text(task.created.value_or(0))},
      {"Expires", expiry_text(task.expires_at.value_or(0))},
      {"Error", error},
      {"Clip", with_urls ? task.result_url : ""},
      {"Thumbnail", with_urls ? task.thumbnail_url : ""},
  };
  std::string text;
  for (const auto& [name, value] : fields) {
    if (!value.empty()) text += padded(name, 10) + printable(value) + "\n";
  }
  return text;
}

int list_local(Invocation& invocation) {
  const Credentials credentials = resolve_credentials(invocation.settings);
  const auto store = open_store(invocation.settings.string(Parameter::store));
  const int limit = invocation.limit > 0 ? invocation.limit : kLocalTasks;
  const std::vector<Intent> intents = store->intents(credentials.account(), limit);
  if (const std::string warning = store->take_warning(); !warning.empty())
    write_all(STDERR_FILENO, "airforce-video: warning: " + printable(warning) + "\n");
  std::vector<std::vector<std::string>> rows{
      {"TASK", "STATE", "MODEL", "BOUGHT", "COST", "PROMPT"}};
  for (const Intent& intent : intents) {
    const std::string state =
        std::string(name_of(intent.state)) + (intent.owned ? ", in work" : "");
    if (invocation.json) {
      JsonLine line("purchase");
      line.text("task_id", intent.task_id)
          .text("state", name_of(intent.state))
          .flag("in_work", intent.owned);
      line.text("model", intent.model)
          .text("summary", intent.summary)
          .integer("claimed_at", intent.claimed_at);
      if (intent.expires_at > 0) line.integer("expires_at", intent.expires_at);
      if (intent.cost_cents >= 0) line.number("cost_cents", intent.cost_cents);
      invocation.output->write(line.str());
    } else {
      rows.push_back(
          {printable(intent.task_id), state, printable(intent.model), time_text(intent.claimed_at),
           intent.cost_cents >= 0 ? cents_text(intent.cost_cents) : "", printable(intent.summary)});
    }
  }
  if (!invocation.json)
    invocation.output->write(intents.empty() ? "No purchases are remembered.\n" : table_text(rows));
  return kExitSuccess;
}

// Asks on the terminal; only "y" and "yes" mean yes.
bool confirmed(const std::string& question) {
  write_all(STDERR_FILENO, question + " [y/N] ");
  std::string answer;
  if (!std::getline(std::cin, answer)) write_all(STDERR_FILENO, "\n");
  return answer == "y" || answer == "Y" || answer == "yes" || answer == "Yes";
}

}  // namespace

int run_status(Invocation& invocation) {
  task_ids(invocation);
  api::Client client = connect(invocation.settings);
  bool first = true;
  return for_each_task(invocation, [&](const std::string& id) {
    const Task task = client.task(id, nullptr);
    if (invocation.json) {
      invocation.output->write(JsonLine("task").task(task, invocation.urls).str());
    } else {
      invocation.output->write((first ? "" : "\n") + description(task, invocation.urls));
    }
    first = false;
  });
}

int run_list(Invocation& invocation) {
  if (!invocation.arguments.empty())
    throw usage_error(*invocation.command,
                      "list takes no arguments; airforce-video status shows one task");
  if (invocation.local && !invocation.status.empty())
    throw usage_error(*invocation.command,
                      "--status is the service's, and --local does not ask the service");
  if (invocation.local) return list_local(invocation);
  api::Client client = connect(invocation.settings);
  const std::vector<Task> tasks = client.tasks(invocation.limit, invocation.status, nullptr);
  std::vector<std::vector<std::string>> rows{
      {"TASK", "STATUS", "", "MODEL", "LENGTH", "COST", "CREATED"}};
  for (const Task& task : tasks) {
    if (invocation.json) {
      invocation.output->write(JsonLine("task").task(task, false).str());
    } else {
      rows.push_back({printable(task.task_id), printable(task.status_text),
                      task.status == TaskStatus::Running ? progress_text(task) : "",
                      printable(task.model), length_text(task), cost_text(task),
                      time_text(task.created.value_or(0))});
    }
  }
  if (!invocation.json) invocation.output->write(tasks.empty() ? "No tasks.\n" : table_text(rows));
  return kExitSuccess;
}

int run_delete(Invocation& invocation) {
  const std::vector<std::string>& ids = task_ids(invocation);
  api::Client client = connect(invocation.settings);
  if (!invocation.yes) {
    if (!invocation.console.input_is_terminal || !invocation.console.errors_is_terminal)
      throw usage_error(*invocation.command,
                        "delete asks on a terminal, and there is none: pass --yes");
    const std::string what =
        ids.size() == 1 ? "task " + printable(ids.front()) : std::to_string(ids.size()) + " tasks";
    if (!confirmed("Delete " + what + " and the clip at the service? Nothing is refunded.")) {
      write_all(STDERR_FILENO, "airforce-video: nothing was deleted\n");
      return kExitDeclined;
    }
  }
  return for_each_task(invocation, [&](const std::string& id) {
    client.remove(id, nullptr);
    if (invocation.json) {
      invocation.output->write(JsonLine("result").text("task_id", id).flag("deleted", true).str());
    } else {
      invocation.output->write("Deleted task " + printable(id) + ".\n");
    }
  });
}

}  // namespace airforce::cli
