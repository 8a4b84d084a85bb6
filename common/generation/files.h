// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <string>

namespace airforce {

// The whole content of a path or file: URI. `what` names it in errors ("the image", "the prompt
// file"). Throws Error{Settings} that says why it can't be read, or that it is larger than
// `largest` bytes; `regular_only`: or that it is a pipe or a device, which may have no end. Takes
// the memory of what is read, whatever `largest` is.
std::string read_input_file(const std::string& name, const std::string& what, std::size_t largest,
                            bool regular_only = false);

}  // namespace airforce
