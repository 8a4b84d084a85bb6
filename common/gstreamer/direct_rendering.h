// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

namespace airforce::gst {

// Keeps libav's decoders, once `bin` gets one, from decoding straight into the buffers that they
// push. From GStreamer 1.26 on they abort the process now and then where the coded width is another
// than the clip's, as for 854x480: "video meta uses 864x480 instead of 854x480" (gstavviddec.c,
// seen in 1.26.2 and still asserted in 1.28). A copy of each picture is the price.
void avoid_direct_rendering(GstBin* bin);

}  // namespace airforce::gst
