// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace airforce {

// Fills `buffer` from a file; short only at its end. Throws std::system_error.
std::size_t read_fully(int descriptor, std::uint64_t offset, std::span<char> buffer);

}  // namespace airforce
