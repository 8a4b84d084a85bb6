// SPDX-License-Identifier: LGPL-2.1-or-later
// From one raw video frame to a PNG, in a small pipeline of its own.
#pragma once

#include <gst/gst.h>

#include "gstreamer/gst_ptr.h"

namespace airforce::gst {

class PngEncoder {
 public:
  PngEncoder();  // throws Failure where an element is missing
  PngEncoder(const PngEncoder&) = delete;
  PngEncoder& operator=(const PngEncoder&) = delete;
  ~PngEncoder();  // never waits for a frame that is being encoded

  // The frame with square pixels, as the bytes of a PNG file. Once; blocks; throws Failure.
  Buffer encode(GstSample* frame);
  // Ends encode() at once. From any thread, at any time; never blocks.
  void cancel();

 private:
  Ref<GstElement> pipeline_;
  Ref<GstBus> bus_;
  bool is_busy_ = false;  // the thread's that encodes
};

}  // namespace airforce::gst
