// SPDX-License-Identifier: LGPL-2.1-or-later
// How a source plays: packets become frames, and clips follow one another.
#ifndef AVFILTER_AIRFORCEVIDEO_PLAYER_H
#define AVFILTER_AIRFORCEVIDEO_PLAYER_H

#include "airforcevideo_context.h"
#include "airforcevideo_frames.h"
#include "airforcevideo_source.h"

// --- Opening

// Chooses the streams of a demuxer that was just opened.
static int select_streams(AVFilterContext *ctx)
{
    AirforceVideoContext *s = ctx->priv;
    AVFormatContext *format = s->input.format;
    const int video = av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    if (video < 0)
        return airforce_input_fail(&s->input, AVERROR_STREAM_NOT_FOUND, "has no video");
    for (unsigned i = 0; i < format->nb_streams; i++)
        format->streams[i]->discard = AVDISCARD_ALL;
    s->outputs[VIDEO].stream = format->streams[video];
    s->outputs[VIDEO].stream->discard = AVDISCARD_DEFAULT;
    if (ctx->nb_outputs > AUDIO) {
        const int audio = av_find_best_stream(format, AVMEDIA_TYPE_AUDIO, -1, video, NULL, 0);
        s->outputs[AUDIO].stream = audio < 0 ? NULL : format->streams[audio];
        if (audio >= 0)
            s->outputs[AUDIO].stream->discard = AVDISCARD_DEFAULT;
    }
    return 0;
}

static int open_decoder(AirforceVideoContext *s, Output *out)
{
    // While the graph is configured, the caller may hold a lock that its log callback wants, and
    // threads of a decoder log, too: there are none then.
    return open_decoder_for(&s->input, out->stream, s->configured ? s->decoder_threads : 1,
                            &out->decoder);
}

// --- Playing

// Decodes a packet (NULL: the rest) and sends all that comes of it. As in ffmpeg, what can't be
// decoded is reported and left out.
static int decode(AVFilterContext *ctx, int index, const AVPacket *packet)
{
    AirforceVideoContext *s = ctx->priv;
    Output *out = &s->outputs[index];
    int ret = avcodec_send_packet(out->decoder, packet);
    if (ret < 0 && ret != AVERROR_EOF)
        av_log(ctx, AV_LOG_WARNING, "a piece of the clip's %s cannot be decoded: %s\n",
               index == VIDEO ? "video" : "sound", av_err2str(ret));
    for (;;) {
        ret = avcodec_receive_frame(out->decoder, s->frame);
        if (ret == AVERROR_EOF && !packet)
            return send_rest(ctx, index);
        if (ret == AVERROR(EAGAIN) || ret == AVERROR_EOF)
            return 0;
        if (ret == AVERROR(ENOMEM))
            return ret;
        if (ret < 0) {
            av_log(ctx, AV_LOG_WARNING, "a frame of the clip cannot be decoded: %s\n",
                   av_err2str(ret));
            if (packet)
                return 0;
            continue;
        }
        ret = send_prepared(ctx, index, s->frame);
        if (ret < 0) {
            av_frame_unref(s->frame);
            return ret;
        }
    }
}

// Sends what the decoders still hold, at the end of the clip.
static int drain(AVFilterContext *ctx)
{
    AirforceVideoContext *s = ctx->priv;
    int ret = 0;
    for (unsigned i = 0; i < ctx->nb_outputs && ret >= 0; i++)
        if (s->outputs[i].stream)
            ret = decode(ctx, i, NULL);
    return ret < 0 ? ret : send_sound(ctx, 1);
}

// Where the next pass starts, from where the pass that has ended did: what begins first follows
// what ended last, so that sound and picture stay together. Of a film the sound ends with the
// picture.
static void pass_times(const AVFilterContext *ctx, int64_t *begin, int64_t *end,
                       AVRational *begin_base, AVRational *end_base)
{
    const AirforceVideoContext *s = ctx->priv;
    const Output *first = &s->outputs[VIDEO], *last = &s->outputs[VIDEO];
    if (!s->film && ctx->nb_outputs > AUDIO && s->outputs[AUDIO].begin != AV_NOPTS_VALUE) {
        const Output *audio = &s->outputs[AUDIO];
        if (av_compare_ts(audio->begin, audio->time_base, first->begin, first->time_base) < 0)
            first = audio;
        if (av_compare_ts(audio->end, audio->time_base, last->end, last->time_base) > 0)
            last = audio;
    }
    *begin = s->film ? 0 : first->begin;
    *begin_base = first->time_base;
    *end = last->end;
    *end_base = last->time_base;
}

