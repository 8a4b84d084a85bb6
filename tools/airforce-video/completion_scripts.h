// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>

namespace airforce::cli {

struct CompletionScript {
  const char* shell;  // "bash"
  const char* text;
};

// What `meson install` puts where the shells look, too.
std::span<const CompletionScript> completion_scripts();

}  // namespace airforce::cli
