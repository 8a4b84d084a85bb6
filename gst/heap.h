// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace airforce::gst {

// What has been freed goes back to the system: glibc keeps it in the arena of each thread, also of
// those that have ended or that wait for minutes. Takes about a millisecond; from any thread.
void give_memory_back();

}  // namespace airforce::gst
