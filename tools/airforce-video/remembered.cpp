// SPDX-License-Identifier: LGPL-2.1-or-later
#include "remembered.h"

#include <glib.h>

#include "json_lines.h"
#include "terminal_text.h"
#include "values/error.h"
#include "values/glib_ptr.h"
#include "values/text.h"

namespace airforce::cli {

Remembered::Remembered() {
  try {
    const std::unique_ptr<History> history = History::standard();
    if (history == nullptr) return;
    for (HistoryEntry& entry : history->newest("", History::kMaxEntries))
      entries_.try_emplace(entry.task_id, std::move(entry));
  } catch (const Error&) {  // nothing is known then
  }
}

const HistoryEntry& Remembered::of(const std::string& task_id) const {
  static const HistoryEntry unknown;
  const auto found = entries_.find(task_id);
  return found != entries_.end() ? found->second : unknown;
}

std::string task_line(const Task& task, const HistoryEntry& known, bool with_urls) {
  JsonLine line("task");
  line.task(task, with_urls);
  if (task.prompt.empty() && !known.prompt.empty()) line.text("prompt", known.prompt);
  if (!known.path.empty()) line.text("path", known.path);
  return line.str();
}

std::string shown_name(const std::string& path) {
  if (path.empty()) return {};
  const GCharPtr name(g_path_get_basename(path.c_str()));
  return visible_line(name.get());
}

}  // namespace airforce::cli
