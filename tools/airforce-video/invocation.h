// SPDX-License-Identifier: LGPL-2.1-or-later
// A command line that was read.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <unistd.h>

#include "api/client.h"
#include "commands.h"
#include "console.h"
#include "json_lines.h"
#include "saved_clip.h"
#include "values/settings.h"

namespace airforce::cli {

// A command with its options and arguments, and what it writes to.
class Invocation {
 public:
  const CommandInfo* command = nullptr;
  Settings settings = Settings::for_order();
  std::vector<std::string> arguments;  // what is not an option
  bool force = false;
  bool json = false;        // JSON lines on standard output
  bool json_asked = false;  // by --json, and not only because standard output is no terminal
  bool local = false;
  bool quiet = false;
  bool urls = false;
  bool yes = false;
  bool help = false;
  bool clear = false;
  Companions companions;  // of a clip that is saved
  std::string page;       // of --html
  int limit = 0;
  // Of film and batch.
  bool again = false;
  bool continue_all = false;
  bool dry_run = false;
  bool notify = false;
  bool skip_failed = false;
  int jobs = 4;
  std::string continue_from;
  std::string exec;
  std::string music;
  std::string status;
  std::string budget;         // its name
  bool names_fields = false;  // an error is about a storyboard's fields, which are no options
  Console console;
  StandardOutput* output = nullptr;
  // Of the terminal that standard output is, or 0 for no limit.
  int columns() const { return console.output_is_terminal ? columns_of(STDOUT_FILENO) : 0; }
  int signal = 0;  // the one that cancelled the command, or 0
};

// Reads `words`, what follows the command's name. Throws Error{Settings} for what can't be
// understood; the message never repeats what may be a key.
void read_command_line(Invocation& invocation, const std::vector<std::string>& words);

// Error{Settings} about the command line itself, with a pointer to the command's help.
Error usage_error(const CommandInfo& command, const std::string& message);

// The one TASK_ID, or the task ids, that a command was given. Throws as read_command_line().
const std::string& single_task_id(const Invocation& invocation);
const std::vector<std::string>& task_ids(const Invocation& invocation);

}  // namespace airforce::cli
