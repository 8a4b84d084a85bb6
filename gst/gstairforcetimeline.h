// SPDX-License-Identifier: LGPL-2.1-or-later
// The elements that only airforcevideosrc uses: the bin of one clip, and the timeline of a film.
#pragma once

#include <gst/gst.h>

#include "timeline.h"

G_BEGIN_DECLS

// Its pads are those of airforcevideosrc, without the requested ones.
#define GST_TYPE_AIRFORCE_CLIP_BIN (gst_airforce_clip_bin_get_type())
G_DECLARE_FINAL_TYPE(GstAirforceClipBin, gst_airforce_clip_bin, GST, AIRFORCE_CLIP_BIN, GstBin)

#define GST_TYPE_AIRFORCE_TIMELINE (gst_airforce_timeline_get_type())
G_DECLARE_FINAL_TYPE(GstAirforceTimeline, gst_airforce_timeline, GST, AIRFORCE_TIMELINE, GstElement)

G_END_DECLS

// Owned by the element.
airforce::gst::Timeline& gst_airforce_timeline_get(GstAirforceTimeline* self);
