// SPDX-License-Identifier: LGPL-2.1-or-later
// What comes between a program and its files: pread() and pwrite() of this program stand before
// those of the C library.
#pragma once

#include <functional>

namespace airforce::test {

// Called instead of the next call that this thread makes: what it returns is the call's errno, 0
// lets the call continue.
extern thread_local std::function<int()> at_next_read;
extern thread_local std::function<int()> at_next_write;

}  // namespace airforce::test
