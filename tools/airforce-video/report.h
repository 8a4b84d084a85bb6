// SPDX-License-Identifier: LGPL-2.1-or-later
// An error as the command line reports it. Pure.
#pragma once

#include <functional>
#include <string>

#include "commands.h"
#include "values/error.h"

namespace airforce::cli {

// The core speaks of parameters ("set max_cost_cents to 0"); this turns them into the flags that a
// user of the command line knows.
std::string with_flags(std::string text);

// The error in this command's words: parameters as flags, and how to get what was paid for.
Error in_words_of(const CommandInfo& command, Error error);

// "airforce-video: ..." in one line, with a newline; safe for a terminal. `command` may be nullptr.
std::string error_line(const CommandInfo* command, const Error& error);

class Invocation;

// Writes the error to standard error, and as JSON where that was asked for. Returns the exit code.
int report_error(const Invocation& invocation, Error error);

// Does `action` for each TASK_ID of the command line. One that fails is reported with its id, and
// the others are still done; what concerns all of them (the key, a cancellation) is thrown. Returns
// the exit code of the first failure.
int for_each_task(Invocation& invocation, const std::function<void(const std::string&)>& action);

}  // namespace airforce::cli
