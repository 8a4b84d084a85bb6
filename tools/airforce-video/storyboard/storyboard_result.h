// SPDX-License-Identifier: LGPL-2.1-or-later
// The last line that film and batch print, as text or as JSON.
#pragma once

#include <cstddef>
#include <string>

#include "invocation.h"
#include "media/media.h"
#include "storyboard/film_progress.h"

namespace airforce::cli {

// `progress` knows what was charged; nullptr where nothing was bought.
void write_result(Invocation& invocation, std::size_t made, std::size_t existed,
                  const FilmProgress* progress, const std::string& text);

void write_film_result(Invocation& invocation, const FilmResult& result,
                       const FilmProgress& progress);

}  // namespace airforce::cli
