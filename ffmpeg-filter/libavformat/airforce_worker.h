// SPDX-License-Identifier: LGPL-2.1-or-later
// The worker of a generated clip: it makes the core's calls that block. Used by airforce_clip.h.
//
// Everything that blocks runs on a worker thread. The caller waits for it in short steps, so that
// it can look whether it is interrupted, and logs what the core reported meanwhile: FFmpeg's log
// callback is only ever called on the thread that called in.
#ifndef AVFORMAT_AIRFORCE_WORKER_H
#define AVFORMAT_AIRFORCE_WORKER_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

#include "airforce-video-loader.h"
#include "airforce_options.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/log.h"
#include "libavutil/mem.h"

// How long one step of a wait is: an interruption is noticed after this time at the latest.
enum { AIRFORCE_WAIT_MS = 20 };
// Messages that are kept until the caller's thread can log them.
enum { AIRFORCE_MAX_MESSAGES = 64 };

typedef enum AirforceJob {
    AIRFORCE_JOB_NONE,
    AIRFORCE_JOB_RUN,      // buy and follow, until the clip can be read
    AIRFORCE_JOB_START,    // of a film: plan, hold the ceiling, and start its shots
    AIRFORCE_JOB_BYTE,     // wait until the byte at `offset` can be read
    AIRFORCE_JOB_COMPLETE, // wait until the whole clip is downloaded, and `location` written
} AirforceJob;

typedef struct AirforceMessage {
    int level;
    char *text;
} AirforceMessage;

// What was reported last of a progress.
typedef struct AirforceProgress {
    int phase, tenth;
    int task_reported;
} AirforceProgress;

// A clip, or a film: then it has `film` and no generation, and its shots are clips that name it.
typedef struct AirforceClip {
    void *log;
    const AirforceCore *core;
    AirforceGeneration *generation;
    AirforceFilm *film;
    struct AirforceClip *of; // of a shot: the film; what that reports is logged here, too
    int shot;
    int opened;    // the run has succeeded
    int completed; // nothing more has to be waited for
    int delivered;

    int has_worker;
    pthread_t worker;
    pthread_mutex_t lock; // protects all below
    pthread_cond_t changed;
    int quit;
    AirforceJob job;
    int64_t offset;
    int job_done;
    int64_t job_result;
    AirforceError *job_error;
    AirforceMessage messages[AIRFORCE_MAX_MESSAGES];
    int nb_messages;
    AirforceProgress progress;
    AirforceProgress *shots; // of a film
    uint8_t *frames_needed;  // of a film: shots whose last frame another one starts from
} AirforceClip;

// Returns nonzero when the caller does not want to wait any longer. Called on its thread.
typedef struct AirforceInterrupt {
    int (*callback)(void *opaque);
    void *opaque;
} AirforceInterrupt;

// --- Messages

static inline void airforce_clip_queue(AirforceClip *clip, int level, const char *text)
{
    char *copy = airforce_front_end_text(text);
    if (copy && clip->nb_messages < AIRFORCE_MAX_MESSAGES)
        clip->messages[clip->nb_messages++] = (AirforceMessage){level, copy};
    else
        av_free(copy);
}

// The level at which an event is logged; AV_LOG_QUIET: it says nothing new.
static inline int airforce_event_level(const AirforceEvent *event, AirforceProgress *last)
{
    const int tenth = event->percent < 0 ? -1 : event->percent / 10;
    int level = AV_LOG_QUIET;
    switch (event->kind) {
    case AIRFORCE_EVENT_WARNING: return AV_LOG_WARNING;
    case AIRFORCE_EVENT_PROGRESS:
        // That of a download says nothing of how far it is.
        if (event->phase != last->phase ||
            (tenth != last->tenth && event->phase < AIRFORCE_PHASE_DOWNLOAD))
            level = AV_LOG_INFO;
        last->phase = event->phase;
        last->tenth = tenth;
        break;
    case AIRFORCE_EVENT_TASK: // a lost clip is found again by its task's id
        level = last->task_reported ? AV_LOG_VERBOSE : AV_LOG_INFO;
        last->task_reported = 1;
        break;
    }
    return level;
}

// Called by the core, on threads of its own.
static inline void airforce_clip_on_event(const AirforceEvent *event, void *opaque)
{
    AirforceClip *clip = opaque;
    int level;
    if (!event->text)
        return;
    pthread_mutex_lock(&clip->lock);
    level = clip->opened && event->kind == AIRFORCE_EVENT_PROGRESS
                ? AV_LOG_QUIET
                : airforce_event_level(event, &clip->progress);
    if (level != AV_LOG_QUIET)
        airforce_clip_queue(clip, level, event->text);
    pthread_cond_broadcast(&clip->changed);
    pthread_mutex_unlock(&clip->lock);
}

