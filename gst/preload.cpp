// SPDX-License-Identifier: LGPL-2.1-or-later
#include "preload.h"

#include <mutex>

#include <gst/gst.h>

namespace airforce::gst {
namespace {

void load(GstElementFactory* factory) {
  if (factory == nullptr) return;
  if (GstPluginFeature* loaded = gst_plugin_feature_load(GST_PLUGIN_FEATURE(factory))) {
    gst_object_unref(loaded);
  }
}

// The one that decodebin3 would try first.
void load_best(GstElementFactoryListType type, const char* format) {
  g_autoptr(GstCaps) caps = gst_caps_from_string(format);
  GList* all = gst_element_factory_list_get_elements(type, GST_RANK_MARGINAL);
  GList* fitting = gst_element_factory_list_filter(all, caps, GST_PAD_SINK, FALSE);
  if (fitting != nullptr) load(GST_ELEMENT_FACTORY(fitting->data));
  gst_plugin_feature_list_free(fitting);
  gst_plugin_feature_list_free(all);
}

}  // namespace

void preload_decoders() {
  static std::once_flag once;
  std::call_once(once, [] {
    g_autoptr(GstElementFactory) decodebin = gst_element_factory_find("decodebin3");
    load(decodebin);
    load_best(GST_ELEMENT_FACTORY_TYPE_DEMUXER, "video/quicktime");
    for (const char* format : {"video/x-h264", "audio/mpeg, mpegversion=(int)4"}) {
      load_best(GST_ELEMENT_FACTORY_TYPE_PARSER, format);
      load_best(GST_ELEMENT_FACTORY_TYPE_DECODER, format);
    }
  });
}

}  // namespace airforce::gst
