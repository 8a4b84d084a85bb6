// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gstairforcetimeline.h"

using airforce::gst::Timeline;

struct _GstAirforceClipBin {
  GstBin parent;
};

G_DEFINE_TYPE(GstAirforceClipBin, gst_airforce_clip_bin, GST_TYPE_BIN)

struct _GstAirforceTimeline {
  GstElement parent;
  Timeline* timeline;  // owned
};

G_DEFINE_TYPE(GstAirforceTimeline, gst_airforce_timeline, GST_TYPE_ELEMENT)

static GstStaticPadTemplate clip_video =
    GST_STATIC_PAD_TEMPLATE("video_%u", GST_PAD_SRC, GST_PAD_SOMETIMES, GST_STATIC_CAPS_ANY);
static GstStaticPadTemplate clip_audio =
    GST_STATIC_PAD_TEMPLATE("audio_%u", GST_PAD_SRC, GST_PAD_SOMETIMES, GST_STATIC_CAPS_ANY);

static GstStaticPadTemplate clip_container =
    GST_STATIC_PAD_TEMPLATE("container_%u", GST_PAD_SRC, GST_PAD_SOMETIMES, GST_STATIC_CAPS_ANY);

static void gst_airforce_clip_bin_class_init(GstAirforceClipBinClass* klass) {
  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  gst_element_class_add_static_pad_template(element_class, &clip_video);
  gst_element_class_add_static_pad_template(element_class, &clip_audio);
  gst_element_class_add_static_pad_template(element_class, &clip_container);
  gst_element_class_set_static_metadata(element_class, "Generated clip", "Source/Network/Video",
                                        "Demuxes and decodes one clip",
                                        "The airforce-video authors");
}

static void gst_airforce_clip_bin_init(GstAirforceClipBin* self) {
  GST_OBJECT_FLAG_SET(self, GST_BIN_FLAG_STREAMS_AWARE);
}

static void gst_airforce_timeline_finalize(GObject* object) {
  delete GST_AIRFORCE_TIMELINE(object)->timeline;
  G_OBJECT_CLASS(gst_airforce_timeline_parent_class)->finalize(object);
}

static void gst_airforce_timeline_class_init(GstAirforceTimelineClass* klass) {
  G_OBJECT_CLASS(klass)->finalize = gst_airforce_timeline_finalize;
  gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(klass), "Timeline of a film", "Generic",
                                        "Places clips one after the other",
                                        "The airforce-video authors");
}

static void gst_airforce_timeline_init(GstAirforceTimeline* self) {
  self->timeline = new Timeline(GST_ELEMENT(self));
}

Timeline& gst_airforce_timeline_get(GstAirforceTimeline* self) {
  return *self->timeline;
}
