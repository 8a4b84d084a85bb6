// SPDX-License-Identifier: LGPL-2.1-or-later
#include "playbin.h"

#include <string_view>
#include <utility>

#include "gstreamer/gst_ptr.h"

namespace airforce::gst {

namespace {

const char* factory_name(GstObject* object) {
  GstElementFactory* factory =
      GST_IS_ELEMENT(object) ? gst_element_get_factory(GST_ELEMENT(object)) : nullptr;
  return factory != nullptr ? GST_OBJECT_NAME(factory) : "";
}

}  // namespace

bool is_in_playbin(GstObject* object) {
  bool found = false;
  for (Ref<GstObject> at = share(object); at != nullptr;
       at.reset(gst_object_get_parent(at.get()))) {
    if (g_str_equal(factory_name(at.get()), "playbin")) found = true;
  }
  return found;
}

GstCaps* outer_caps(GstObject* object) {
  for (Ref<GstObject> at = share(object); at != nullptr;
       at.reset(gst_object_get_parent(at.get()))) {
    const std::string_view name = factory_name(at.get());
    if (name != "uridecodebin" && name != "uridecodebin3") continue;
    GstCaps* caps = nullptr;
    g_object_get(at.get(), "caps", &caps, nullptr);
    return caps;
  }
  return nullptr;
}

Ref<GstElement> outer_uridecodebin(GstObject* object) {
  Ref<GstElement> found;
  for (Ref<GstObject> at = share(object); at != nullptr;
       at.reset(gst_object_get_parent(at.get()))) {
    const std::string_view name = factory_name(at.get());
    if (name == "uridecodebin" || name == "uridecodebin3") found = share(GST_ELEMENT(at.get()));
  }
  return found;
}

SegmentWatch::SegmentWatch(GstElement* element, std::function<void()> left)
    : listener_(std::make_shared<Listener>()) {
  listener_->lock()->left = std::move(left);
  const auto watch = [](GstElement*, GstPad* pad, gpointer data) {
    using Shared = std::shared_ptr<Listener>;
    const auto& shared = *static_cast<const Shared*>(data);
    if (!gst_pad_is_linked(pad)) return gboolean{TRUE};
    ++shared->lock()->missing;
    gst_pad_add_probe(pad,
                      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                                   GST_PAD_PROBE_TYPE_EVENT_FLUSH),
                      probe, new Shared(shared),
                      [](gpointer own) { delete static_cast<Shared*>(own); });
    return gboolean{TRUE};
  };
  auto shared = listener_;
  gst_element_foreach_src_pad(element, watch, &shared);
}

SegmentWatch::~SegmentWatch() {
  listener_->lock()->left = nullptr;
}

GstPadProbeReturn SegmentWatch::probe(GstPad*, GstPadProbeInfo* info, gpointer shared) {
  const GstEventType type = GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info));
  const bool is_flush = type == GST_EVENT_FLUSH_START || type == GST_EVENT_FLUSH_STOP;
  if (!is_flush && type != GST_EVENT_SEGMENT_DONE) return GST_PAD_PROBE_OK;
  const std::shared_ptr<Listener> owner = *static_cast<std::shared_ptr<Listener>*>(shared);
  auto listener = owner->lock();
  if (is_flush) {
    listener->left = nullptr;
  } else if (--listener->missing == 0 && listener->left) {
    std::exchange(listener->left, nullptr)();
  }
  return GST_PAD_PROBE_REMOVE;
}

EosWatch::EosWatch(GstElement* bin, std::function<void()> left)
    : listener_(std::make_shared<Listener>(std::move(left))) {
  const Ref<GstObject> around(gst_object_get_parent(GST_OBJECT(bin)));
  if (!GST_IS_ELEMENT(around.get())) return;
  const auto watch = [](GstElement*, GstPad* pad, gpointer listener) {
    using Shared = std::shared_ptr<Listener>;
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, probe,
                      new Shared(*static_cast<const Shared*>(listener)),
                      [](gpointer shared) { delete static_cast<Shared*>(shared); });
    return gboolean{TRUE};
  };
  auto shared = listener_;
  gst_element_foreach_src_pad(GST_ELEMENT(around.get()), watch, &shared);
}

EosWatch::~EosWatch() {
  *listener_->lock() = nullptr;
}

GstPadProbeReturn EosWatch::probe(GstPad*, GstPadProbeInfo* info, gpointer shared) {
  if (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) != GST_EVENT_EOS) return GST_PAD_PROBE_OK;
  auto left = (*static_cast<std::shared_ptr<Listener>*>(shared))->lock();
  if (*left) std::exchange(*left, nullptr)();
  return GST_PAD_PROBE_REMOVE;
}

}  // namespace airforce::gst
