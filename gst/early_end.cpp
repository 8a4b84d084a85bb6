// SPDX-License-Identifier: LGPL-2.1-or-later
#include "early_end.h"

#include <string>

#include <pthread.h>

#include "gstreamer/gst_ptr.h"

namespace airforce::gst {
namespace {

GstPad* add_pad(GstElement* element, const char* kind) {
  const std::string name = std::string(kind) + "_0";
  if (const Ref<GstPad> there{gst_element_get_static_pad(element, name.c_str())}) return nullptr;
  GstPadTemplate* made_from =
      gst_element_get_pad_template(element, (std::string(kind) + "_%u").c_str());
  GstPad* pad = gst_pad_new_from_template(made_from, name.c_str());
  gst_pad_set_active(pad, TRUE);
  const Event start(gst_event_new_stream_start(name.c_str()));
  GstSegment segment;
  gst_segment_init(&segment, kind == std::string("container") ? GST_FORMAT_BYTES : GST_FORMAT_TIME);
  const Event begin(gst_event_new_segment(&segment));
  gst_pad_store_sticky_event(pad, start.get());
  gst_pad_store_sticky_event(pad, begin.get());
  gst_element_add_pad(element, pad);
  return pad;
}

}  // namespace

EarlyEnd::EarlyEnd(GstBin* bin, const std::vector<const char*>& kinds, GstEvent* eos) : bin_(bin) {
  for (const char* kind : kinds) {
    if (GstPad* pad = add_pad(GST_ELEMENT(bin), kind)) added_.push_back(pad);
  }
  const auto collect = [](GstElement*, GstPad* pad, gpointer pads) {
    static_cast<std::vector<GstPad*>*>(pads)->push_back(GST_PAD(gst_object_ref(pad)));
    return gboolean{TRUE};
  };
  gst_element_foreach_src_pad(GST_ELEMENT(bin), collect, &pads_);
  const guint32 seqnum = gst_event_get_seqnum(eos);
  for (GstPad* pad : pads_) {
    threads_.emplace_back([pad, seqnum] {
      pthread_setname_np(pthread_self(), "airforce-eos");
      GstEvent* own = gst_event_new_eos();
      gst_event_set_seqnum(own, seqnum);
      gst_pad_push_event(pad, own);
    });
  }
}

EarlyEnd::~EarlyEnd() {
  for (GstPad* pad : pads_) gst_pad_push_event(pad, gst_event_new_flush_start());
  for (std::thread& thread : threads_) thread.join();
  for (GstPad* pad : pads_) gst_pad_push_event(pad, gst_event_new_flush_stop(TRUE));
  for (GstPad* pad : pads_) gst_object_unref(pad);
  for (GstPad* pad : added_) {
    gst_pad_set_active(pad, FALSE);
    gst_element_remove_pad(GST_ELEMENT(bin_), pad);
  }
}

}  // namespace airforce::gst
