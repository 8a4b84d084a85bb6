// SPDX-License-Identifier: LGPL-2.1-or-later
// What the history of this machine knows of tasks.
#pragma once

#include <map>
#include <string>

#include "store/history.h"
#include "values/task.h"

namespace airforce::cli {

// By task id. Empty where no history is kept, or it cannot be read: nothing depends on it.
class Remembered {
 public:
  Remembered();
  // An entry without anything for a task that is not known.
  const HistoryEntry& of(const std::string& task_id) const;

 private:
  std::map<std::string, HistoryEntry> entries_;
};

// The JSON line of a task, with what is known of it here.
std::string task_line(const Task& task, const HistoryEntry& known, bool with_urls);

// The file's name alone, safe for a terminal; "" for no path.
std::string shown_name(const std::string& path);

}  // namespace airforce::cli
