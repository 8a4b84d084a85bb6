// SPDX-License-Identifier: LGPL-2.1-or-later
// Brings the colours of a shot to those of another: a straight line for each of brightness and the
// two differences of colour, or for each of red, green and blue.
#pragma once

#include <array>

#include <gst/video/video.h>

#include "gstreamer/cells.h"

namespace airforce::gst {

struct ColourMatch {
  std::array<Line, 3> yuv;
  std::array<Line, 3> rgb;

  // Whether nobody would see a difference.
  bool is_identity() const;
  // Whether apply() changes pictures of this format.
  static bool takes(const GstVideoInfo& info);
  // Changes the pixels of a mapped frame, one of 8 bits a component.
  void apply(GstVideoFrame& frame) const;
};

}  // namespace airforce::gst
