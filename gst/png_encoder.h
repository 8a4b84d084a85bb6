// SPDX-License-Identifier: LGPL-2.1-or-later
// From one raw video frame to a PNG, in a small pipeline of its own.
#pragma once

#include <memory>

#include <gst/gst.h>

namespace airforce::gst {

struct BufferUnref {
  void operator()(GstBuffer* buffer) const { gst_buffer_unref(buffer); }
};
using Buffer = std::unique_ptr<GstBuffer, BufferUnref>;

struct SampleUnref {
  void operator()(GstSample* sample) const { gst_sample_unref(sample); }
};
using Sample = std::unique_ptr<GstSample, SampleUnref>;

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
  struct Unref {
    void operator()(gpointer object) const { gst_object_unref(object); }
  };
  std::unique_ptr<GstElement, Unref> pipeline_;
  std::unique_ptr<GstBus, Unref> bus_;
  bool is_busy_ = false;  // the thread's that encodes
};

}  // namespace airforce::gst
