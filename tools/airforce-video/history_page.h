// SPDX-License-Identifier: LGPL-2.1-or-later
// The history as a page for a browser. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/history.h"

namespace airforce::cli {

// One HTML file that loads nothing from the network: the clips are played from where they were
// saved. Every text is escaped, and a content security policy forbids the rest.
std::string history_page(const std::vector<HistoryEntry>& entries);

// Whether a file that begins like this is such a page.
bool is_history_page(std::string_view beginning);

}  // namespace airforce::cli
