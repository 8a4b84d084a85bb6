// SPDX-License-Identifier: LGPL-2.1-or-later
// Ownership of GStreamer's types by RAII, where g_autoptr (a C scope) is not enough: members,
// containers, returns.
#pragma once

#include <memory>

#include <gst/gst.h>

namespace airforce::gst {

// Overloads, as GStreamer's functions for these are inline ones of C, which are no template
// arguments outside of one file.
struct Release {
  void operator()(GstBuffer* buffer) const { gst_buffer_unref(buffer); }
  void operator()(GstCaps* caps) const { gst_caps_unref(caps); }
  void operator()(GstEvent* event) const { gst_event_unref(event); }
  void operator()(GstMessage* message) const { gst_message_unref(message); }
  void operator()(GstSample* sample) const { gst_sample_unref(sample); }
  void operator()(GstStructure* structure) const { gst_structure_free(structure); }
  void operator()(GstTagList* tags) const { gst_tag_list_unref(tags); }
  void operator()(gpointer object) const { gst_object_unref(object); }
};

// A reference to what is a GstObject.
template <typename T>
using Ref = std::unique_ptr<T, Release>;
using Buffer = std::unique_ptr<GstBuffer, Release>;
using Caps = std::unique_ptr<GstCaps, Release>;
using Event = std::unique_ptr<GstEvent, Release>;
using Message = std::unique_ptr<GstMessage, Release>;
using Sample = std::unique_ptr<GstSample, Release>;
using Structure = std::unique_ptr<GstStructure, Release>;
using TagList = std::unique_ptr<GstTagList, Release>;

// Another reference to `object`, which is one.
template <typename T>
Ref<T> share(T* object) {
  return Ref<T>(static_cast<T*>(gst_object_ref(object)));
}

}  // namespace airforce::gst