// The same for a film.
static inline void airforce_film_on_event(const AirforceFilmEvent *event, void *opaque)
{
    AirforceClip *film = opaque;
    pthread_mutex_lock(&film->lock);
    if (event->kind == AIRFORCE_FILM_EVENT_FRAME_NEEDED) {
        film->frames_needed[event->shot] = 1;
    } else if (event->kind == AIRFORCE_FILM_EVENT_SHOT && event->event->text &&
               (event->event->kind != AIRFORCE_EVENT_PROGRESS ||
                event->event->phase < AIRFORCE_PHASE_DOWNLOAD)) {
        const int level = airforce_event_level(event->event, &film->shots[event->shot]);
        char *text = level == AV_LOG_QUIET
                         ? NULL
                         : av_asprintf("shot %zu: %s", event->shot + 1, event->event->text);
        if (text)
            airforce_clip_queue(film, level, text);
        av_free(text);
    }
    pthread_mutex_unlock(&film->lock);
}

// Logs what was reported; called without the lock.
static inline void airforce_clip_log_messages(AirforceClip *clip)
{
    AirforceMessage messages[AIRFORCE_MAX_MESSAGES];
    int count;
    pthread_mutex_lock(&clip->lock);
    count = clip->nb_messages;
    memcpy(messages, clip->messages, count * sizeof *messages);
    clip->nb_messages = 0;
    pthread_mutex_unlock(&clip->lock);
    for (int i = 0; i < count; i++) {
        av_log(clip->log, messages[i].level, "%s\n", messages[i].text);
        av_free(messages[i].text);
    }
    if (clip->of)
        airforce_clip_log_messages(clip->of);
}

// The AVERROR for an error of the core; that of http.c where the service answered with a status.
static inline int airforce_averror(const AirforceCore *core, const AirforceError *error)
{
    const int status = core->airforce_error_http_status(error);
    switch (status) {
    case 400: return AVERROR_HTTP_BAD_REQUEST;
    case 401: return AVERROR_HTTP_UNAUTHORIZED;
    case 403: return AVERROR_HTTP_FORBIDDEN;
    case 404: return AVERROR_HTTP_NOT_FOUND;
#ifdef AVERROR_HTTP_TOO_MANY_REQUESTS
    case 429: return AVERROR_HTTP_TOO_MANY_REQUESTS;
#endif
    default:
        if (status >= 400 && status < 500)
            return AVERROR_HTTP_OTHER_4XX;
        if (status >= 500 && status < 600)
            return AVERROR_HTTP_SERVER_ERROR;
    }
    switch (core->airforce_error_kind(error)) {
    case AIRFORCE_ERROR_SETTINGS:
    case AIRFORCE_ERROR_BUDGET: return AVERROR(EINVAL);
    case AIRFORCE_ERROR_NOT_AUTHORIZED: return AVERROR(EACCES);
    case AIRFORCE_ERROR_NOT_FOUND: return AVERROR(ENOENT);
    case AIRFORCE_ERROR_BUSY: return AVERROR(EBUSY);
    case AIRFORCE_ERROR_TIMEOUT: return AVERROR(ETIMEDOUT);
    case AIRFORCE_ERROR_NETWORK:
    case AIRFORCE_ERROR_SERVER:
    case AIRFORCE_ERROR_FILE: return AVERROR(EIO);
    case AIRFORCE_ERROR_PROTOCOL:
    case AIRFORCE_ERROR_CLIP: return AVERROR_INVALIDDATA;
    // Not AVERROR_EXIT for a cancellation: ffmpeg from 6.1 on takes that for success.
    default: return AVERROR_EXTERNAL;
    }
}

// Logs and frees an error of the core; the AVERROR for it.
static inline int airforce_clip_fail(AirforceClip *clip, AirforceError *error)
{
    const int ret = airforce_averror(clip->core, error);
    char *text = airforce_front_end_text(clip->core->airforce_error_text(error));
    airforce_clip_log_messages(clip);
    if (clip->of && text && strncmp(text, "shot ", 5))
        av_log(clip->log, AV_LOG_ERROR, "shot %d: ", clip->shot + 1);
    av_log(clip->log, AV_LOG_ERROR, "%s\n", text ? text : "out of memory");
    av_free(text);
    clip->core->airforce_error_free(error);
    return ret;
}

