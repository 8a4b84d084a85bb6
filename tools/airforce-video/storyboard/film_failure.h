// SPDX-License-Identifier: LGPL-2.1-or-later
// How a film or batch that is not all made is reported at its end.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "film/film.h"

namespace airforce::cli {

// Of the first shot that failed; `numbers` are the shots' in the storyboard.
std::optional<Error> first_failure(const Film& film, const std::vector<std::size_t>& numbers);

// After Ctrl-C. Each shot has reported the charge status of its task.
Error interruption(const Film& film);

// About the clip of a shot, which is paid for. Its path is a name of ours.
Error error_of_clip(Error error, const std::string& path, std::size_t number, const Task& task);

}  // namespace airforce::cli
