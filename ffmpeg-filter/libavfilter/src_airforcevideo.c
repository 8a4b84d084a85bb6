// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * airforcevideosrc: a libavfilter source that plays a clip made from a prompt.
 *
 * For FFmpeg 5.1 to 9.0, one file for all of them with what it includes. It buys nothing itself:
 * the core (airforce-video.h, loaded when it is first needed) buys and downloads; this file demuxes
 * and decodes what has arrived and gives it to the graph.
 *
 * Generation happens in query_formats and not in init: ffmpeg initialises the filters of
 * -filter_complex twice, and finds pads that lead nowhere after that. An init that bought would buy
 * twice, or for nothing.
 *
 * Its parts, each in a file of its own: libavformat/airforce_options.h (AVOptions and settings) and
 * airforce_clip.h (the core) and airforce_interrupt.h (Ctrl-C), which the protocol shares;
 * airforcevideo_*.h: ahead (clips made at the same time), demuxer (libavformat), output (frames and
 * their timestamps), turn (rotation), compat (versions of FFmpeg). Here is what puts them together.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // the loader needs it
#endif
#include <string.h>

#include "airforcevideo_ahead.h"
#include "airforcevideo_compat.h"
#include "airforcevideo_demuxer.h"
#include "airforcevideo_output.h"
#include "audio.h"
#include "libavformat/airforce_clip.h"
#include "libavformat/airforce_interrupt.h"
#include "libavformat/airforce_options.h"
#include "video.h"

enum { VIDEO, AUDIO, MAX_OUTPUTS };

typedef struct AirforceVideoContext {
    const AVClass *class;
    AirforceParameters parameters;
    char *unnamed[2]; // what an unescaped colon has cut off
    int loop;
    int decoder_threads;

    AirforceClip *clip;
    int watching; // for Ctrl-C
    Demuxer demuxer;
    int64_t clip_start; // in AV_TIME_BASE: what is timestamp 0 of the pads
    AVPacket *packet;
    AVFrame *frame;
    Output outputs[MAX_OUTPUTS];
    int opened;     // 1 once the clip plays; a failure is kept here, so that nothing is tried twice
    int configured; // the first frames were only decoded for the graph's configuration
    int at_end;     // of the clip, with all frames sent
    // In this pass of the loop.
    int64_t frames_sent;
    int video_packets;
    int broken; // a packet was cut off
} AirforceVideoContext;

#define OFFSET(field) offsetof(AirforceVideoContext, field)
#define OPTION_OFFSET(name) OFFSET(parameters.name)
#define OPTION_FLAGS AV_OPT_FLAG_FILTERING_PARAM | AV_OPT_FLAG_VIDEO_PARAM | AV_OPT_FLAG_AUDIO_PARAM

// A value without a name, such as what follows an unescaped colon, goes to the option after the
// last one. So that this is never one that means something, hidden ones stand behind each option;
// two, as the parser leaves out one that shares its field with the one before.
#define OPTION_UNNAMED                                                                 \
    {"unnamed", NULL, OFFSET(unnamed[0]), AV_OPT_TYPE_STRING, {.str = NULL}, 0, 0, 0}, \
        {"unnamed2", NULL, OFFSET(unnamed[1]), AV_OPT_TYPE_STRING, {.str = NULL}, 0, 0, 0},

// clang-format off
static const AVOption airforcevideosrc_options[] = {
#define AIRFORCE_SECRET_PARAMETER(...)
#define AIRFORCE_PARAMETER(type, name, traits, key, flag, initial, minimum, maximum, unit, help) \
    OPTION_##type(key, help, name, initial, minimum, maximum) OPTION_UNNAMED
#define AIRFORCE_CHOICE OPTION_CONSTANT
#include "libavformat/airforce-video-parameters.def"
    OPTION_STRING("prompt_file", "The same as promptfile", prompt_file_alias, NULL, 0, 0) OPTION_UNNAMED
    OPTION_INT("duration", "The same as duration_seconds", duration_seconds, 0, 0, 3600) OPTION_UNNAMED
    OPTION_INT("d", "The same as duration_seconds", duration_seconds, 0, 0, 3600) OPTION_UNNAMED
    {"loop", "How often the clip is played; 0 is without end", OFFSET(loop), AV_OPT_TYPE_INT, {.i64 = 1}, 0, INT_MAX, OPTION_FLAGS},
    OPTION_UNNAMED
    {"dec_threads", "Threads for decoding; 0 is as ffmpeg has it for its inputs", OFFSET(decoder_threads), AV_OPT_TYPE_INT, {.i64 = 0}, 0, INT_MAX, OPTION_FLAGS},
    OPTION_UNNAMED
    {NULL},
};
// clang-format on

