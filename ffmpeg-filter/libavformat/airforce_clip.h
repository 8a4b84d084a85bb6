// SPDX-License-Identifier: LGPL-2.1-or-later
// A generated clip: bought and followed by the core, and read while it is downloaded. Used by the
// protocol and the filter.
#ifndef AVFORMAT_AIRFORCE_CLIP_H
#define AVFORMAT_AIRFORCE_CLIP_H

#include <pthread.h>
#include <stdint.h>

#include "airforce-video-loader.h"
#include "airforce_worker.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/log.h"

// --- Buying

static inline int airforce_clip_init(AirforceClip *clip, void *log)
{
    const char *message = NULL;
    pthread_condattr_t attributes;
    memset(clip, 0, sizeof *clip);
    clip->log = log;
    clip->progress.phase = -1;
    clip->core = airforce_core(&message);
    if (!clip->core) {
        av_log(log, AV_LOG_ERROR, "%s\n", message);
        return AVERROR_EXTERNAL;
    }
    pthread_mutex_init(&clip->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&clip->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return 0;
}

// Makes the generation; nothing is bought yet. Equal requests that are open at the same time share
// one.
static inline void airforce_clip_prepare(AirforceClip *clip, const AirforceSettings *settings)
{
    clip->generation =
        clip->core->airforce_generation_get_shared(settings, airforce_clip_on_event, clip);
}

// Has the clip or the film made without waiting for it.
static inline int airforce_clip_run_ahead(AirforceClip *clip)
{
    return airforce_clip_start(clip, clip->film ? AIRFORCE_JOB_START : AIRFORCE_JOB_RUN, 0);
}

// Waits until the clip can be read, or the film's shots are being made; starts that if nobody did.
static inline int airforce_clip_run(AirforceClip *clip, const AirforceInterrupt *interrupt,
                                    int *interrupted)
{
    AirforceError *error;
    int ret = 0;
    *interrupted = 0;
    if (clip->job == AIRFORCE_JOB_NONE)
        ret = airforce_clip_run_ahead(clip);
    if (ret < 0)
        return ret;
    if (airforce_clip_finish(clip, interrupt, airforce_clip_cancel, &error, interrupted) < 0)
        return airforce_clip_fail(clip, error);
    pthread_mutex_lock(&clip->lock);
    clip->opened = 1;
    pthread_mutex_unlock(&clip->lock);
    return 0;
}

// --- Reading

static inline int64_t airforce_clip_size(const AirforceClip *clip)
{
    return clip->core->airforce_generation_size(clip->generation);
}

static inline const char *airforce_clip_task_id(const AirforceClip *clip)
{
    const AirforceTask *task = clip->core->airforce_generation_task(clip->generation);
    return task ? task->task_id : "";
}

// Reads what has been downloaded. Where that is nothing, waits at most so many milliseconds, then
// returns AVERROR(EAGAIN). The count, AVERROR_EOF at the end, or an AVERROR that was logged.
static inline int airforce_clip_read(AirforceClip *clip, int64_t offset, uint8_t *buffer, int size,
                                     int milliseconds)
{
    const AirforceCore *core = clip->core;
    for (;;) {
        const int64_t available = core->airforce_generation_available(clip->generation, offset);
        const int64_t total = airforce_clip_size(clip);
        AirforceError *error = NULL;
        int64_t count;
        if (total >= 0 && offset >= total)
            return AVERROR_EOF;
        if (available > 0) {
            airforce_clip_log_messages(clip);
            count = core->airforce_generation_read_at(clip->generation, offset, buffer,
                                                      FFMIN(size, available), &error);
            if (count > 0)
                return count;
        } else {
            if (clip->job == AIRFORCE_JOB_BYTE && clip->offset != offset)
                airforce_clip_drop_wait(clip);
            if (clip->job == AIRFORCE_JOB_NONE) {
                const int ret = airforce_clip_start(clip, AIRFORCE_JOB_BYTE, offset);
                if (ret < 0)
                    return ret;
            }
            if (!airforce_clip_wait(clip, milliseconds))
                return AVERROR(EAGAIN);
            count = airforce_clip_take(clip, &error);
        }
        if (count == 0)
            return AVERROR_EOF;
        if (count < 0) {
            // Another user of the same clip has ended its own wait.
            if (core->airforce_error_kind(error) != AIRFORCE_ERROR_INTERRUPTED)
                return airforce_clip_fail(clip, error);
            core->airforce_error_free(error);
        }
    }
}

// The same, and waits until something can be read, or the caller is interrupted (AVERROR_EXIT).
static inline int airforce_clip_read_wait(AirforceClip *clip, int64_t offset, uint8_t *buffer,
                                          int size, const AirforceInterrupt *interrupt)
{
    for (;;) {
        const int ret = airforce_clip_read(clip, offset, buffer, size, AIRFORCE_WAIT_MS);
        if (ret != AVERROR(EAGAIN))
            return ret;
        if (interrupt && interrupt->callback && interrupt->callback(interrupt->opaque)) {
            airforce_clip_drop_wait(clip);
            return AVERROR_EXIT;
        }
    }
}

// Logs that the clip is not what it should be; returns `error`. Of the charge it says what the
// service has reported.
static inline int airforce_clip_unusable(AirforceClip *clip, int error, const char *what)
{
    const AirforceTask *task = clip->core->airforce_generation_task(clip->generation);
    const char *id = clip->core->airforce_shell_word(task ? task->task_id : "");
    char charge[64] = "No charge was reported";
    if (task && task->cost_cents >= 0)
        snprintf(charge, sizeof charge, "Charged %.15g cents", task->cost_cents);
    airforce_clip_log_messages(clip);
    av_log(clip->log, AV_LOG_ERROR,
           "the clip of task %s %s (%s). %s. Look at it, at no further charge, with: "
           "airforce-video download %s\n",
           id, what, av_err2str(error), charge, id);
    return error;
}

// --- The end

// Has the core finish, once: `location`, and what it was asked to do then.
static inline int airforce_clip_complete(AirforceClip *clip, const AirforceInterrupt *interrupt,
                                         int *interrupted)
{
    AirforceError *error;
    int ret;
    *interrupted = 0;
    if (clip->completed)
        return 0;
    clip->completed = 1;
    airforce_clip_drop_wait(clip);
    ret = airforce_clip_start(clip, AIRFORCE_JOB_COMPLETE, 0);
    if (ret < 0)
        return ret;
    if (airforce_clip_finish(clip, interrupt, airforce_clip_cancel, &error, interrupted) < 0)
        return airforce_clip_fail(clip, error);
    return 0;
}

// The consumer had all of the clip.
static inline void airforce_clip_set_delivered(AirforceClip *clip)
{
    if (!clip->delivered)
        clip->core->airforce_generation_set_delivered(clip->generation);
    clip->delivered = 1;
}

// What still runs is stopped. If that is the making of a clip that nobody waited for, the log says
// how to resume it.
static inline void airforce_clip_close(AirforceClip *clip)
{
    if (!clip->core)
        return;
    if (clip->job == AIRFORCE_JOB_RUN || clip->job == AIRFORCE_JOB_START) {
        AirforceError *error;
        int interrupted;
        airforce_clip_cancel(clip);
        if (airforce_clip_finish(clip, NULL, NULL, &error, &interrupted) < 0)
            airforce_clip_fail(clip, error);
    }
    if (clip->generation)
        airforce_clip_drop_wait(clip);
    if (clip->has_worker) {
        pthread_mutex_lock(&clip->lock);
        clip->quit = 1;
        pthread_cond_broadcast(&clip->changed);
        pthread_mutex_unlock(&clip->lock);
        pthread_join(clip->worker, NULL);
    }
    clip->core->airforce_generation_free(clip->generation); // no event comes after this
    clip->core->airforce_film_free(clip->film);
    airforce_clip_log_messages(clip);
    av_freep(&clip->shots);
    av_freep(&clip->frames_needed);
    pthread_cond_destroy(&clip->changed);
    pthread_mutex_destroy(&clip->lock);
    clip->core = NULL;
}

#endif
