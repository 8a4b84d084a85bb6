// SPDX-License-Identifier: LGPL-2.1-or-later
// The commands and their options, in one table: parsing, --help, the man page and the completion
// all come from it. The options that are parameters come from airforce-video-parameters.def in
// turn.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "values/settings.h"

namespace airforce::cli {

class Invocation;

// Options of the command line alone, besides the parameters.
enum class OwnOption { Force, Json, Limit, Local, Quiet, Status, Urls, Yes, Help };

struct Option {
  const ParameterInfo* parameter = nullptr;  // nullptr: `own`
  OwnOption own = OwnOption::Help;
  std::string flag;      // without "--"
  char letter = 0;       // of the short form, or 0
  std::string argument;  // "SECONDS"; "" for a switch
  std::string help;      // one sentence without a full stop, with the default where there is one
  std::vector<ChoiceInfo> choices;
};

struct OptionGroup {
  const char* title;  // "Request"
  std::vector<Option> options;
};

struct CommandInfo {
  const char* name;
  const char* arguments;    // "TASK_ID..."
  const char* summary;      // for the list of commands; one sentence without a full stop
  const char* description;  // for --help and the man page; sentences
  bool takes_task_ids;      // for the completion
  int (*run)(Invocation&);  // returns an exit code; throws Error
};

std::span<const CommandInfo> commands();
// nullptr if there is none.
const CommandInfo* find_command(std::string_view name);

// What the command takes, --help included.
std::vector<OptionGroup> options_of(const CommandInfo& command);

}  // namespace airforce::cli
