// SPDX-License-Identifier: LGPL-2.1-or-later
// The sound of a clip that has none, for who has asked for sound and linked it.
#pragma once

#include <gst/gst.h>

#include "gstreamer/gst_ptr.h"

namespace airforce::gst {

// A floating element that gives silence of this length; nullptr where GStreamer lacks what it
// takes.
GstElement* make_silence(GstClockTime duration);

// The start of the stream of silence that belongs to the stream of `beside`, which was started.
Event silent_stream_start(GstPad* beside);

// Whether a pad of the bin was marked as one of silence, or an element was made by make_silence().
void mark_as_silence(GstPad* pad);
bool is_silence(gpointer object);

// `seek`, ending with the clip.
Event bounded(GstEvent* seek, GstClockTime duration);

}  // namespace airforce::gst
