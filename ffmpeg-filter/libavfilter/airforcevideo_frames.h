// SPDX-License-Identifier: LGPL-2.1-or-later
// From decoded frames to the pads: sound waits for its picture, gaps are silence, and what the pads
// do not promise is made so.
#ifndef AVFILTER_AIRFORCEVIDEO_FRAMES_H
#define AVFILTER_AIRFORCEVIDEO_FRAMES_H

#include "airforcevideo_context.h"
#include "airforcevideo_picture.h"

// Sends a frame to its pad, or keeps it until the pad's format is known. Leaves `frame` empty.
static int send_frame(AVFilterContext *ctx, int index, AVFrame *frame)
{
    AirforceVideoContext *s = ctx->priv;
    Output *out = &s->outputs[index];
    AVFrame *sent = av_frame_alloc();
    int ret;
    if (!sent)
        return AVERROR(ENOMEM);
    av_frame_move_ref(sent, frame);
    if (out->begin == AV_NOPTS_VALUE)
        out->begin = sent->pts;
    out->end = sent->pts + FRAME_DURATION(sent);
    s->frames_sent++;
    if (s->opened > 0 && !ff_outlink_get_status(ctx->outputs[index]))
        return ff_filter_frame(ctx->outputs[index], sent);
    ret = s->opened > 0 ? 0 : av_dynarray_add_nofree(&out->queue, &out->queued, sent);
    if (s->opened > 0 || ret < 0)
        av_frame_free(&sent); // that pad's consumer has enough
    return ret;
}

static int send_queued(AVFilterContext *ctx)
{
    AirforceVideoContext *s = ctx->priv;
    int ret = 0;
    for (unsigned i = 0; i < ctx->nb_outputs; i++) {
        Output *out = &s->outputs[i];
        for (int j = 0; j < out->queued; j++) {
            AVFrame *frame = out->queue[j];
            if (ret >= 0 && !ff_outlink_get_status(ctx->outputs[i]))
                ret = ff_filter_frame(ctx->outputs[i], frame);
            else
                av_frame_free(&frame);
        }
        out->queued = 0;
        output_free_queue(out);
    }
    return ret;
}

static const AVFilterLink *configured_link(const AVFilterContext *ctx, int index)
{
    const AirforceVideoContext *s = ctx->priv;
    return s->opened > 0 ? ctx->outputs[index] : NULL;
}

// Where the picture is, in the time base of the sound.
static int64_t picture_end(const AirforceVideoContext *s)
{
    return av_rescale_q(s->outputs[VIDEO].end, s->outputs[VIDEO].time_base,
                        s->outputs[AUDIO].time_base);
}

// Silence up to `until`; the last piece only if all of it is wanted.
static int send_silence(AVFilterContext *ctx, int64_t until, int to_the_end)
{
    AirforceVideoContext *s = ctx->priv;
    Output *out = &s->outputs[AUDIO];
    int ret = 0;
    while (ret >= 0 && (until - out->end >= SILENT_SAMPLES || (to_the_end && until > out->end))) {
        ret = output_make_silence(out, configured_link(ctx, AUDIO), s->silence,
                                  FFMIN(SILENT_SAMPLES, until - out->end));
        if (ret >= 0)
            ret = send_frame(ctx, AUDIO, s->silence);
    }
    return ret;
}

// Sends the sound of a film that the picture has reached; at the end of a shot up to where that
// ends.
static int send_held(AVFilterContext *ctx, int to_the_end)
{
    AirforceVideoContext *s = ctx->priv;
    Output *out = &s->outputs[AUDIO];
    int ret;
    while ((ret = sound_take(&s->held, out->end, picture_end(s), to_the_end, s->frame)) > 0) {
        ret = send_silence(ctx, s->frame->pts, 1); // where the clip's sound has a gap
        if (ret >= 0)
            ret = send_frame(ctx, AUDIO, s->frame);
        if (ret < 0) {
            av_frame_unref(s->frame);
            return ret;
        }
    }
    return ret < 0 || !to_the_end ? ret : send_silence(ctx, picture_end(s), 1);
}

// Sound that is due once more of the picture was sent.
static int send_sound(AVFilterContext *ctx, int to_the_end)
{
    const AirforceVideoContext *s = ctx->priv;
    if (ctx->nb_outputs <= AUDIO)
        return 0;
    if (s->film)
        return send_held(ctx, to_the_end);
    return s->outputs[AUDIO].stream ? 0 : send_silence(ctx, picture_end(s), to_the_end);
}

// The first picture of a shot that continues the one before repeats that one's last, and is left
// out then: the shot begins with its second.
static int leave_out_echo(AVFilterContext *ctx, AVFrame *frame)
{
    AirforceVideoContext *s = ctx->priv;
    const int64_t duration = FRAME_DURATION(frame);
    const int64_t samples = av_rescale_q(duration, s->outputs[VIDEO].time_base,
                                         ctx->nb_outputs > AUDIO ? s->outputs[AUDIO].time_base
                                                                 : s->outputs[VIDEO].time_base);
    s->may_repeat = 0;
    if (!s->last_shown->width || !picture_is_same(s->last_shown, frame, ctx)) {
        av_log(ctx, AV_LOG_INFO,
               "shot %d does not begin with the last frame before it: all of it is shown\n",
               s->shot + 1);
        return 0;
    }
    s->outputs[VIDEO].start -= duration;
    s->outputs[AUDIO].start -= samples;
    sound_shift(&s->held, samples);
    av_frame_unref(frame);
    return 1;
}

static int send_decoded(AVFilterContext *ctx, int index, AVFrame *frame)
{
    AirforceVideoContext *s = ctx->priv;
    int ret = 0;
    if (s->film && index == AUDIO) {
        ret = sound_hold(&s->held, frame);
        return ret < 0 ? ret : send_held(ctx, 0);
    }
    if (s->film && s->may_repeat && leave_out_echo(ctx, frame))
        return 0;
    if (s->is_continued) {
        av_frame_unref(s->last_shown);
        ret = av_frame_ref(s->last_shown, frame);
    }
    return ret < 0 ? ret : send_frame(ctx, index, frame);
}

// Sends a frame of sound (NULL: the rest) by way of what makes it as the pad promises. Leaves
// `frame` empty.
static int send_adapted(AVFilterContext *ctx, AVFrame *frame)
{
    AirforceVideoContext *s = ctx->priv;
    Output *out = &s->outputs[AUDIO];
    int ret = av_buffersrc_add_frame(out->turn.in, frame);
    while (ret >= 0 && (ret = output_take_sound(out, s->frame)) > 0)
        ret = send_decoded(ctx, AUDIO, s->frame);
    return ret;
}

// What the decoder has given; leaves `frame` empty.
static int send_prepared(AVFilterContext *ctx, int index, AVFrame *frame)
{
    AirforceVideoContext *s = ctx->priv;
    Output *out = &s->outputs[index];
    const AVFilterLink *link = configured_link(ctx, index);
    int ret = index == VIDEO ? output_prepare_video(out, s->input.format, frame, ctx)
                             : output_prepare_audio(out, link, frame, ctx);
    if (ret > 0)
        return send_adapted(ctx, frame);
    return ret < 0 ? ret : send_decoded(ctx, index, frame);
}

// The end of a stream.
static int send_rest(AVFilterContext *ctx, int index)
{
    AirforceVideoContext *s = ctx->priv;
    int ret;
    if (index != AUDIO || !s->outputs[index].turn.graph)
        return 0;
    ret = send_adapted(ctx, NULL);
    turn_close(&s->outputs[index].turn);
    return ret;
}

#endif
