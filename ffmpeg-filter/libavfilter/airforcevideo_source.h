// SPDX-License-Identifier: LGPL-2.1-or-later
// Where a source gets its clips from: they are bought, shot by shot, and finished with.
#ifndef AVFILTER_AIRFORCEVIDEO_SOURCE_H
#define AVFILTER_AIRFORCEVIDEO_SOURCE_H

#include "airforcevideo_ahead.h"
#include "airforcevideo_context.h"
#include "airforcevideo_picture.h"
#include "libavformat/airforce_film.h"

static void close_clip(AirforceClip *clip)
{
    if (clip)
        airforce_clip_close(clip);
    av_free(clip);
}

// The film that these options ask for, and whether it can be played.
static int prepare_film(AVFilterContext *ctx, const AirforceParameters *parameters,
                        const AirforceSettings *settings, AirforceClip *film)
{
    AirforceError *error = NULL;
    AirforceFilm *made = airforce_film_of_option(film->core, settings, parameters->storyboard,
                                                 parameters->continues, &error);
    const int ret = airforce_film_prepare(film, made, error);
    if (ret < 0 || airforce_film_first_continued(film) < 0)
        return ret;
    if (avcodec_find_encoder(AV_CODEC_ID_PNG) && avfilter_get_by_name("scale") &&
        avfilter_get_by_name("format"))
        return ret;
    av_log(ctx, AV_LOG_ERROR,
           "shot %d starts from the last frame of the one before, for which this ffmpeg lacks the "
           "PNG encoder or the filters scale and format. Nothing was charged. Leave out continue\n",
           airforce_film_first_continued(film) + 1);
    return AVERROR_ENCODER_NOT_FOUND;
}

