// SPDX-License-Identifier: LGPL-2.1-or-later
#include "channel/item_bin.h"

struct _GstAirforceItemBin {
  GstBin parent;
};

G_DEFINE_TYPE(GstAirforceItemBin, gst_airforce_item_bin, GST_TYPE_BIN)

static GstStateChangeReturn gst_airforce_item_bin_change_state(GstElement* element,
                                                               GstStateChange transition) {
  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(gst_airforce_item_bin_parent_class)->change_state(element, transition);
  return result == GST_STATE_CHANGE_ASYNC ? GST_STATE_CHANGE_SUCCESS : result;
}

static void gst_airforce_item_bin_handle_message(GstBin* bin, GstMessage* message) {
  switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ASYNC_START:
    case GST_MESSAGE_ASYNC_DONE: gst_message_unref(message); break;
    default: GST_BIN_CLASS(gst_airforce_item_bin_parent_class)->handle_message(bin, message);
  }
}

static void gst_airforce_item_bin_class_init(GstAirforceItemBinClass* klass) {
  GST_ELEMENT_CLASS(klass)->change_state = gst_airforce_item_bin_change_state;
  GST_BIN_CLASS(klass)->handle_message = gst_airforce_item_bin_handle_message;
  gst_element_class_set_static_metadata(
      GST_ELEMENT_CLASS(klass), "Item of a channel", "Source/Network/Video/Audio",
      "Converts one clip to the channel's format", "The airforce-video authors");
}

static void gst_airforce_item_bin_init(GstAirforceItemBin*) {}
