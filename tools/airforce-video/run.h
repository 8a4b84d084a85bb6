// SPDX-License-Identifier: LGPL-2.1-or-later
// The row of each command, in the file of its name.
#pragma once

#include "commands.h"

namespace airforce::cli {

CommandInfo generate_command();
CommandInfo film_command();
CommandInfo batch_command();
CommandInfo watch_command();
CommandInfo download_command();
CommandInfo status_command();
CommandInfo list_command();
CommandInfo delete_command();
CommandInfo models_command();
CommandInfo history_command();
CommandInfo completion_command();

}  // namespace airforce::cli