AVFILTER_DEFINE_CLASS(airforcevideosrc);

// --- Buying and opening

static void close_clip(AirforceClip *clip)
{
    if (clip)
        airforce_clip_close(clip);
    av_free(clip);
}

// The clip that these options ask for; nothing is bought yet.
static int prepare_clip(AVFilterContext *ctx, const AirforceParameters *parameters,
                        AirforceClip **prepared)
{
    AirforceClip *clip = av_mallocz(sizeof *clip);
    AirforceSettings *settings;
    AirforceError *error = NULL;
    int ret;
    if (!clip)
        return AVERROR(ENOMEM);
    ret = airforce_clip_init(clip, ctx);
    if (ret >= 0) {
        settings = clip->core->airforce_settings_new();
        ret = airforce_set_parameters(ctx, clip->core, parameters, 0, settings, &error);
        if (error)
            ret = airforce_clip_fail(clip, error);
        if (ret >= 0)
            airforce_clip_prepare(clip, settings);
        clip->core->airforce_settings_free(settings);
    }
    if (ret >= 0)
        *prepared = clip;
    else
        close_clip(clip);
    return ret;
}

// Starts the clips of the other sources of this graph; none if the options of one are wrong.
static int run_others_ahead(AVFilterContext *ctx)
{
    for (unsigned i = 0; i < ctx->graph->nb_filters; i++) {
        AVFilterContext *other = ctx->graph->filters[i];
        const AirforceVideoContext *s = other->priv;
        AirforceClip *clip;
        int ret;
        if (other == ctx || other->filter != ctx->filter || s->clip || s->opened ||
            ahead_find(other))
            continue;
        ret = prepare_clip(other, &s->parameters, &clip);
        if (ret < 0)
            return ret;
        ret = ahead_put(other, clip);
        if (ret < 0) {
            close_clip(clip);
            return ret;
        }
    }
    for (unsigned i = 0; i < ctx->graph->nb_filters; i++) {
        AirforceClip *clip = ahead_find(ctx->graph->filters[i]);
        const int ret = clip && clip->job == AIRFORCE_JOB_NONE ? airforce_clip_run_ahead(clip) : 0;
        if (ret < 0)
            return ret;
    }
    return 0;
}

static int generate(AVFilterContext *ctx)
{
    AirforceVideoContext *s = ctx->priv;
    int ret = 0, interrupted, signal_number;
    s->clip = ahead_take(ctx);
    if (!s->clip) {
        ret = prepare_clip(ctx, &s->parameters, &s->clip);
        if (ret < 0)
            return ret;
        ret = run_others_ahead(ctx);
        if (ret < 0)
            return ret;
    }
    s->demuxer.clip = s->clip;
    watch_open();
    s->watching = 1;
    watch_begin();
    ret = airforce_clip_run(s->clip, &watch_interrupt, &interrupted);
    if (ret >= 0)
        ret = airforce_clip_check_boxes(s->clip, &watch_interrupt);
    if (ret == AVERROR_EXIT)
        ret = AVERROR_EXTERNAL;
    signal_number = watch_end();
    if (signal_number)
        watch_die_of(signal_number);
    return ret;
}

static void unwatch(AirforceVideoContext *s)
{
    if (s->watching)
        watch_close();
    s->watching = 0;
}

// Has the core finish with the clip, once.
static int complete(AirforceVideoContext *s)
{
    int interrupted, signal_number, ret;
    if (s->clip->completed)
        return 0;
    watch_begin();
    ret = airforce_clip_complete(s->clip, &watch_interrupt, &interrupted);
    signal_number = watch_end();
    if (signal_number)
        watch_die_of(signal_number);
    if (ret < 0)
        return ret;
    unwatch(s); // nothing more has to be waited for
    airforce_clip_set_delivered(s->clip);
    return 0;
}

// Chooses the streams of a demuxer that was just opened.
static int select_streams(AVFilterContext *ctx)
{
    AirforceVideoContext *s = ctx->priv;
    AVFormatContext *format = s->demuxer.format;
    const int video = av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    if (video < 0)
        return demuxer_bad_clip(&s->demuxer, AVERROR_STREAM_NOT_FOUND, "has no video");
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
    return demuxer_open_decoder(&s->demuxer, out->stream, s->configured ? s->decoder_threads : 1,
                                &out->decoder);
}

