// SPDX-License-Identifier: LGPL-2.1-or-later
// Who else gets what comes to a pad.
#pragma once

#include <gst/gst.h>

namespace airforce::gst {

// Whether an element before this sink pad, a tee for instance, gives the same data to linked pads
// besides, so that they would miss what no longer comes when its source is stopped.
bool is_shared_stream(GstPad* sink);

}  // namespace airforce::gst
