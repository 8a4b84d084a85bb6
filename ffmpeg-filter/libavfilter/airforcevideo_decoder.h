// SPDX-License-Identifier: LGPL-2.1-or-later
// The decoder of a clip's stream.
#ifndef AVFILTER_AIRFORCEVIDEO_DECODER_H
#define AVFILTER_AIRFORCEVIDEO_DECODER_H

#include <pthread.h>
#include <stdio.h>
#include <time.h>

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

// --- The end

typedef struct DecoderEnd {
    AVCodecContext *decoder;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int has_ended;
    int users; // the last one frees it
} DecoderEnd;

static void decoder_end_leave(DecoderEnd *end) // with the lock
{
    const int left = --end->users;
    pthread_mutex_unlock(&end->lock);
    if (left)
        return;
    pthread_cond_destroy(&end->changed);
    pthread_mutex_destroy(&end->lock);
    av_free(end);
}

static void *decoder_end_run(void *opaque)
{
    DecoderEnd *end = opaque;
    avcodec_free_context(&end->decoder);
    pthread_mutex_lock(&end->lock);
    end->has_ended = 1;
    pthread_cond_signal(&end->changed);
    decoder_end_leave(end);
    return NULL;
}

// Frees a decoder. Its threads log, and freeing it waits for them; a caller that holds a lock which
// its log callback wants, as PyAV does when it frees a graph, would wait for ever. So another
// thread waits, and the caller waits for that only for a moment.
static void close_decoder(AVCodecContext **decoder)
{
    enum { MOMENT_MS = 100 };
    DecoderEnd *end = NULL;
    struct timespec until;
    pthread_t thread;
    if (*decoder && (*decoder)->active_thread_type & FF_THREAD_FRAME)
        end = av_mallocz(sizeof *end);
    if (!end) {
        avcodec_free_context(decoder);
        return;
    }
    *end = (DecoderEnd){.decoder = *decoder, .users = 2};
    *decoder = NULL;
    pthread_mutex_init(&end->lock, NULL);
    pthread_cond_init(&end->changed, NULL);
    if (pthread_create(&thread, NULL, decoder_end_run, end)) {
        end->users = 1;
        decoder_end_run(end);
        return;
    }
    pthread_detach(thread);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += MOMENT_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&end->lock);
    while (!end->has_ended && !pthread_cond_timedwait(&end->changed, &end->lock, &until)) {
    }
    decoder_end_leave(end);
}

#endif
