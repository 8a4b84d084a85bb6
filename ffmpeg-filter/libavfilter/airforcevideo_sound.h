// SPDX-License-Identifier: LGPL-2.1-or-later
// The sound of a film's shots: each is cut or padded to its picture, to the sample, so that nothing
// slips from shot to shot.
#ifndef AVFILTER_AIRFORCEVIDEO_SOUND_H
#define AVFILTER_AIRFORCEVIDEO_SOUND_H

#include "airforcevideo_output.h"

// Frames that are held back until the picture is as far.
typedef struct HeldSound {
    AVFrame **frames;
    int count;
} HeldSound;

static void sound_drop(HeldSound *held)
{
    for (int i = 0; i < held->count; i++)
        av_frame_free(&held->frames[i]);
    av_freep(&held->frames);
    held->count = 0;
}

// Takes a frame over; leaves it empty.
static int sound_hold(HeldSound *held, AVFrame *frame)
{
    AVFrame *kept = av_frame_alloc();
    int ret;
    if (!kept)
        return AVERROR(ENOMEM);
    av_frame_move_ref(kept, frame);
    ret = av_dynarray_add_nofree(&held->frames, &held->count, kept);
    if (ret < 0)
        av_frame_free(&kept);
    return ret;
}

// The shot begins later in its clip: what is held moves with it.
static void sound_shift(HeldSound *held, int64_t samples)
{
    for (int i = 0; i < held->count; i++)
        held->frames[i]->pts -= samples;
}

// Moves the samples [from, to) of a frame into an empty one.
static int sound_part(const AVFrame *frame, int from, int to, AVFrame *part)
{
    int ret;
    part->format = frame->format;
    part->sample_rate = frame->sample_rate;
    part->nb_samples = to - from;
    ret = av_channel_layout_copy(&part->ch_layout, &frame->ch_layout);
    if (ret >= 0)
        ret = av_frame_get_buffer(part, 0);
    if (ret < 0)
        return ret;
    av_samples_copy(part->extended_data, frame->extended_data, 0, from, to - from,
                    part->ch_layout.nb_channels, part->format);
    part->pts = frame->pts + from;
    FRAME_DURATION(part) = part->nb_samples;
    return 0;
}

// Takes what is due of the first held frame: its samples from `begin` on and before `end`. 1 with a
// frame, 0 if none is due. With `to_the_end` what is cut off is dropped, else the frame is held
// until `end` is behind it.
static int sound_take(HeldSound *held, int64_t begin, int64_t end, int to_the_end, AVFrame *taken)
{
    while (held->count) {
        AVFrame *first = held->frames[0];
        const int64_t from = av_clip64(begin - first->pts, 0, first->nb_samples);
        const int64_t to = av_clip64(end - first->pts, 0, first->nb_samples);
        int ret = 0;
        if (!to_the_end && to < first->nb_samples)
            return 0;
        if (from == 0 && to == first->nb_samples)
            av_frame_move_ref(taken, first);
        else if (from < to)
            ret = sound_part(first, from, to, taken);
        av_frame_free(&first);
        memmove(held->frames, held->frames + 1, --held->count * sizeof *held->frames);
        if (ret < 0 || from < to)
            return ret < 0 ? ret : 1;
    }
    return 0;
}

#endif
