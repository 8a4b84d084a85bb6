// SPDX-License-Identifier: LGPL-2.1-or-later
// The bin of one item of a channel. Its way to PAUSED takes as long as the generation, which is no
// concern of the channel's state: it is PAUSED at once for whoever asks.
//
// GstBin counts the last result of a child whose state is locked. One that stays ASYNC would have a
// pipeline repeat its own change to PLAYING without a pause until the clip is there.
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_AIRFORCE_ITEM_BIN (gst_airforce_item_bin_get_type())
G_DECLARE_FINAL_TYPE(GstAirforceItemBin, gst_airforce_item_bin, GST, AIRFORCE_ITEM_BIN, GstBin)

G_END_DECLS
