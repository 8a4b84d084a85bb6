// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_AIRFORCE_VIDEO_SRC (gst_airforce_video_src_get_type())
G_DECLARE_FINAL_TYPE(GstAirforceVideoSrc, gst_airforce_video_src, GST, AIRFORCE_VIDEO_SRC, GstBin)

GST_ELEMENT_REGISTER_DECLARE(airforcevideosrc)

G_END_DECLS

namespace airforce::gst {
struct Series;

// Where the next request stands among others; for elements of this plugin. In NULL and READY.
void set_series(GstElement* source, Series series);
}  // namespace airforce::gst
