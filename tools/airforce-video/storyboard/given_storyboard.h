// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "film/storyboard.h"
#include "storyboard/storyboard_run.h"

namespace airforce::cli {

// The shots of the storyboard that is given to film or batch, with `defaults` below their own
// settings. Prints each line that cannot be used, and throws Error{Settings} for them.
Storyboard given_storyboard(Invocation& invocation, const StoryboardJob& job,
                            const Settings& defaults);

// For messages: its file, or "standard input".
std::string name_of_storyboard(const StoryboardJob& job);

}  // namespace airforce::cli