// A shot begins with its picture, wherever its sound does.
static void find_clip_start(AirforceVideoContext *s)
{
    const AVStream *video = s->outputs[VIDEO].stream;
    if (!s->film)
        s->clip_start =
            s->input.format->start_time == AV_NOPTS_VALUE ? 0 : s->input.format->start_time;
    else
        s->clip_start = video->start_time == AV_NOPTS_VALUE
                            ? 0
                            : av_rescale_q(video->start_time, video->time_base, AV_TIME_BASE_Q);
}

// Opens the input of the current clip again. `known` says that it was open before.
static int reopen_input(AVFilterContext *ctx, int known)
{
    AirforceVideoContext *s = ctx->priv;
    int ret = airforce_input_open(&s->input);
    if (ret >= 0 && !known)
        ret = avformat_find_stream_info(s->input.format, NULL);
    if (ret >= 0)
        ret = select_streams(ctx);
    if (s->input.read_error)
        ret = s->input.read_error;
    for (unsigned i = 0; i < ctx->nb_outputs && ret >= 0; i++) {
        Output *out = &s->outputs[i];
        close_decoder(&out->decoder);
        if (i == AUDIO)
            turn_close(&out->turn); // what it holds is of the pass before
        if (out->stream && !known)
            ret = airforce_input_check_whole(&s->input, out->stream);
        if (out->stream && ret >= 0)
            ret = open_decoder(s, out);
    }
    s->frames_sent = 0;
    s->video_packets = 0;
    s->broken = 0;
    s->at_end = 0;
    return ret;
}

// Starts a shot, or the clip over. All is opened again, rather than sought in and flushed: each
// pass then is what the first was, to the sample (AAC's noise continues after a flush).
static int start_pass(AVFilterContext *ctx, int shot)
{
    AirforceVideoContext *s = ctx->priv;
    AVRational begin_base, end_base;
    int64_t begin, end;
    int is_new = s->film != NULL, ret = 0;
    pass_times(ctx, &begin, &end, &begin_base, &end_base);
    airforce_input_close(&s->input);
    sound_drop(&s->held);
    if (s->film)
        ret = open_shot(ctx, shot);
    else
        is_new = take_next(ctx);
    if (ret >= 0)
        ret = reopen_input(ctx, !is_new);
    if (ret < 0)
        return ret;
    if (is_new)
        find_clip_start(s);
    for (unsigned i = 0; i < ctx->nb_outputs; i++) {
        Output *out = &s->outputs[i];
        output_start_pass(out, s->clip_start,
                          av_rescale_q(end, end_base, out->time_base) -
                              av_rescale_q(begin, begin_base, out->time_base));
    }
    s->may_repeat = shot_continues(s, shot);
    s->is_continued = shot_continues(s, shot + 1);
    return 0;
}

// Starts the clip with as many threads as wanted, once the graph is configured.
static int restart_clip(AVFilterContext *ctx)
{
    AirforceVideoContext *s = ctx->priv;
    int ret;
    s->configured = 1;
    if (s->decoder_threads == 1)
        return send_queued(ctx);
    airforce_input_close(&s->input);
    sound_drop(&s->held);
    ret = reopen_input(ctx, 1);
    if (ret < 0)
        return ret;
    for (unsigned i = 0; i < ctx->nb_outputs; i++) {
        Output *out = &s->outputs[i];
        output_free_queue(out);
        output_start_pass(out, s->clip_start, 0);
        out->begin = AV_NOPTS_VALUE;
        out->end = 0;
    }
    return 0;
}

