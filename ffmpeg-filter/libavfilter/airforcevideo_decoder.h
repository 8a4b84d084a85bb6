// SPDX-License-Identifier: LGPL-2.1-or-later
// The decoder of a clip's stream.
#ifndef AVFILTER_AIRFORCEVIDEO_DECODER_H
#define AVFILTER_AIRFORCEVIDEO_DECODER_H

#include <stdio.h>

#include "libavcodec/avcodec.h"
#include "libavformat/airforce_input.h"

static int open_decoder_for(const AirforceInput *input, const AVStream *stream, int threads,
                            AVCodecContext **decoder)
{
    const AVCodecParameters *parameters = stream->codecpar;
    const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
    char what[128];
    int ret;
    if (!codec) {
        snprintf(what, sizeof what, "has %s in %s (%s), for which this ffmpeg has no decoder",
                 av_get_media_type_string(parameters->codec_type),
                 avcodec_get_name(parameters->codec_id), av_fourcc2str(parameters->codec_tag));
        return airforce_input_fail(input, AVERROR_DECODER_NOT_FOUND, what);
    }
    *decoder = avcodec_alloc_context3(codec);
    if (!*decoder)
        return AVERROR(ENOMEM);
    ret = avcodec_parameters_to_context(*decoder, parameters);
    if (ret < 0)
        return ret;
    (*decoder)->pkt_timebase = stream->time_base;
    (*decoder)->thread_count = threads;
    ret = avcodec_open2(*decoder, codec, NULL);
    return ret < 0 ? airforce_input_fail(input, ret, "can't be decoded") : 0;
}

#endif