// --- Frames

// Sends a frame to its pad, or keeps it until the pad's format is told. Leaves `frame` empty.
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

// For a clip without sound: silence up to where the video is.
static int send_silence(AVFilterContext *ctx, int to_the_end)
{
    AirforceVideoContext *s = ctx->priv;
    Output *out = &s->outputs[AUDIO];
    const int64_t until =
        av_rescale_q(s->outputs[VIDEO].end, s->outputs[VIDEO].time_base, out->time_base);
    int ret = 0;
    while (ret >= 0 && (until - out->end >= SILENT_SAMPLES || (to_the_end && until > out->end))) {
        ret = output_make_silence(out, s->frame, FFMIN(SILENT_SAMPLES, until - out->end));
        if (ret >= 0)
            ret = send_frame(ctx, AUDIO, s->frame);
    }
    return ret;
}

// --- Playing

// Decodes a packet (NULL: the rest) and sends all that comes of it. As in ffmpeg, what can't be
// decoded is told and left out.
static int decode(AVFilterContext *ctx, int index, const AVPacket *packet)
{
    AirforceVideoContext *s = ctx->priv;
    Output *out = &s->outputs[index];
    int ret = avcodec_send_packet(out->decoder, packet);
    if (ret < 0 && ret != AVERROR_EOF)
        av_log(ctx, AV_LOG_WARNING, "a piece of the clip's %s can't be decoded: %s\n",
               index == VIDEO ? "video" : "sound", av_err2str(ret));
    for (;;) {
        ret = avcodec_receive_frame(out->decoder, s->frame);
        if (ret == AVERROR(EAGAIN) || ret == AVERROR_EOF)
            return 0;
        if (ret == AVERROR(ENOMEM))
            return ret;
        if (ret < 0) {
            av_log(ctx, AV_LOG_WARNING, "a frame of the clip can't be decoded: %s\n",
                   av_err2str(ret));
            if (packet)
                return 0;
            continue;
        }
        ret = index == VIDEO ? output_prepare_video(out, s->demuxer.format, s->frame, ctx)
                             : output_prepare_audio(out, s->opened > 0 ? ctx->outputs[AUDIO] : NULL,
                                                    s->frame, ctx);
        if (ret >= 0)
            ret = send_frame(ctx, index, s->frame);
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
    if (ret >= 0 && ctx->nb_outputs > AUDIO && !s->outputs[AUDIO].stream)
        ret = send_silence(ctx, 1);
    return ret;
}

// Starts the clip over: what begins first follows what ended last, so that sound and picture stay
// together.
static int rewind_clip(AVFilterContext *ctx)
{
    AirforceVideoContext *s = ctx->priv;
    const Output *first = &s->outputs[VIDEO], *last = &s->outputs[VIDEO];
    int64_t end;
    int ret;
    if (ctx->nb_outputs > AUDIO && s->outputs[AUDIO].begin != AV_NOPTS_VALUE) {
        const Output *audio = &s->outputs[AUDIO];
        if (av_compare_ts(audio->begin, audio->time_base, first->begin, first->time_base) < 0)
            first = audio;
        if (av_compare_ts(audio->end, audio->time_base, last->end, last->time_base) > 0)
            last = audio;
    }
    end = last->end;
    // All is opened anew, rather than sought in and flushed: each pass then is what the first was,
    // to the sample (AAC's noise goes on where it was after a flush).
    demuxer_close(&s->demuxer);
    ret = demuxer_open(&s->demuxer);
    if (ret >= 0)
        ret = select_streams(ctx);
    if (ret < 0)
        return ret;
    for (unsigned i = 0; i < ctx->nb_outputs; i++) {
        Output *out = &s->outputs[i];
        avcodec_free_context(&out->decoder);
        if (out->stream && (ret = open_decoder(s, out)) < 0)
            return ret;
        output_start_pass(out, s->clip_start,
                          av_rescale_q(end, last->time_base, out->time_base) -
                              av_rescale_q(first->begin, first->time_base, out->time_base));
    }
    s->frames_sent = 0;
    s->video_packets = 0;
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
    demuxer_close(&s->demuxer);
    ret = demuxer_open(&s->demuxer);
    if (ret >= 0)
        ret = select_streams(ctx);
    if (ret < 0)
        return ret;
    for (unsigned i = 0; i < ctx->nb_outputs; i++) {
        Output *out = &s->outputs[i];
        output_free_queue(out);
        avcodec_free_context(&out->decoder);
        if (out->stream && (ret = open_decoder(s, out)) < 0)
            return ret;
        output_start_pass(out, s->clip_start, 0);
        out->begin = AV_NOPTS_VALUE;
        out->end = 0;
    }
    s->at_end = 0;
    s->broken = 0;
    s->frames_sent = 0;
    s->video_packets = 0;
    return 0;
}

// At the end of the clip: once more, or the end of the pads.
static int next_pass(AVFilterContext *ctx)
{
    AirforceVideoContext *s = ctx->priv;
    const int ret = complete(s);
    if (ret < 0)
        return ret;
    if (s->loop != 1 && s->frames_sent) { // a clip without frames would loop for ever
        s->loop -= s->loop > 1;
        s->at_end = 0;
        return rewind_clip(ctx);
    }
    for (unsigned i = 0; i < ctx->nb_outputs; i++)
        ff_outlink_set_status(ctx->outputs[i], AVERROR_EOF, s->outputs[i].end);
    return 0;
}

// One packet further.
static int step(AVFilterContext *ctx)
{
    AirforceVideoContext *s = ctx->priv;
    int ret = av_read_frame(s->demuxer.format, s->packet);
    if (s->demuxer.read_error) { // demuxers like to take it for the end
        av_packet_unref(s->packet);
        return s->demuxer.read_error;
    }
    if (ret == AVERROR_EOF) {
        s->at_end = 1;
        ret = drain(ctx);
        // A demuxer is content with less than its index promises.
        if (s->broken ||
            s->video_packets < avformat_index_get_entries_count(s->outputs[VIDEO].stream))
            return demuxer_bad_clip(&s->demuxer, AVERROR_INVALIDDATA, "breaks off");
        return ret;
    }
    if (ret < 0)
        return demuxer_bad_clip(&s->demuxer, ret, "breaks off");
    s->broken |= s->packet->flags & AV_PKT_FLAG_CORRUPT;
    s->video_packets += s->packet->stream_index == s->outputs[VIDEO].stream->index;
    for (unsigned i = 0; i < ctx->nb_outputs && ret >= 0; i++)
        if (s->outputs[i].stream && s->outputs[i].stream->index == s->packet->stream_index)
            ret = decode(ctx, i, s->packet);
    av_packet_unref(s->packet);
    if (ret >= 0 && ctx->nb_outputs > AUDIO && !s->outputs[AUDIO].stream)
        ret = send_silence(ctx, 0);
    return ret;
}

static int open_clip(AVFilterContext *ctx)
{
    AirforceVideoContext *s = ctx->priv;
    int ret;
    s->packet = av_packet_alloc();
    s->frame = av_frame_alloc();
    if (!s->packet || !s->frame)
        return AVERROR(ENOMEM);
    ret = demuxer_open(&s->demuxer);
    if (ret < 0)
        return ret;
    ret = avformat_find_stream_info(s->demuxer.format, NULL);
    if (ret < 0 || s->demuxer.read_error)
        return demuxer_bad_clip(&s->demuxer, ret, "can't be read");
    ret = select_streams(ctx);
    if (ret < 0)
        return ret;
    if (s->demuxer.format->start_time != AV_NOPTS_VALUE)
        s->clip_start = s->demuxer.format->start_time;
    for (unsigned i = 0; i < ctx->nb_outputs; i++) {
        Output *out = &s->outputs[i];
        if (out->stream && (ret = demuxer_check_whole(&s->demuxer, out->stream)) < 0)
            return ret;
        if (out->stream && (ret = open_decoder(s, out)) < 0)
            return ret;
        if (i == VIDEO)
            out->time_base = out->stream->time_base;
        else
            out->time_base = av_make_q(1, out->stream ? out->decoder->sample_rate : SILENT_RATE);
        if (out->time_base.den <= 0)
            return demuxer_bad_clip(&s->demuxer, AVERROR_INVALIDDATA,
                                    "has sound of an unknown rate");
        output_start_pass(out, s->clip_start, 0);
        out->begin = AV_NOPTS_VALUE;
    }
    if (ctx->nb_outputs > AUDIO && !s->outputs[AUDIO].stream)
        av_log(ctx, AV_LOG_WARNING, "the clip has no sound: out1 is silence\n");
    // The first frame tells more of the video than the container does.
    while (!s->outputs[VIDEO].queued && !s->at_end) {
        ret = step(ctx);
        if (ret < 0)
            return ret;
    }
    if (!s->outputs[VIDEO].queued)
        return demuxer_bad_clip(&s->demuxer, AVERROR_INVALIDDATA,
                                "has no frame that can be decoded");
    return 1;
}

static int query_formats(AVFilterContext *ctx)
{
    AirforceVideoContext *s = ctx->priv;
    int ret = 0;
    if (!s->opened) {
        s->opened = generate(ctx);
        if (s->opened >= 0)
            s->opened = open_clip(ctx);
    }
    if (s->opened < 0)
        return s->opened;
    for (unsigned i = 0; i < ctx->nb_outputs && ret >= 0; i++) {
        AVFilterFormatsConfig *config = &ctx->outputs[i]->incfg;
        ret = i == VIDEO ? output_offer_video(&s->outputs[i], config)
                         : output_offer_audio(&s->outputs[i], config);
    }
    return ret;
}

static int config_output(AVFilterLink *outlink)
{
    const AirforceVideoContext *s = outlink->src->priv;
    const Output *out = &s->outputs[FF_OUTLINK_IDX(outlink)];
    outlink->time_base = out->time_base;
    if (outlink->type == AVMEDIA_TYPE_VIDEO) {
        outlink->w = out->width;
        outlink->h = out->height;
        outlink->sample_aspect_ratio = out->queue[0]->sample_aspect_ratio;
        FRAME_RATE(outlink) = av_guess_frame_rate(s->demuxer.format, out->stream, NULL);
    }
    return 0;
}

static int activate(AVFilterContext *ctx)
{
    AirforceVideoContext *s = ctx->priv;
    int wanted = 0, ret;
    for (unsigned i = 0; i < ctx->nb_outputs; i++)
        wanted |=
            !ff_outlink_get_status(ctx->outputs[i]) && ff_outlink_frame_wanted(ctx->outputs[i]);
    if (!wanted)
        return FFERROR_NOT_READY;
    if (s->opened < 0)
        return s->opened;
    if (!s->configured)
        ret = restart_clip(ctx);
    else
        ret = s->at_end ? next_pass(ctx) : step(ctx);
    if (ret < 0)
        return s->opened = ret;
    ff_filter_set_ready(ctx, 100);
    return 0;
}

static av_cold int init(AVFilterContext *ctx)
{
    const AirforceVideoContext *s = ctx->priv;
    AVFilterPad video = {.name = "out0", .type = AVMEDIA_TYPE_VIDEO, .config_props = config_output};
    AVFilterPad audio = {.name = "out1", .type = AVMEDIA_TYPE_AUDIO, .config_props = config_output};
    const char *unnamed = s->unnamed[0] ? s->unnamed[0] : s->unnamed[1];
    int ret;
    if (unnamed) {
        av_log(ctx, AV_LOG_ERROR,
               "'%s' has no option name: a colon in front of it separates options. Nothing was "
               "charged. "
               "Write \\: for a colon in a value (prompt='A fox\\: alert'), 16/9 for a ratio, or "
               "put the "
               "prompt into a file (promptfile=fox.txt)\n",
               unnamed);
        return AVERROR(EINVAL);
    }
    ret = ff_append_outpad(ctx, &video);
    return ret >= 0 && s->parameters.sound ? ff_append_outpad(ctx, &audio) : ret;
}

static av_cold void uninit(AVFilterContext *ctx)
{
    AirforceVideoContext *s = ctx->priv;
    if (!s->opened && ctx->nb_outputs > AUDIO)
        av_log(ctx, AV_LOG_VERBOSE,
               "sound=1 gives the outputs out0 and out1; as an input device both "
               "have to be labelled: airforcevideosrc=...:sound=1[out0][out1]\n");
    for (unsigned i = 0; i < MAX_OUTPUTS; i++)
        output_close(&s->outputs[i]);
    demuxer_close(&s->demuxer);
    close_clip(s->clip ? s->clip : ahead_take(ctx));
    unwatch(s);
    av_packet_free(&s->packet);
    av_frame_free(&s->frame);
}

const FILTER_TYPE ff_avsrc_airforcevideosrc = {
    PUBLIC(name) = "airforcevideosrc",
    PUBLIC(description) =
        NULL_IF_CONFIG_SMALL("Generate a video clip from a prompt with the airforce API."),
    PUBLIC(priv_class) = &airforcevideosrc_class,
    PUBLIC(flags) = AVFILTER_FLAG_DYNAMIC_OUTPUTS,
    .priv_size = sizeof(AirforceVideoContext),
    .init = init,
    .uninit = uninit,
    .activate = activate,
    FILTER_QUERY_FUNC(query_formats),
};
