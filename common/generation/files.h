// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <gio/gio.h>

#include "retry/deadline.h"

namespace airforce {

// What ends the reading of a file that blocks: a pipe that nobody writes to, a mount whose server
// is gone.
struct ReadLimits {
  GCancellable* cancellable = nullptr;
  std::optional<Deadline> deadline;
};

enum class FileKind {
  Regular,        // only that: anything else is refused
  RegularOrPipe,  // also a pipe, a terminal or a device, read to its end
};

// The whole content of a path or file: URI. `what` names it in errors ("the image", "the prompt
// file"). Throws Error{Settings} that says why it can't be read, or that it is larger than
// `largest` bytes; Error{Cancelled}; Error{Timeout}.
std::string read_input_file(const std::string& name, const std::string& what, std::size_t largest,
                            FileKind kind, const ReadLimits& limits = {});

// Returns when the file system answers for this path, whatever it says of it: a mount whose server
// is gone would block whoever opens it. `what` names it ("the store"). Throws
// Error{Cancelled}; Error{Timeout}.
void wait_for_file_system(const std::string& path, const std::string& what,
                          const ReadLimits& limits);

}  // namespace airforce
