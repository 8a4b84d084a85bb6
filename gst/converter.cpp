// SPDX-License-Identifier: LGPL-2.1-or-later
#include "converter.h"

#include <utility>

#include "debug.h"
#include "gstreamer/gst_ptr.h"

namespace airforce::gst {
namespace {

// What the elements of the conversion make of anything in the same kind.
Caps convertible(const GstPad* pad) {
  const bool is_video = g_str_has_prefix(GST_OBJECT_NAME(pad), "video");
  return Caps(gst_caps_from_string(is_video ? "video/x-raw" : "audio/x-raw"));
}

// Whether any of the structures takes the frame rate of `caps`.
bool takes_rate(const GstCaps* allowed, const GstCaps* caps) {
  const GValue* rate = gst_structure_get_value(gst_caps_get_structure(caps, 0), "framerate");
  if (rate == nullptr || gst_caps_is_any(allowed)) return true;
  for (guint i = 0; i < gst_caps_get_size(allowed); ++i) {
    const GValue* one = gst_structure_get_value(gst_caps_get_structure(allowed, i), "framerate");
    if (one == nullptr || gst_value_intersect(nullptr, one, rate)) return true;
  }
  return false;
}

// Answers a CAPS query with `own` and what can be converted to or from it.
void widen(GstQuery* query, const GstCaps* own, const GstPad* pad) {
  GstCaps* filter = nullptr;
  gst_query_parse_caps(query, &filter);
  Caps wide(gst_caps_merge(gst_caps_copy(own), convertible(pad).release()));
  if (filter != nullptr) {
    wide.reset(gst_caps_intersect_full(filter, wide.get(), GST_CAPS_INTERSECT_FIRST));
  }
  gst_query_set_caps_result(query, wide.get());
}

}  // namespace

Converter::Converter(GstBin* bin, GstPad* target, GstPad* ghost, std::string kind, Refused refused)
    : bin_(bin),
      target_(target),
      ghost_(ghost),
      kind_(std::move(kind)),
      refused_(std::move(refused)) {
  gst_pad_add_probe(
      target,
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM | GST_PAD_PROBE_TYPE_BUFFER),
      probe, this, nullptr);
  // A link is refused by what the pad says that it can give, a decoder by what the pad accepts.
  gst_pad_set_query_function(ghost, query_ghost);
  const Ref<GstProxyPad> inside(gst_proxy_pad_get_internal(GST_PROXY_PAD(ghost)));
  gst_pad_set_query_function(GST_PAD(inside.get()), query_inside);
}

Converter::~Converter() {
  for (GstElement* element : elements_) {
    gst_element_set_locked_state(element, TRUE);
    gst_element_set_state(element, GST_STATE_NULL);
    gst_bin_remove(bin_, element);
  }
}

gboolean Converter::query_ghost(GstPad* ghost, GstObject* parent, GstQuery* query) {
  if (gst_pad_query_default(ghost, parent, query) == FALSE) return FALSE;
  if (GST_QUERY_TYPE(query) == GST_QUERY_CAPS) {
    GstCaps* own = nullptr;
    gst_query_parse_caps_result(query, &own);
    widen(query, own, ghost);
  }
  return TRUE;
}

gboolean Converter::query_inside(GstPad* internal, GstObject* parent, GstQuery* query) {
  if (GST_QUERY_TYPE(query) == GST_QUERY_ACCEPT_CAPS) {
    gst_query_set_accept_caps_result(query, TRUE);  // it is converted if need be
    return TRUE;
  }
  if (gst_pad_query_default(internal, parent, query) == FALSE) return FALSE;
  if (GST_QUERY_TYPE(query) == GST_QUERY_CAPS) {
    GstCaps* downstream = nullptr;
    gst_query_parse_caps_result(query, &downstream);
    const Ref<GstProxyPad> ghost(gst_proxy_pad_get_internal(GST_PROXY_PAD(internal)));
    if (ghost != nullptr) widen(query, downstream, GST_PAD(ghost.get()));
  }
  return TRUE;
}

GstPadProbeReturn Converter::probe(GstPad*, GstPadProbeInfo* info, gpointer self) {
  auto* converter = static_cast<Converter*>(self);
  if ((GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER) == 0) {
    return converter->look_at(GST_PAD_PROBE_INFO_EVENT(info));
  }
  if (converter->needed_) converter->convert();
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn Converter::look_at(GstEvent* event) {
  if (!elements_.empty()) return GST_PAD_PROBE_OK;
  if (GST_EVENT_TYPE(event) == GST_EVENT_CAPS) {
    GstCaps* caps = nullptr;
    gst_event_parse_caps(event, &caps);
    needed_ = !is_accepted(caps);
  }
  if (!needed_) return GST_PAD_PROBE_OK;
  // Links are changed between buffers only: sticky events then come again, in their order.
  if (GST_EVENT_IS_STICKY(event) && GST_EVENT_TYPE(event) != GST_EVENT_EOS) {
    return GST_PAD_PROBE_DROP;
  }
  if (GST_EVENT_IS_SERIALIZED(event)) convert();
  return GST_PAD_PROBE_OK;
}

bool Converter::is_accepted(GstCaps* caps) {
  const Caps allowed(gst_pad_peer_query_caps(ghost_, nullptr));
  if (gst_caps_can_intersect(allowed.get(), caps)) return true;
  const Caps plain = convertible(ghost_);
  const bool converts =
      gst_caps_can_intersect(allowed.get(), plain.get()) && gst_caps_is_subset(caps, plain.get());
  if (converts) {
    needs_rate_ = !takes_rate(allowed.get(), caps);
    return false;
  }
  if (!std::exchange(refused_once_, true)) {
    g_autofree char* wanted = gst_caps_to_string(allowed.get());
    refused_(wanted);
  }
  return true;
}

GstElement* Converter::add(const char* factory) {
  GstElement* element = gst_element_factory_make(factory, nullptr);
  if (element == nullptr) return nullptr;
  gst_bin_add(bin_, element);
  elements_.push_back(element);
  return element;
}

bool Converter::convert() {
  needed_ = false;
  const std::vector<const char*> factories =
      kind_ == "audio" ? std::vector<const char*>{"audioconvert", "audioresample"}
                       : std::vector<const char*>{"videoconvert", "videoscale"};
  bool complete = true;
  if (needs_rate_) complete = add("videorate") != nullptr;
  for (const char* factory : factories) complete = add(factory) != nullptr && complete;
  if (!complete) {
    GST_WARNING_OBJECT(ghost_, "an element for the conversion is missing");
    return false;
  }
  for (std::size_t i = 1; i < elements_.size(); ++i) {
    gst_element_link(elements_[i - 1], elements_[i]);
  }
  GST_INFO_OBJECT(ghost_, "converts to what is accepted downstream");
  // These elements are configured for that, and nothing more.
  const Ref<GstProxyPad> inside(gst_proxy_pad_get_internal(GST_PROXY_PAD(ghost_)));
  gst_pad_set_query_function(GST_PAD(inside.get()), gst_pad_query_default);
  const Ref<GstPad> out(gst_element_get_static_pad(elements_.back(), "src"));
  const Ref<GstPad> in(gst_element_get_static_pad(elements_.front(), "sink"));
  gst_ghost_pad_set_target(GST_GHOST_PAD(ghost_), out.get());
  for (auto element = elements_.rbegin(); element != elements_.rend(); ++element) {
    gst_element_sync_state_with_parent(*element);
  }
  return gst_pad_link(target_, in.get()) == GST_PAD_LINK_OK;
}

}  // namespace airforce::gst
