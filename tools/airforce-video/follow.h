// SPDX-License-Identifier: LGPL-2.1-or-later
// From settings to a saved clip: what generate, watch and download share.
#pragma once

#include <string>

namespace airforce::cli {

class Invocation;

// What is done with the clip.
enum class Target { Nothing, File, StandardOutput };

// Where the clip goes, checked before anything is bought. `task_id` is "" where there is no task
// yet. Without --output: nowhere if that is `optional`, else a file named after the task. Throws
// Error.
Target chosen_target(Invocation& invocation, const std::string& task_id, bool optional);

// The clip stands under its name, from an earlier run of the same that was ended before it had
// written what belongs to the clip: writes that, and returns true.
bool finish_earlier_save(Invocation& invocation);

// Carries the invocation's settings out, shows the progress and the result. Throws Error.
int follow(Invocation& invocation, Target target);

}  // namespace airforce::cli
