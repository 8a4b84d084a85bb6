// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace airforce::gst {

// Loads the plugins that a clip will most likely need, once in a process: while a task runs there
// is time for it, and none after.
void preload_decoders();

}  // namespace airforce::gst
