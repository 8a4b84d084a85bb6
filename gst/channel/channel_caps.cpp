// SPDX-License-Identifier: LGPL-2.1-or-later
#include "channel/channel_caps.h"

#include "gstairforcechannelsrc.h"

namespace airforce::gst {
namespace {

// Structures that the peer takes in the order of our preference.
Caps common(const GstCaps* wanted, GstCaps* peer, const char* any) {
  Caps own(wanted != nullptr ? gst_caps_copy(wanted) : gst_caps_from_string(any));
  if (peer != nullptr)
    own.reset(gst_caps_intersect_full(peer, own.get(), GST_CAPS_INTERSECT_FIRST));
  // Memory that is not the system's cannot be mixed here.
  own.reset(gst_caps_make_writable(own.release()));
  gst_caps_filter_and_map_in_place(
      own.get(),
      [](GstCapsFeatures* features, GstStructure*, gpointer) -> gboolean {
        return features == nullptr ||
               gst_caps_features_is_equal(features, GST_CAPS_FEATURES_MEMORY_SYSTEM_MEMORY);
      },
      nullptr);
  if (gst_caps_is_empty(own.get())) return nullptr;
  own.reset(gst_caps_truncate(own.release()));
  return own;
}

void prefer(GstStructure* structure, const char* field, int value) {
  if (gst_structure_has_field(structure, field)) {
    gst_structure_fixate_field_nearest_int(structure, field, value);
  } else {
    gst_structure_set(structure, field, G_TYPE_INT, value, nullptr);
  }
}

void prefer(GstStructure* structure, const char* field, const char* value) {
  if (gst_structure_has_field(structure, field)) {
    gst_structure_fixate_field_string(structure, field, value);
  } else {
    gst_structure_set(structure, field, G_TYPE_STRING, value, nullptr);
  }
}

void prefer_fraction(GstStructure* structure, const char* field, int numerator) {
  if (gst_structure_has_field(structure, field)) {
    gst_structure_fixate_field_nearest_fraction(structure, field, numerator, 1);
  } else {
    gst_structure_set(structure, field, GST_TYPE_FRACTION, numerator, 1, nullptr);
  }
}

Caps fixed(Caps caps) {
  return Caps(gst_caps_fixate(caps.release()));
}

}  // namespace

Caps choose_video_caps(const GstCaps* wanted, GstCaps* peer) {
  Caps caps = common(wanted, peer, kChannelVideoCaps);
  if (!caps) return caps;
  GstStructure* structure = gst_caps_get_structure(caps.get(), 0);
  prefer(structure, "format", "I420");
  prefer(structure, "width", 1280);
  prefer(structure, "height", 720);
  prefer_fraction(structure, "framerate", 30);
  prefer_fraction(structure, "pixel-aspect-ratio", 1);
  return fixed(std::move(caps));
}

Caps choose_audio_caps(const GstCaps* wanted, GstCaps* peer) {
  Caps caps = common(wanted, peer, kChannelAudioCaps);
  if (!caps) return caps;
  GstStructure* structure = gst_caps_get_structure(caps.get(), 0);
  prefer(structure, "format", "F32LE");
  prefer(structure, "layout", "interleaved");
  prefer(structure, "rate", 48000);
  prefer(structure, "channels", 2);
  int channels = 2;
  gst_structure_get_int(structure, "channels", &channels);
  if (channels > 2 && !gst_structure_has_field(structure, "channel-mask")) {
    gst_structure_set(structure, "channel-mask", GST_TYPE_BITMASK,
                      (G_GUINT64_CONSTANT(1) << channels) - 1, nullptr);
  }
  return fixed(std::move(caps));
}

}  // namespace airforce::gst
