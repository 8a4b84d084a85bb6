// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_AIRFORCE_CHANNEL_SRC (gst_airforce_channel_src_get_type())
G_DECLARE_FINAL_TYPE(GstAirforceChannelSrc, gst_airforce_channel_src, GST, AIRFORCE_CHANNEL_SRC,
                     GstBin)

GST_ELEMENT_REGISTER_DECLARE(airforcechannelsrc)

G_END_DECLS

// What the mixers take and give.
inline constexpr const char* kChannelVideoCaps =
    "video/x-raw,format={I420,NV12,YV12,Y42B,Y444,YUY2,UYVY,AYUV,RGB,BGR,RGBx,BGRx,xRGB,xBGR,RGBA,"
    "BGRA,ARGB,ABGR},width=[1,max],height=[1,max],framerate=(fraction)[1/1,max]";
inline constexpr const char* kChannelAudioCaps =
    "audio/x-raw,format={F32LE,S16LE,S32LE,F64LE},layout=interleaved,rate=[1,max],"
    "channels=[1,8]";
