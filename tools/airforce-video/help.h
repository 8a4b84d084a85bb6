// SPDX-License-Identifier: LGPL-2.1-or-later
// --help as text. Pure.
#pragma once

#include <string>

#include "commands.h"

namespace airforce::cli {

// Of the tool, and of one command; lines of at most `columns`.
std::string tool_help(int columns);
std::string command_help(const CommandInfo& command, int columns);

}  // namespace airforce::cli
