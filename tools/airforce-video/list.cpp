// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string>
#include <vector>

#include <unistd.h>

#include "exit_codes.h"
#include "generation/budget.h"
#include "invocation.h"
#include "remembered.h"
#include "run.h"
#include "service.h"
#include "store/store.h"
#include "task_text.h"
#include "terminal_text.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

constexpr int kLocalTasks = 50;

int list_local(Invocation& invocation) {
  const Credentials credentials = resolve_credentials(invocation.settings);
  const auto store = open_store(invocation.settings.string(Parameter::store));
  const int limit = invocation.limit > 0 ? invocation.limit : kLocalTasks;
  const std::vector<Intent> intents = store->intents(credentials.account(), limit);
  if (const std::string warning = store->take_warning(); !warning.empty())
    write_all(STDERR_FILENO, "airforce-video: warning: " + visible_line(warning) + "\n");
  std::vector<std::vector<std::string>> rows{
      {"TASK", "STATE", "MODEL", "BOUGHT", "COST", "FILE", "PROMPT"}};
  const Remembered remembered;
  for (const Intent& intent : intents) {
    // No purchase: it was refused before anything was sent.
    if (intent.state == IntentState::Abandoned && !invocation.json) continue;
    const HistoryEntry& known = remembered.of(intent.task_id);
    const std::string& prompt = known.prompt.empty() ? intent.summary : known.prompt;
    const std::string state =
        std::string(name_of(intent.state)) + (intent.owned ? ", in progress" : "");
    if (invocation.json) {
      JsonLine line("purchase");
      line.text("task_id", intent.task_id)
          .text("state", name_of(intent.state))
          .flag("in_progress", intent.owned);
      line.text("model", intent.model)
          .text("summary", intent.summary)
          .integer("claimed_at", intent.claimed_at);
      if (intent.expires_at > 0) line.integer("expires_at", intent.expires_at);
      if (intent.cost_cents >= 0) line.number("cost_cents", intent.cost_cents);
      if (!known.prompt.empty()) line.text("prompt", known.prompt);
      if (!known.path.empty()) line.text("path", known.path);
      invocation.output->write(line.str());
    } else {
      rows.push_back({visible_line(intent.task_id), state, visible_line(intent.model),
                      time_text(intent.claimed_at),
                      intent.cost_cents >= 0 ? cents_text(intent.cost_cents) : "",
                      shown_name(known.path), visible_line(prompt)});
    }
  }
  if (!invocation.json)
    invocation.output->write(
        rows.size() == 1 ? "No purchases are remembered.\n"
                         : fitted_table_text(std::move(rows),
                                             {invocation.columns(), {3, 2, 4, 5, 1, 6}, {5, 6}}));
  return kExitSuccess;
}

int list_budget(Invocation& invocation) {
  const auto store = open_store(invocation.settings.string(Parameter::store));
  const std::string& name = invocation.budget;
  const auto budget = store->budget(name);
  if (!budget)
    throw Error(ErrorKind::NotFound, Step::Store,
                "the store knows no budget '" + visible_line(name) + "'",
                "check the name and --store; --budget NAME=CENTS of generate, film or batch makes "
                "one");
  if (invocation.json) {
    invocation.output->write(JsonLine("budget")
                                 .text("name", name)
                                 .number("sum_cents", budget->sum_cents)
                                 .number("reserved_cents", budget->reserved_cents)
                                 .number("charged_cents", budget->charged_cents)
                                 .number("refunded_cents", budget->refunded_cents)
                                 .number("left_cents", budget->left_cents())
                                 .str());
    return kExitSuccess;
  }
  invocation.output->write(
      fitted_table_text({{"BUDGET", "SUM", "RESERVED", "CHARGED", "REFUNDED", "LEFT"},
                         {visible_line(name), cents_text(budget->sum_cents),
                          cents_text(budget->reserved_cents), cents_text(budget->charged_cents),
                          cents_text(budget->refunded_cents), cents_text(budget->left_cents())}},
                        {invocation.columns(), {}, {}}));
  return kExitSuccess;
}

int run_list(Invocation& invocation) {
  if (!invocation.arguments.empty())
    throw usage_error(*invocation.command,
                      "list takes no arguments; airforce-video status shows one task");
  if (invocation.local && !invocation.status.empty())
    throw usage_error(*invocation.command,
                      "--status is the service's, and --local does not ask the service");
  if (!invocation.budget.empty() && (invocation.local || !invocation.status.empty()))
    throw usage_error(*invocation.command, "--budget shows a budget, and no tasks");
  if (!invocation.budget.empty()) return list_budget(invocation);
  if (invocation.local) return list_local(invocation);
  api::Client client = connect(invocation.settings);
  const std::vector<Task> tasks = client.tasks(invocation.limit, invocation.status, nullptr);
  std::vector<std::vector<std::string>> rows{
      {"TASK", "STATUS", "", "MODEL", "LENGTH", "COST", "CREATED", "FILE", "PROMPT"}};
  const Remembered remembered;
  for (const Task& task : tasks) {
    const HistoryEntry& known = remembered.of(task.task_id);
    const std::string& prompt = task.prompt.empty() ? known.prompt : task.prompt;
    if (invocation.json) {
      invocation.output->write(task_line(task, known, false));
    } else {
      rows.push_back({visible_line(task.task_id), visible_line(task.status_text),
                      task.status == TaskStatus::Running ? progress_text(task) : "",
                      visible_line(task.model), length_text(task), cost_text(task),
                      time_text(task.created.value_or(0)), shown_name(known.path),
                      visible_line(prompt)});
    }
  }
  if (!invocation.json)
    invocation.output->write(
        tasks.empty()
            ? "No tasks.\n"
            : fitted_table_text(std::move(rows),
                                {invocation.columns(), {4, 6, 3, 5, 2, 7, 1, 8}, {7, 8}}));
  return kExitSuccess;
}

}  // namespace

CommandInfo list_command() {
  return {
      "list",
      {"ls"},
      "",
      "List the tasks",
      "Shows the key's tasks, the newest first. The service forgets a task 24 hours after its "
      "creation.",
      false,
      is_connection_parameter,
      {OwnOption::Limit, OwnOption::Status, OwnOption::Local, OwnOption::Budget, OwnOption::Json},
      run_list};
}

}  // namespace airforce::cli
