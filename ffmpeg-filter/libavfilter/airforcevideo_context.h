// SPDX-License-Identifier: LGPL-2.1-or-later
// What a source has.
#ifndef AVFILTER_AIRFORCEVIDEO_CONTEXT_H
#define AVFILTER_AIRFORCEVIDEO_CONTEXT_H

#include "airforcevideo_output.h"
#include "airforcevideo_sound.h"
#include "libavformat/airforce_input.h"
#include "libavformat/airforce_options.h"

enum { VIDEO, AUDIO, MAX_OUTPUTS };

typedef struct AirforceVideoContext {
    const AVClass *class;
    AirforceParameters parameters;
    char *unnamed[2]; // what an unescaped colon has cut off
    int loop;
    int decoder_threads;

    AirforceClip *film; // NULL: one clip
    int shot, nb_shots;
    AirforceClip *clip; // the current shot's
    AirforceClip *next; // of the command `prompt`: follows when it can be played; NULL: none
    int watching;       // for Ctrl-C
    AirforceInput input;
    int64_t clip_start; // in AV_TIME_BASE: what is timestamp 0 of the pads
    AVPacket *packet;
    AVFrame *frame;
    AVFrame *silence;
    Output outputs[MAX_OUTPUTS];
    int opened;     // 1 once the clip plays; a failure is kept here, so that nothing is tried twice
    int configured; // the first frames were only decoded for the graph's configuration
    int at_end;     // of the clip, with all frames sent
    HeldSound held; // of a film
    AVFrame *last_shown; // of a shot that another one continues
    int is_continued;    // the current shot, by the next one
    int may_repeat;      // the shot's first picture may be the last one of the shot before
    // In this pass of the loop.
    int64_t frames_sent;
    int video_packets;
    int broken; // a packet was cut off
} AirforceVideoContext;

#endif
