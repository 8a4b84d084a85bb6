// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace airforce::http {

// Retry-After (RFC 9110, 10.2.3): seconds or an HTTP date, as seconds from `unix_now`, never
// negative. Unset if it is neither.
std::optional<double> retry_after(std::string_view header, std::int64_t unix_now);

}  // namespace airforce::http
