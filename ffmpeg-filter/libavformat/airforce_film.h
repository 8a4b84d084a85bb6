// SPDX-License-Identifier: LGPL-2.1-or-later
// A film of generated clips: the shots of a storyboard, one after the other. Used by the demuxer of
// films and the filter.
#ifndef AVFORMAT_AIRFORCE_FILM_H
#define AVFORMAT_AIRFORCE_FILM_H

#include "airforce_clip.h"
#include "airforce_options.h"
#include "libavutil/avstring.h"
#include "libavutil/bprint.h"

// A storyboard that is given as an option is its own text if it has more than one line or begins as
// JSON does, prompts if it has a '|', else the name of a file.
static inline AirforceFilm *airforce_film_of_option(const AirforceCore *core,
                                                    const AirforceSettings *settings,
                                                    const char *storyboard, int continue_all,
                                                    AirforceError **error)
{
    AirforceFilm *film = NULL;
    char **prompts = NULL;
    int nb_prompts = 0;
    if (strchr(storyboard, '\n') || storyboard[strspn(storyboard, " \t")] == '{')
        return core->airforce_film_new(settings, storyboard, strlen(storyboard), continue_all,
                                       error);
    if (!strchr(storyboard, '|'))
        return core->airforce_film_new_from_file(settings, storyboard, continue_all, error);
    while (*storyboard) {
        const size_t length = strcspn(storyboard, "|");
        av_dynarray_add(&prompts, &nb_prompts, av_strndup(storyboard, length));
        storyboard += length + (storyboard[length] == '|');
    }
    av_dynarray_add(&prompts, &nb_prompts, NULL);
    if (prompts)
        film = core->airforce_film_new_from_prompts(settings, (const char *const *)prompts,
                                                    continue_all, error);
    for (int i = 0; i < nb_prompts; i++)
        av_free(prompts[i]);
    av_free(prompts);
    return film;
}

// Takes a film that the core has made, or why it has not. `log` is the user's context.
static inline int airforce_film_prepare(AirforceClip *clip, AirforceFilm *film,
                                        AirforceError *error)
{
    size_t count;
    if (!film)
        return error ? airforce_clip_fail(clip, error) : AVERROR(ENOMEM);
    clip->film = film;
    count = clip->core->airforce_film_count(film);
    clip->shots = av_calloc(count, sizeof *clip->shots);
    clip->frames_needed = av_calloc(count, 1);
    return clip->shots && clip->frames_needed ? 0 : AVERROR(ENOMEM);
}

static inline int airforce_film_nb_shots(const AirforceClip *film)
{
    return film->core->airforce_film_count(film->film);
}

// The first shot that starts from the last frame of the one before, -1 if there is none.
static inline int airforce_film_first_continued(const AirforceClip *film)
{
    for (int i = 0; i < airforce_film_nb_shots(film); i++) {
        AirforceShot shot;
        film->core->airforce_film_shot(film->film, i, &shot);
        if (shot.continues)
            return i;
    }
    return -1;
}

// Whether a purchase may have been sent for one of the shots.
static inline int airforce_film_may_have_bought(AirforceClip *film)
{
    int may = 0;
    pthread_mutex_lock(&film->lock);
    for (int i = 0; i < airforce_film_nb_shots(film); i++)
        may |= film->shots[i].phase >= AIRFORCE_PHASE_CREATE || film->shots[i].task_reported;
    pthread_mutex_unlock(&film->lock);
    return may;
}

// Logs which tasks continue at the service when nobody waits for them any longer.
static inline void airforce_film_log_tasks(AirforceClip *film)
{
    AVBPrint ids;
    int nb_ids = 0;
    av_bprint_init(&ids, 0, 512);
    for (int i = 0; i < airforce_film_nb_shots(film); i++) {
        AirforceShot shot;
        film->core->airforce_film_shot(film->film, i, &shot);
        if (*shot.task_id)
            av_bprintf(&ids, "%s%s", nb_ids++ ? ", " : "", shot.task_id);
    }
    if (nb_ids)
        av_log(film->log, AV_LOG_ERROR,
               "the film was interrupted. Its tasks continue (%s): the same command resumes them, "
               "and creates only what is missing\n",
               ids.str);
    else if (airforce_film_may_have_bought(film))
        av_log(film->log, AV_LOG_ERROR,
               "the film was interrupted while tasks were created: it is unknown whether anything "
               "was charged. The same command looks for them, and creates only what is missing\n");
    else
        av_log(film->log, AV_LOG_ERROR, "the film was interrupted. Nothing was charged\n");
    av_bprint_finalize(&ids, NULL);
}

// Waits for a shot and opens its clip; the shot is closed on failure. *interrupted says that the
// caller has ended it.
static inline int airforce_film_open_shot(AirforceClip *film, AirforceClip *shot, int index,
                                          const AirforceInterrupt *interrupt, int *interrupted)
{
    AirforceError *error;
    int ret = airforce_clip_init(shot, film->log);
    *interrupted = 0;
    if (ret < 0)
        return ret;
    shot->of = film;
    shot->shot = index;
    shot->generation = film->core->airforce_film_shot_generation(film->film, index);
    ret = airforce_clip_start(shot, AIRFORCE_JOB_RUN, 0);
    if (ret >= 0 &&
        airforce_clip_finish(shot, interrupt, airforce_clip_cancel, &error, interrupted) < 0) {
        if (*interrupted) {
            film->core->airforce_error_free(error);
            airforce_clip_log_messages(film);
            airforce_film_log_tasks(film);
            ret = AVERROR_EXIT;
        } else {
            ret = airforce_clip_fail(shot, error);
        }
    }
    if (ret >= 0) {
        pthread_mutex_lock(&shot->lock);
        shot->opened = 1;
        pthread_mutex_unlock(&shot->lock);
    }
    if (ret < 0)
        airforce_clip_close(shot);
    return ret;
}

#endif
