// SPDX-License-Identifier: LGPL-2.1-or-later
// The pictures of a request that come from the element's request pads.
#pragma once

#include <functional>
#include <vector>

#include <gst/gst.h>

#include "core.h"
#include "gstreamer/gst_ptr.h"
#include "images.h"
#include "png_encoder.h"
#include "values/guarded.h"

namespace airforce::gst {

class RequestImages {
 public:
  // Both outlive this.
  RequestImages(GstElement* element, Images& images) : element_(element), images_(images) {}

  bool are_awaited() const { return !images_.awaited().empty(); }
  // Waits for the pads' pictures. Throws Failure, also once `cancelled` is true after a cancel().
  std::vector<Image> wait(const std::function<bool()>& cancelled);
  // Adds them, as they came or as PNGs. Throws Failure. Their buffers go back to where they come
  // from, a camera perhaps.
  void add(CoreSettings& settings, std::vector<Image> images);
  // Ends the wait. Never blocks; from any thread.
  void cancel();

 private:
  void add(CoreSettings& settings, const Image& image);
  Buffer encoded(const Image& image);
  void publish(PngEncoder* encoder);

  GstElement* const element_;
  Images& images_;

  struct Encoding {
    bool cancelled = false;
    PngEncoder* encoder = nullptr;  // while it encodes
  };
  Guarded<Encoding> encoding_;
};

}  // namespace airforce::gst
