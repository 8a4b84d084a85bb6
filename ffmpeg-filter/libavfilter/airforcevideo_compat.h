// SPDX-License-Identifier: LGPL-2.1-or-later
// What differs between the versions of FFmpeg, 5.1 to 9.0.
#ifndef AVFILTER_AIRFORCEVIDEO_COMPAT_H
#define AVFILTER_AIRFORCEVIDEO_COMPAT_H

#include "avfilter.h"
#include "filters.h"
#include "libavcodec/avcodec.h"
#include "libavformat/avformat.h"
#include "libavformat/version.h"
#include "version.h"

#if LIBAVFILTER_VERSION_MAJOR >= 11
#define FILTER_TYPE FFFilter
#define PUBLIC(field) .p.field
#else
#define FILTER_TYPE AVFilter
#define PUBLIC(field) .field
#endif

#if LIBAVFILTER_VERSION_INT >= AV_VERSION_INT(10, 4, 100)
#define FRAME_RATE(outlink) ff_filter_link(outlink)->frame_rate
#else
#define FRAME_RATE(outlink) (outlink)->frame_rate
#endif

#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
#define FRAME_DURATION(frame) (frame)->duration
#else
#define FRAME_DURATION(frame) (frame)->pkt_duration
#endif

static const int32_t *stream_display_matrix(const AVStream *stream)
{
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
    const AVPacketSideData *data =
        av_packet_side_data_get(stream->codecpar->coded_side_data,
                                stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
    return data ? (const int32_t *)data->data : NULL;
#else
    return (const int32_t *)av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, NULL);
#endif
}

#endif
