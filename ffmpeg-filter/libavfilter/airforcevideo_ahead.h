// SPDX-License-Identifier: LGPL-2.1-or-later
// Clips that are made before their filter asks for them.
//
// A graph asks its filters one after the other. So that its clips are made at the same time, the
// first source that is asked starts those of the others, and puts them here. Each source takes its
// own when it is asked, or when it is freed: nothing stays here longer than its filter.
#ifndef AVFILTER_AIRFORCEVIDEO_AHEAD_H
#define AVFILTER_AIRFORCEVIDEO_AHEAD_H

#include <pthread.h>

#include "avfilter.h"
#include "libavformat/airforce_clip.h"
#include "libavutil/mem.h"

typedef struct AheadClip {
    const AVFilterContext *owner;
    AirforceClip *clip;
    struct AheadClip *next;
} AheadClip;

static struct {
    pthread_mutex_t lock; // protects the list: graphs are configured on any thread
    AheadClip *first;
} ahead = {.lock = PTHREAD_MUTEX_INITIALIZER};

// NULL if there is none.
static AirforceClip *ahead_find(const AVFilterContext *owner)
{
    const AheadClip *entry;
    pthread_mutex_lock(&ahead.lock);
    for (entry = ahead.first; entry && entry->owner != owner; entry = entry->next) {
    }
    pthread_mutex_unlock(&ahead.lock);
    return entry ? entry->clip : NULL;
}

static int ahead_put(const AVFilterContext *owner, AirforceClip *clip)
{
    AheadClip *entry = av_malloc(sizeof *entry);
    if (!entry)
        return AVERROR(ENOMEM);
    pthread_mutex_lock(&ahead.lock);
    *entry = (AheadClip){owner, clip, ahead.first};
    ahead.first = entry;
    pthread_mutex_unlock(&ahead.lock);
    return 0;
}

// The same, and it is the owner's from now on.
static AirforceClip *ahead_take(const AVFilterContext *owner)
{
    AirforceClip *clip = NULL;
    pthread_mutex_lock(&ahead.lock);
    for (AheadClip **entry = &ahead.first; *entry; entry = &(*entry)->next) {
        AheadClip *found = *entry;
        if (found->owner != owner)
            continue;
        clip = found->clip;
        *entry = found->next;
        av_free(found);
        break;
    }
    pthread_mutex_unlock(&ahead.lock);
    return clip;
}

#endif
