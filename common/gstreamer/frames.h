// SPDX-License-Identifier: LGPL-2.1-or-later
// Single decoded frames of a clip: RGB, as players display them, with square pixels.
#pragma once

#include <functional>
#include <string>

#include <gio/gio.h>

#include "gstreamer/gst_ptr.h"

namespace airforce::gst {

using Cancelled = std::function<bool()>;

// Thrown where there is no frame.
struct NoFrame {
  enum class Reason { Stopped, NoElements, Clip };
  Reason reason;
  std::string why;  // GStreamer's words; "" if stopped
};

struct FrameSource {
  std::string element;             // of a launch line; it reads the clip
  GInputStream* stream = nullptr;  // of a giostreamsrc; borrowed
};

// Both block, and look at `cancelled` several times a second. GStreamer has been initialized.
Sample first_frame(const FrameSource& clip, const Cancelled& cancelled);
Sample last_frame(const FrameSource& clip, const Cancelled& cancelled);

}  // namespace airforce::gst
