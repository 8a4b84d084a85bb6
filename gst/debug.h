// SPDX-License-Identifier: LGPL-2.1-or-later
// The debug category of the element and its parts, "airforcevideosrc", which the macros of
// GStreamer that write to the log, such as GST_DEBUG_OBJECT, use where this is included.
#pragma once

#include <gst/gst.h>

GST_DEBUG_CATEGORY_EXTERN(airforce_video_src_debug);
#define GST_CAT_DEFAULT airforce_video_src_debug