// The clip or the film that these options ask for; nothing is bought yet.
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
        if (ret >= 0 && parameters->storyboard)
            ret = prepare_film(ctx, parameters, settings, clip);
        else if (ret >= 0)
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
        if (other == ctx || other->filter != ctx->filter || s->clip || s->film || s->opened ||
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

// --- Shots of a film

// Gives the service the last frame of a shot, from which the next one starts. The clip that is
// played is read by its own generation: closing another one of the same shot would end its reads.
static void give_last_frame(AVFilterContext *ctx, int shot)
{
    AirforceVideoContext *s = ctx->priv;
    AVPacket *png = av_packet_alloc();
    AirforceError *error = NULL;
    AirforceClip clip = {0}, *of = &clip;
    int interrupted, ret = png ? 0 : AVERROR(ENOMEM);
    if (s->clip && s->shot == shot)
        of = s->clip;
    else if (ret >= 0)
        ret = airforce_film_open_shot(s->film, &clip, shot, &watch_interrupt, &interrupted);
    if (ret >= 0) {
        ret = picture_of_clip(of, png, ctx);
        if (ret < 0)
            av_log(ctx, AV_LOG_ERROR, "the last frame of shot %d cannot be decoded: %s\n", shot + 1,
                   av_err2str(ret));
    }
    airforce_clip_close(&clip);
    if (s->film->core->airforce_film_set_last_frame(
            s->film->film, shot, ret >= 0 ? png->data : NULL, ret >= 0 ? png->size : 0, &error) < 0)
        airforce_clip_fail(s->film, error);
    av_packet_free(&png);
}

// The same for all shots whose clips can be read by now.
static void give_last_frames(AVFilterContext *ctx)
{
    AirforceVideoContext *s = ctx->priv;
    for (;;) {
        uint8_t *needed;
        pthread_mutex_lock(&s->film->lock);
        needed = memchr(s->film->frames_needed, 1, s->nb_shots);
        if (needed)
            *needed = 0;
        pthread_mutex_unlock(&s->film->lock);
        if (!needed)
            return;
        give_last_frame(ctx, needed - s->film->frames_needed);
    }
}

static int shot_interrupted(void *opaque)
{
    if (!watch_was_caught(NULL))
        give_last_frames(opaque); // the shot that is waited for may need it
    return watch_was_caught(NULL);
}

// Makes a shot's clip the current one; its input is closed.
static int open_shot(AVFilterContext *ctx, int shot)
{
    AirforceVideoContext *s = ctx->priv;
    const AirforceInterrupt interrupt = {shot_interrupted, ctx};
    AirforceClip *clip = av_mallocz(sizeof *clip);
    int interrupted, ret;
    if (!clip)
        return AVERROR(ENOMEM);
    close_clip(s->clip);
    s->clip = NULL;
    s->shot = shot;
    ret = airforce_film_open_shot(s->film, clip, shot, &interrupt, &interrupted);
    if (ret < 0) {
        av_free(clip);
        // Not AVERROR_EXIT: ffmpeg from 6.1 on takes that for success.
        return ret == AVERROR_EXIT ? AVERROR_EXTERNAL : ret;
    }
    s->clip = s->input.clip = clip;
    return 0;
}

static int shot_continues(const AirforceVideoContext *s, int shot)
{
    AirforceShot description;
    if (!s->film || shot >= s->nb_shots)
        return 0;
    s->film->core->airforce_film_shot(s->film->film, shot, &description);
    return description.continues;
}

// --- What comes next, by the command `prompt`

// Has a clip of that prompt made while the current one is played again. It replaces one that was
// asked for before and has not been shown; what was bought of that is resumed by the same prompt.
static int next_by_prompt(AVFilterContext *ctx, const char *prompt)
{
    AirforceVideoContext *s = ctx->priv;
    AirforceParameters parameters = s->parameters; // its strings are lent
    AirforceClip *clip;
    int ret;
    if (s->film || s->loop) {
        av_log(ctx, AV_LOG_ERROR,
               "the command prompt needs loop=0 and no storyboard. Nothing was charged\n");
        return AVERROR(ENOSYS);
    }
    if (!prompt || !*prompt)
        return AVERROR(EINVAL);
    parameters.prompt = (char *)prompt;
    parameters.prompt_file = parameters.prompt_file_alias = parameters.task_id = NULL;
    parameters.location = NULL; // of the first clip
    ret = prepare_clip(ctx, &parameters, &clip);
    if (ret < 0)
        return ret;
    close_clip(s->next);
    s->next = clip;
    return airforce_clip_run_ahead(clip);
}

// Makes that clip the current one, whose input is closed. 0 while it is being made, or if it
// failed, which is logged: the current clip continues.
static int take_next(AVFilterContext *ctx)
{
    AirforceVideoContext *s = ctx->priv;
    AirforceClip *next = s->next;
    int interrupted, ret;
    if (!next || !airforce_clip_wait(next, 0))
        return 0;
    s->next = NULL;
    ret = airforce_clip_run(next, &watch_interrupt, &interrupted);
    if (ret < 0) {
        av_log(ctx, AV_LOG_WARNING, "the clip before it is played on\n");
        close_clip(next);
        return 0;
    }
    close_clip(s->clip);
    s->clip = s->input.clip = next;
    return 1;
}

// --- The beginning and the end

static int generate(AVFilterContext *ctx)
{
    AirforceVideoContext *s = ctx->priv;
    AirforceClip *made = ahead_take(ctx);
    const int was_ahead = made != NULL;
    int ret = 0, interrupted, signal_number;
    if (!made)
        ret = prepare_clip(ctx, &s->parameters, &made);
    if (ret < 0)
        return ret;
    *(made->film ? &s->film : &s->clip) = made;
    if (!was_ahead)
        ret = run_others_ahead(ctx);
    if (ret < 0)
        return ret;
    s->input.clip = s->clip;
    s->input.interrupted_error = AVERROR_EXTERNAL;
    watch_open();
    s->watching = 1;
    watch_begin();
    ret = airforce_clip_run(made, &watch_interrupt, &interrupted);
    if (ret >= 0 && s->film) {
        s->nb_shots = airforce_film_nb_shots(s->film);
        ret = open_shot(ctx, 0);
    }
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
    if (s->shot + 1 >= s->nb_shots)
        unwatch(s); // nothing more has to be waited for
    airforce_clip_set_delivered(s->clip);
    return 0;
}

#endif
