// SPDX-License-Identifier: LGPL-2.1-or-later
// ffmpeg before 6.1 configures a graph of -filter_complex that failed once more, before it ends.
// Nobody asked for that attempt: it gets the error of the first one and buys nothing. The graphs of
// other applications, where a later attempt is one of their user's, have other names for their
// sinks.
#ifndef AVFILTER_AIRFORCEVIDEO_AGAIN_H
#define AVFILTER_AIRFORCEVIDEO_AGAIN_H

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "avfilter.h"
#include "libavutil/mem.h"
#include "libavutil/opt.h"
#include "version.h"

#if LIBAVFILTER_VERSION_INT < AV_VERSION_INT(9, 12, 100)

static struct {
    pthread_mutex_t lock;
    char *options; // of the source that failed in the first attempt; NULL: none
    int error;
} first_attempt = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int again_is_of_ffmpeg(const AVFilterGraph *graph)
{
    for (unsigned i = 0; i < graph->nb_filters; i++) {
        int file, stream;
        char more;
        if (graph->filters[i]->name &&
            sscanf(graph->filters[i]->name, "out_%d_%d%c", &file, &stream, &more) == 2)
            return 1;
    }
    return 0;
}

static char *again_options(AVFilterContext *ctx)
{
    char *options = NULL;
    return av_opt_serialize(ctx->priv, 0, 0, &options, '=', ':') < 0 ? NULL : options;
}

// The error of the first attempt, once, if this is the second one; else 0.
static int again_error(AVFilterContext *ctx)
{
    int error = 0;
    pthread_mutex_lock(&first_attempt.lock);
    for (unsigned i = 0; first_attempt.options && i < ctx->graph->nb_filters; i++) {
        AVFilterContext *other = ctx->graph->filters[i];
        char *options = other->filter == ctx->filter ? again_options(other) : NULL;
        if (options && !strcmp(options, first_attempt.options)) {
            error = first_attempt.error;
            av_freep(&first_attempt.options);
        }
        av_free(options);
    }
    pthread_mutex_unlock(&first_attempt.lock);
    return error;
}

static void again_keep_error(AVFilterContext *ctx, int error)
{
    if (!again_is_of_ffmpeg(ctx->graph))
        return;
    pthread_mutex_lock(&first_attempt.lock);
    av_free(first_attempt.options);
    first_attempt.options = again_options(ctx);
    first_attempt.error = error;
    pthread_mutex_unlock(&first_attempt.lock);
}

#else

static int again_error(AVFilterContext *ctx)
{
    (void)ctx;
    return 0;
}

static void again_keep_error(AVFilterContext *ctx, int error)
{
    (void)ctx;
    (void)error;
}

#endif
#endif