// At the end of the clip: once more, or the end of the pads.
static int next_pass(AVFilterContext *ctx)
{
    AirforceVideoContext *s = ctx->priv;
    const int ret = complete(s);
    if (ret < 0)
        return ret;
    if (s->film && s->shot + 1 < s->nb_shots)
        return start_pass(ctx, s->shot + 1);
    if (s->loop != 1 && s->frames_sent) { // a clip without frames would loop for ever
        s->loop -= s->loop > 1;
        return start_pass(ctx, 0);
    }
    for (unsigned i = 0; i < ctx->nb_outputs; i++)
        ff_outlink_set_status(ctx->outputs[i], AVERROR_EOF, s->outputs[i].end);
    return 0;
}

// One packet further.
static int step(AVFilterContext *ctx)
{
    AirforceVideoContext *s = ctx->priv;
    int ret;
    if (s->film)
        give_last_frames(ctx);
    ret = av_read_frame(s->input.format, s->packet);
    if (s->input.read_error) { // demuxers like to take it for the end
        av_packet_unref(s->packet);
        return s->input.read_error;
    }
    if (ret == AVERROR_EOF) {
        s->at_end = 1;
        ret = drain(ctx);
        // A demuxer is content with less than its index promises.
        if (s->broken ||
            s->video_packets < avformat_index_get_entries_count(s->outputs[VIDEO].stream))
            return airforce_input_fail(&s->input, AVERROR_INVALIDDATA, "breaks off");
        return ret;
    }
    if (ret < 0)
        return airforce_input_fail(&s->input, ret, "breaks off");
    s->broken |= s->packet->flags & AV_PKT_FLAG_CORRUPT;
    s->video_packets += s->packet->stream_index == s->outputs[VIDEO].stream->index;
    for (unsigned i = 0; i < ctx->nb_outputs && ret >= 0; i++)
        if (s->outputs[i].stream && s->outputs[i].stream->index == s->packet->stream_index)
            ret = decode(ctx, i, s->packet);
    av_packet_unref(s->packet);
    return ret < 0 ? ret : send_sound(ctx, 0);
}

static int open_clip(AVFilterContext *ctx)
{
    AirforceVideoContext *s = ctx->priv;
    int ret;
    s->packet = av_packet_alloc();
    s->frame = av_frame_alloc();
    s->silence = av_frame_alloc();
    s->last_shown = av_frame_alloc();
    if (!s->packet || !s->frame || !s->silence || !s->last_shown)
        return AVERROR(ENOMEM);
    ret = airforce_input_open(&s->input);
    if (ret < 0)
        return ret;
    ret = avformat_find_stream_info(s->input.format, NULL);
    if (ret < 0 || s->input.read_error)
        return airforce_input_fail(&s->input, ret, "can't be read");
    ret = select_streams(ctx);
    if (ret < 0)
        return ret;
    find_clip_start(s);
    s->is_continued = shot_continues(s, 1);
    for (unsigned i = 0; i < ctx->nb_outputs; i++) {
        Output *out = &s->outputs[i];
        if (out->stream && (ret = airforce_input_check_whole(&s->input, out->stream)) < 0)
            return ret;
        if (out->stream && (ret = open_decoder(s, out)) < 0)
            return ret;
        if (i == VIDEO)
            out->time_base = out->stream->time_base;
        else
            out->time_base = av_make_q(1, out->stream ? out->decoder->sample_rate : SILENT_RATE);
        if (out->time_base.den <= 0)
            return airforce_input_fail(&s->input, AVERROR_INVALIDDATA,
                                       "has sound of an unknown rate");
        output_start_pass(out, s->clip_start, 0);
        out->begin = AV_NOPTS_VALUE;
    }
    if (ctx->nb_outputs > AUDIO && !s->outputs[AUDIO].stream)
        av_log(ctx, AV_LOG_WARNING, "the %s has no sound: out1 is silence\n",
               s->film ? "first shot" : "clip");
    // The first frame describes the video more fully than the container.
    while (!s->outputs[VIDEO].queued && !s->at_end) {
        ret = step(ctx);
        if (ret < 0)
            return ret;
    }
    if (!s->outputs[VIDEO].queued)
        return airforce_input_fail(&s->input, AVERROR_INVALIDDATA,
                                   "has no frame that can be decoded");
    return 1;
}

#endif
