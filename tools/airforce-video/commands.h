// SPDX-License-Identifier: LGPL-2.1-or-later
// The commands and their options, in one table: parsing, --help, the man page and the completion
// all come from it. The options that are parameters come from airforce-video-parameters.def in
// turn.
//
// A command is one file: it defines its row and its function. To add one, declare the row in run.h
// and name it in commands().
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "values/settings.h"

namespace airforce::cli {

class Invocation;

// Options of the command line alone, besides the parameters.
enum class OwnOption {
  Again,
  Budget,
  Continue,
  ContinueFrom,
  DryRun,
  Exec,
  Jobs,
  Music,
  Notify,
  OnError,
  Clear,
  Config,
  Force,
  Json,
  Limit,
  Local,
  Metadata,
  Page,
  Quiet,
  Sidecar,
  Status,
  Thumbnail,
  Urls,
  Yes,
  Help,
};

struct Option {
  const ParameterInfo* parameter = nullptr;  // nullptr: `own`
  OwnOption own = OwnOption::Help;
  std::string flag;                  // without "--"
  std::vector<std::string> aliases;  // other spellings, as in the other front ends; without "--"
  char letter = 0;                   // of the short form, or 0
  std::string argument;              // "SECONDS"; "" for a switch
  std::string help;  // one sentence without a full stop, with the default where there is one
  std::vector<ChoiceInfo> choices;
};

struct OptionGroup {
  const char* title;  // "Request"
  std::vector<Option> options;
};

struct CommandInfo {
  const char* name;
  std::vector<const char*> aliases;  // what people type from habit
  const char* arguments;             // "TASK_ID..."
  const char* summary;               // for the list of commands; one sentence without a full stop
  const char* description;           // for --help and the man page; sentences
  bool takes_task_ids;               // for the completion
  bool (*takes)(const ParameterInfo&);  // which parameters are options of it
  std::vector<OwnOption> own;           // besides Config and Help, which all have
  int (*run)(Invocation&);              // returns an exit code; throws Error
  // Says of an option what it means for this command, where that differs from generate's.
  void (*explain)(Option&) = nullptr;
};

std::span<const CommandInfo> commands();
// By name or alias; nullptr if there is none.
const CommandInfo* find_command(std::string_view name);

// What the command takes, --help included.
std::vector<OptionGroup> options_of(const CommandInfo& command);

// For CommandInfo::takes: where and who; and all that following and saving a clip needs.
bool is_any(const ParameterInfo& parameter, std::initializer_list<Parameter> allowed);
bool is_api_parameter(const ParameterInfo& parameter);
bool is_connection_parameter(const ParameterInfo& parameter);
bool is_follow_parameter(const ParameterInfo& parameter);

}  // namespace airforce::cli
