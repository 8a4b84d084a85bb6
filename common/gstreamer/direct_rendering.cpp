// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gstreamer/direct_rendering.h"

namespace airforce::gst {
namespace {

constexpr const char* kProperty = "direct-rendering";

bool aborts() {
  guint major = 0;
  guint minor = 0;
  guint micro = 0;
  guint nano = 0;
  gst_version(&major, &minor, &micro, &nano);
  return major > 1 || minor >= 25;
}

void added(GstBin*, GstBin*, GstElement* element, gpointer) {
  GstElementFactory* factory = gst_element_get_factory(element);
  if (factory == nullptr || !g_str_has_prefix(GST_OBJECT_NAME(factory), "avdec_")) return;
  if (g_object_class_find_property(G_OBJECT_GET_CLASS(element), kProperty) != nullptr) {
    g_object_set(element, kProperty, FALSE, nullptr);
  }
}

}  // namespace

void avoid_direct_rendering(GstBin* bin) {
  if (aborts()) g_signal_connect(bin, "deep-element-added", G_CALLBACK(added), nullptr);
}

}  // namespace airforce::gst
