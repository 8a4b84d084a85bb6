// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace airforce {

// The candidate that somebody who wrote `text` most likely meant, or "" if none is close: at most
// one edit in three characters, the beginning of a name, or one of its words; upper and lower case
// alike, '-' and '_' alike.
std::string close_match(std::string_view text, const std::vector<std::string>& candidates);

}  // namespace airforce
