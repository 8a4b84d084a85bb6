// SPDX-License-Identifier: LGPL-2.1-or-later
// Names of output files from what is known of a shot before it is made. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "values/settings.h"

namespace airforce::cli {

struct OutputName {
  std::string location;  // for the core: what it knows of the shot itself is still a placeholder
  std::string path;      // the file; "" where it depends on a task that does not exist yet
};

// `pattern` with the shot's number (from 1) and the time of the whole; its other placeholders are
// those of common/generation/location.h. Throws Error{Settings} for a placeholder that there is
// not.
OutputName output_name(const std::string& pattern, const Settings& settings, std::size_t number,
                       std::int64_t unix_seconds);

}  // namespace airforce::cli
