// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include "gstreamer/gst_ptr.h"

namespace airforce::gst {

// One fixed format for the whole run of a channel: `wanted` (null: anything raw) as far as `peer`
// (null: not linked) takes it, and 1280x720 at 30 frames/s or 48 kHz stereo where neither says
// otherwise. Null where they have nothing in common.
Caps choose_video_caps(const GstCaps* wanted, GstCaps* peer);
Caps choose_audio_caps(const GstCaps* wanted, GstCaps* peer);

}  // namespace airforce::gst
