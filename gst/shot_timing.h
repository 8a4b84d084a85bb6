// SPDX-License-Identifier: LGPL-2.1-or-later
// What of a shot is shown.
#pragma once

#include <gst/gst.h>

#include "colour_match.h"

namespace airforce::gst {

struct ShotTiming {
  GstClockTime skip = 0;    // of the clip's beginning: it repeats the last frame before it
  GstClockTime length = 0;  // of what is shown
  ColourMatch colour;
};

}  // namespace airforce::gst
