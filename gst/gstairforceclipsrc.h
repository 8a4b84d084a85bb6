// SPDX-License-Identifier: LGPL-2.1-or-later
// The bytes of a clip whose download may not have ended, as a pull source. Private to
// airforcevideosrc.
#pragma once

#include <memory>

#include <gst/base/gstbasesrc.h>

#include "core.h"

G_BEGIN_DECLS

#define GST_TYPE_AIRFORCE_CLIP_SRC (gst_airforce_clip_src_get_type())
G_DECLARE_FINAL_TYPE(GstAirforceClipSrc, gst_airforce_clip_src, GST, AIRFORCE_CLIP_SRC, GstBaseSrc)

G_END_DECLS

// A new floating element that reads the clip of `generation`, which has a task. A read that fails
// posts the core's error.
GstElement* gst_airforce_clip_src_new(std::shared_ptr<airforce::gst::CoreGeneration> generation);
// The generation's run() has succeeded: reads, which have waited for that, continue. Thread-safe.
void gst_airforce_clip_src_open(GstAirforceClipSrc* self);

// What the watcher of the arrival has found, for answers to BUFFERING queries: bytes a second, and
// the percentage of the last BUFFERING message. Thread-safe.
void gst_airforce_clip_src_set_supply(GstAirforceClipSrc* self, double rate, int percent);
// Where the last read began. Thread-safe.
guint64 gst_airforce_clip_src_position(GstAirforceClipSrc* self);

// Lets go of the generation: whoever still holds the element, as a message on the bus does, holds
// the download no longer. After the element was stopped.
void gst_airforce_clip_src_close(GstAirforceClipSrc* self);