// --- The worker

static inline void *airforce_clip_work(void *opaque)
{
    AirforceClip *clip = opaque;
    const AirforceCore *core = clip->core;
    pthread_mutex_lock(&clip->lock);
    while (!clip->quit) {
        const AirforceJob job = clip->job;
        const int64_t offset = clip->offset;
        AirforceError *error = NULL;
        int64_t result = 0;
        uint8_t byte;
        if (job == AIRFORCE_JOB_NONE || clip->job_done) {
            pthread_cond_wait(&clip->changed, &clip->lock);
            continue;
        }
        pthread_mutex_unlock(&clip->lock);
        if (job == AIRFORCE_JOB_RUN)
            result = core->airforce_generation_run(clip->generation, &error);
        else if (job == AIRFORCE_JOB_START)
            result = core->airforce_film_start(clip->film, airforce_film_on_event, clip, &error);
        else if (job == AIRFORCE_JOB_BYTE)
            result = core->airforce_generation_read_at(clip->generation, offset, &byte, 1, &error);
        else
            result = core->airforce_generation_wait_complete(clip->generation, &error);
        pthread_mutex_lock(&clip->lock);
        clip->job_result = result;
        clip->job_error = error;
        clip->job_done = 1;
        pthread_cond_broadcast(&clip->changed);
    }
    pthread_mutex_unlock(&clip->lock);
    return NULL;
}

static inline int airforce_clip_start(AirforceClip *clip, AirforceJob job, int64_t offset)
{
    if (!clip->has_worker) {
        const int ret = pthread_create(&clip->worker, NULL, airforce_clip_work, clip);
        if (ret) {
            av_log(clip->log, AV_LOG_ERROR, "cannot start a thread: %s\n",
                   av_err2str(AVERROR(ret)));
            return AVERROR(ret);
        }
        clip->has_worker = 1;
    }
    pthread_mutex_lock(&clip->lock);
    clip->job = job;
    clip->offset = offset;
    clip->job_done = 0;
    clip->job_error = NULL;
    pthread_cond_broadcast(&clip->changed);
    pthread_mutex_unlock(&clip->lock);
    return 0;
}

// Waits for the job's end, at most so many milliseconds; returns whether it has ended.
static inline int airforce_clip_wait(AirforceClip *clip, int milliseconds)
{
    struct timespec until;
    int done;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (milliseconds % 1000) * 1000000L;
    until.tv_sec += milliseconds / 1000 + until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&clip->lock);
    while (!clip->job_done && !clip->nb_messages)
        if (pthread_cond_timedwait(&clip->changed, &clip->lock, &until))
            break;
    done = clip->job_done;
    pthread_mutex_unlock(&clip->lock);
    airforce_clip_log_messages(clip);
    return done;
}

// Takes the result of a job that has ended.
static inline int64_t airforce_clip_take(AirforceClip *clip, AirforceError **error)
{
    int64_t result;
    pthread_mutex_lock(&clip->lock);
    clip->job = AIRFORCE_JOB_NONE;
    result = clip->job_result;
    *error = clip->job_error;
    pthread_mutex_unlock(&clip->lock);
    return result;
}

// Waits for the job's end. When the caller is interrupted, `stop` ends the job first.
static inline int64_t airforce_clip_finish(AirforceClip *clip, const AirforceInterrupt *interrupt,
                                           void (*stop)(AirforceClip *clip), AirforceError **error,
                                           int *interrupted)
{
    *interrupted = 0;
    do {
        if (!*interrupted && interrupt && interrupt->callback &&
            interrupt->callback(interrupt->opaque)) {
            *interrupted = 1;
            stop(clip);
        }
    } while (!airforce_clip_wait(clip, AIRFORCE_WAIT_MS));
    return airforce_clip_take(clip, error);
}

static inline void airforce_clip_cancel(AirforceClip *clip)
{
    if (clip->film)
        clip->core->airforce_film_cancel(clip->film);
    else
        clip->core->airforce_generation_cancel(clip->generation);
}

// Ends a wait for a byte, and nothing else.
static inline void airforce_clip_drop_wait(AirforceClip *clip)
{
    AirforceError *error = NULL;
    if (clip->job != AIRFORCE_JOB_BYTE)
        return;
    clip->core->airforce_generation_set_flushing(clip->generation, 1);
    while (!airforce_clip_wait(clip, 1000)) {
    }
    clip->core->airforce_generation_set_flushing(clip->generation, 0);
    airforce_clip_take(clip, &error);
    clip->core->airforce_error_free(error);
}

#endif
