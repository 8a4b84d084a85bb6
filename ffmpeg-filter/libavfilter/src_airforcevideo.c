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
 * Its parts, each in a file of its own: airforcevideo_source.h (where the clips come from),
 * _player.h (how they are played), _ahead.h (clips made at the same time), _output.h and _sound.h
 * (frames and their timestamps), _picture.h (between the shots of a film), _turn.h (rotation),
 * _decoder.h, _context.h, _again.h (a second attempt of ffmpeg's), and _compat.h (versions of
 * FFmpeg); libavformat/airforce_*.h has what it shares with the protocol and the demuxer.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // the loader needs it
#endif
#include <string.h>

#include "airforcevideo_again.h"
#include "airforcevideo_compat.h"
#include "airforcevideo_player.h"
#include "airforcevideo_source.h"
#include "audio.h"
#include "video.h"

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
    OPTION_STRING("storyboard", "A film: file with a shot a line, or shots with '|' between two", storyboard, NULL, 0, 0) OPTION_UNNAMED
    OPTION_BOOL("continue", "Start each shot from the last frame of the one before", continues, 0, 0, 1) OPTION_UNNAMED
    {"loop", "How often the clip is played; 0 is without end", OFFSET(loop), AV_OPT_TYPE_INT, {.i64 = 1}, 0, INT_MAX, OPTION_FLAGS},
    OPTION_UNNAMED
    {"dec_threads", "Threads for decoding; 0 is as ffmpeg has it for its inputs", OFFSET(decoder_threads), AV_OPT_TYPE_INT, {.i64 = 0}, 0, INT_MAX, OPTION_FLAGS},
    OPTION_UNNAMED
    {NULL},
};
// clang-format on

AVFILTER_DEFINE_CLASS(airforcevideosrc);

static int query_formats(AVFilterContext *ctx)
{
    AirforceVideoContext *s = ctx->priv;
    int ret = 0;
    if (!s->opened) {
        s->opened = again_error(ctx);
        if (s->opened >= 0)
            s->opened = generate(ctx);
        if (s->opened >= 0)
            s->opened = open_clip(ctx);
        if (s->opened < 0)
            again_keep_error(ctx, s->opened);
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
        FRAME_RATE(outlink) = av_guess_frame_rate(s->input.format, out->stream, NULL);
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
    if (ret < 0) {
        // Nobody runs a filter again that has failed: whoever reads on would wait for ever.
        for (unsigned i = 0; i < ctx->nb_outputs; i++)
            if (!ff_outlink_get_status(ctx->outputs[i]))
                ff_outlink_set_status(ctx->outputs[i], ret, s->outputs[i].end);
        return s->opened = ret;
    }
    ff_filter_set_ready(ctx, 100);
    return 0;
}

// `prompt`: what comes next in an endless loop. Nobody calls it while frames are made.
static int process_command(AVFilterContext *ctx, const char *command, const char *argument,
                           char *response, int size, int flags)
{
    (void)response;
    (void)size;
    (void)flags;
    return strcmp(command, "prompt") ? AVERROR(ENOSYS) : next_by_prompt(ctx, argument);
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
    if (s->parameters.continues && !s->parameters.storyboard) {
        av_log(ctx, AV_LOG_ERROR,
               "continue=1 needs a storyboard, whose shots continue one another. Nothing was "
               "charged. Set storyboard, or leave continue out\n");
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
    airforce_input_close(&s->input);
    close_clip(s->clip);
    close_clip(s->film);
    close_clip(s->next);
    close_clip(ahead_take(ctx));
    sound_drop(&s->held);
    unwatch(s);
    av_packet_free(&s->packet);
    av_frame_free(&s->frame);
    av_frame_free(&s->silence);
    av_frame_free(&s->last_shown);
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
    .process_command = process_command,
    FILTER_QUERY_FUNC(query_formats),
};
