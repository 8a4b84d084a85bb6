// SPDX-License-Identifier: LGPL-2.1-or-later
// The parts of the man page that come from the tables, so that the page can't fall behind --help.
// Pure.
#pragma once

#include <string>
#include <string_view>

namespace airforce::cli {

// Text as roff takes it: '-' and '\' escaped, no line taken for a request.
std::string roff_text(std::string_view text);

// A page's source with the lines @COMMANDS@ and @EXIT_CODES@ replaced, and @VERSION@ wherever it
// stands.
std::string filled_manual(std::string_view source);

}  // namespace airforce::cli
