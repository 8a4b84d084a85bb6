// SPDX-License-Identifier: LGPL-2.1-or-later
// Names of output files from what is known of a shot. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "values/settings.h"

namespace airforce::cli {

struct OutputNames {
  std::size_t index = 0;  // from 1
  std::string date;       // "2026-01-31"
};

// Replaces {index} ({index:03} with leading zeros), {slug}, {prompt}, {model}, {seed} and {date};
// {task_id} stays, for the core. No value adds a directory. Throws Error{Settings} for another
// placeholder.
std::string expanded_template(const std::string& text, const Settings& settings,
                              const OutputNames& names);

// The first words of a prompt in small letters and digits, joined by '-': "a-red-fox".
std::string slug_of(const std::string& prompt);

}  // namespace airforce::cli
