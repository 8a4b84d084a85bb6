// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string>
#include <vector>

#include "invocation.h"
#include "known_tasks.h"
#include "remembered.h"
#include "report.h"
#include "run.h"
#include "task_text.h"
#include "terminal_text.h"
#include "values/clock.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

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
std::string description(const Task& task, const HistoryEntry& known, bool with_urls) {
  std::string error = task.error_message;
  if (!task.error_type.empty()) error = task.error_type + (error.empty() ? "" : ": " + error);
  const std::vector<std::pair<const char*, std::string>> fields{
      {"Task", task.task_id},
      {"Status", task.status_text},
      {"Progress", progress_text(task)},
      {"Model", task.model},
      {"Prompt", task.prompt.empty() ? known.prompt : task.prompt},
      {"Length", length_text(task)},
      {"Cost", cost_text(task)},
      {"Created", time_text(task.created.value_or(0))},
      {"Expires", expiry_text(task.expires_at.value_or(0))},
      {"File", known.path},
      {"Error", error},
      {"Clip", with_urls ? task.result_url : ""},
      {"Thumbnail", with_urls ? task.thumbnail_url : ""},
  };
  std::string text;
  for (const auto& [name, value] : fields) {
    if (!value.empty()) text += padded(name, 10) + visible_line(value) + "\n";
  }
  return text;
}

int run_status(Invocation& invocation) {
  task_ids(invocation);
  KnownTasks tasks(invocation.settings);
  const Remembered remembered;
  bool first = true;
  return for_each_task(invocation, [&](const std::string& id) {
    const Task task = tasks.get(id);
    const HistoryEntry& known = remembered.of(task.task_id);
    if (invocation.json) {
      invocation.output->write(task_line(task, known, invocation.urls));
    } else {
      invocation.output->write((first ? "" : "\n") + description(task, known, invocation.urls));
    }
    first = false;
  });
}

}  // namespace

CommandInfo status_command() {
  return {"status",
          {"show", "view"},
          "TASK_ID...",
          "Show tasks",
          "Shows what the service says of each task now.",
          true,
          is_connection_parameter,
          {OwnOption::Urls, OwnOption::Json},
          run_status};
}

}  // namespace airforce::cli
