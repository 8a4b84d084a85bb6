// SPDX-License-Identifier: LGPL-2.1-or-later
// What the bins around a source that decodes on its own need of it.
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include <gst/gst.h>

#include "gstreamer/gst_ptr.h"
#include "values/guarded.h"

namespace airforce::gst {

// True if `object` is in a playbin, at whatever depth. Its uridecodebin takes the first EOS of such
// a source for the end of all (proxy_drained_signal() in gsturidecodebin.c), so that the last
// frames of the others would make way for the next item.
bool is_in_playbin(GstObject* object);

// The property "caps" of the uridecodebin or uridecodebin3 that `object` is in: the formats in
// which an application takes streams, which are not decoded any further. nullptr if it is in none.
// The caller's to unref.
GstCaps* outer_caps(GstObject* object);

// The outermost of these, or nullptr.
Ref<GstElement> outer_uridecodebin(GstObject* object);

// Waits for SEGMENT_DONE to leave an element by all of its linked source pads. A flush ends it.
class SegmentWatch {
 public:
  // `left` is called at most once, from the thread that pushes the last event.
  SegmentWatch(GstElement* element, std::function<void()> left);
  SegmentWatch(const SegmentWatch&) = delete;
  SegmentWatch& operator=(const SegmentWatch&) = delete;
  // A call that runs is waited for, unless it is in this thread; none comes later.
  ~SegmentWatch();

 private:
  struct State {
    std::size_t missing = 0;  // pads that have not had it yet
    std::function<void()> left;
  };
  using Listener = Guarded<State, std::recursive_mutex>;
  static GstPadProbeReturn probe(GstPad* pad, GstPadProbeInfo* info, gpointer listener);

  const std::shared_ptr<Listener> listener_;  // the probes have it too, and may outlive this
};

// Waits for an EOS to leave the element in which `bin` is, by any of its source pads.
class EosWatch {
 public:
  // `left` is called at most once, from the thread that pushes the EOS.
  EosWatch(GstElement* bin, std::function<void()> left);
  EosWatch(const EosWatch&) = delete;
  EosWatch& operator=(const EosWatch&) = delete;
  // A call that runs is waited for; none comes later.
  ~EosWatch();

 private:
  using Listener = Guarded<std::function<void()>>;  // none once called, or unwanted
  static GstPadProbeReturn probe(GstPad* pad, GstPadProbeInfo* info, gpointer listener);

  const std::shared_ptr<Listener> listener_;  // the probes have it too, and may outlive this
};

}  // namespace airforce::gst
