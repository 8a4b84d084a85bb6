// SPDX-License-Identifier: LGPL-2.1-or-later
// A small filter graph between decoder and pad. It turns pictures as the clip's display matrix
// says, as ffmpeg does behind its own inputs, and makes sound what the pad promises. Most clips
// need none.
#ifndef AVFILTER_AIRFORCEVIDEO_TURN_H
#define AVFILTER_AIRFORCEVIDEO_TURN_H

#include <math.h>

#include "avfilter.h"
#include "buffersink.h"
#include "buffersrc.h"
#include "libavutil/avstring.h"
#include "libavutil/channel_layout.h"
#include "libavutil/display.h"
#include "libavutil/frame.h"
#include "libavutil/mem.h"

typedef struct Turn {
    AVFilterGraph *graph; // NULL: there is nothing to do
    AVFilterContext *in;
    AVFilterContext *out;
} Turn;

// The filters that ffmpeg puts behind an input with this display matrix (NULL: none); "" for none.
static void turn_describe(const int32_t *matrix, char *text, size_t size)
{
    double theta = matrix ? -round(av_display_rotation_get(matrix)) : 0;
    theta -= 360 * floor(theta / 360 + 0.9 / 360);
    *text = '\0';
    if (fabs(theta - 90) < 1)
        av_strlcpy(text, matrix[3] > 0 ? "transpose=cclock_flip" : "transpose=clock", size);
    else if (fabs(theta - 180) < 1)
        snprintf(text, size, "%s%s%s", matrix[0] < 0 ? "hflip" : "",
                 matrix[0] < 0 && matrix[4] < 0 ? "," : "", matrix[4] < 0 ? "vflip" : "");
    else if (fabs(theta - 270) < 1)
        av_strlcpy(text, matrix[3] < 0 ? "transpose=clock_flip" : "transpose=cclock", size);
    else if (fabs(theta) > 1)
        snprintf(text, size, "rotate=%f*PI/180", theta);
    else if (matrix && matrix[4] < 0)
        av_strlcpy(text, "vflip", size);
}

static int turn_set_input(Turn *turn, const AVFrame *frame, AVRational time_base)
{
    AVBufferSrcParameters *parameters = av_buffersrc_parameters_alloc();
    int ret = 0;
    if (!parameters)
        return AVERROR(ENOMEM);
    parameters->format = frame->format;
    parameters->width = frame->width;
    parameters->height = frame->height;
    parameters->time_base = time_base;
    parameters->sample_aspect_ratio = frame->sample_aspect_ratio;
#if LIBAVFILTER_VERSION_MAJOR >= 10
    parameters->color_space = frame->colorspace;
    parameters->color_range = frame->color_range;
#endif
    parameters->sample_rate = frame->sample_rate;
    if (frame->nb_samples)
        ret = av_channel_layout_copy(&parameters->ch_layout, &frame->ch_layout);
    if (ret >= 0)
        ret = av_buffersrc_parameters_set(turn->in, parameters);
    av_channel_layout_uninit(&parameters->ch_layout);
    av_free(parameters);
    return ret;
}

// Puts `filters` between the ends.
static int turn_parse(Turn *turn, const char *filters, void *log)
{
    AVFilterInOut *before = avfilter_inout_alloc();
    AVFilterInOut *after = avfilter_inout_alloc();
    int ret = AVERROR(ENOMEM);
    if (before && after) {
        before->name = av_strdup("in");
        before->filter_ctx = turn->in;
        after->name = av_strdup("out");
        after->filter_ctx = turn->out;
        if (before->name && after->name)
            ret = avfilter_graph_parse_ptr(turn->graph, filters, &after, &before, log);
    }
    avfilter_inout_free(&before);
    avfilter_inout_free(&after);
    return ret;
}

static void turn_close(Turn *turn)
{
    avfilter_graph_free(&turn->graph);
}

// Opens it again, for frames like `frame`: pictures or sound.
static int turn_open(Turn *turn, const char *filters, const AVFrame *frame, AVRational time_base,
                     int threads, void *log)
{
    const AVFilter *in = avfilter_get_by_name(frame->nb_samples ? "abuffer" : "buffer");
    const AVFilter *out = avfilter_get_by_name(frame->nb_samples ? "abuffersink" : "buffersink");
    int ret = AVERROR(ENOMEM);
    turn_close(turn);
    turn->graph = avfilter_graph_alloc();
    if (!turn->graph)
        return ret;
    turn->graph->nb_threads = threads;
    turn->in = avfilter_graph_alloc_filter(turn->graph, in, "in");
    turn->out = avfilter_graph_alloc_filter(turn->graph, out, "out");
    if (turn->in && turn->out)
        ret = turn_set_input(turn, frame, time_base);
    if (ret >= 0)
        ret = avfilter_init_dict(turn->in, NULL);
    if (ret >= 0)
        ret = avfilter_init_dict(turn->out, NULL);
    if (ret >= 0)
        ret = turn_parse(turn, filters, log);
    if (ret >= 0)
        ret = avfilter_graph_config(turn->graph, log);
    if (ret < 0)
        turn_close(turn);
    return ret;
}

// Replaces a frame by what is done with it.
static int turn_frame(Turn *turn, AVFrame *frame)
{
    const int ret = av_buffersrc_add_frame(turn->in, frame);
    return ret < 0 ? ret : av_buffersink_get_frame(turn->out, frame);
}

#endif
