// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * airforce: a video clip generated from a prompt, as a file that can be read and sought in while it
 * is downloaded.
 *
 *   airforce://generate?model=wan-2.6&prompt=A%20red%20fox
 *   airforce://task/ID
 *
 * The core (airforce-video.h, loaded when it is first needed) buys, follows and downloads. This
 * file gives its bytes to libavformat.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // the loader needs it
#endif
#include "airforce_clip.h"
#include "airforce_interrupt.h"
#include "airforce_url.h"
#include "avio.h"
#include "libavutil/avstring.h"
#include "libavutil/dict.h"
#include "libavutil/opt.h"
#include "url.h"

// A part of the clip that was read.
typedef struct Range {
    int64_t start, end;
} Range;

typedef struct AirforceContext {
    const AVClass *class;
    AirforceParameters parameters;
    char *mime_type;
    AVDictionary *metadata;

    AirforceClip clip;
    int64_t position; // of the next read
    Range *read;      // what was read, in order and apart from one another
    int nb_read;
    int64_t since_start; // bytes that were read since the reader went back to the first half
    int watching;        // for Ctrl-C
} AirforceContext;

#define OFFSET(field) offsetof(AirforceContext, field)
#define OPTION_OFFSET(name) OFFSET(parameters.name)
#define OPTION_FLAGS AV_OPT_FLAG_DECODING_PARAM

// clang-format off
static const AVOption options[] = {
#define AIRFORCE_SECRET_PARAMETER(...)
#define AIRFORCE_PARAMETER(type, name, traits, key, flag, initial, minimum, maximum, unit, help) \
    OPTION_##type(AIRFORCE_KEY(name, key), help, name, initial, minimum, maximum)
#define AIRFORCE_CHOICE OPTION_CONSTANT
#include "airforce-video-parameters.def"
    OPTION_STRING("prompt_file", "The same as promptfile", prompt_file_alias, NULL, 0, 0)
    {"mime_type", "export the MIME type", OFFSET(mime_type), AV_OPT_TYPE_STRING, {.str = NULL}, 0, 0, AV_OPT_FLAG_EXPORT | AV_OPT_FLAG_READONLY},
    {"metadata", "export the prompt, the model and the task's id", OFFSET(metadata), AV_OPT_TYPE_DICT, {0}, 0, 0, AV_OPT_FLAG_EXPORT},
    {NULL},
};
// clang-format on

static const AVClass airforce_class = {
    .class_name = "airforce",
    .item_name = av_default_item_name,
    .option = options,
    .version = LIBAVUTIL_VERSION_INT,
};

static int set_metadata(AirforceContext *s)
{
    const AirforceTask *task = s->clip.core->airforce_generation_task(s->clip.generation);
    const char *prompt = s->clip.core->airforce_generation_prompt(s->clip.generation);
    int ret = 0;
    if (*prompt)
        ret = av_dict_set(&s->metadata, "prompt", prompt, 0);
    if (ret >= 0 && task)
        ret = av_dict_set(&s->metadata, "task_id", task->task_id, 0);
    if (ret >= 0 && task && *task->model)
        ret = av_dict_set(&s->metadata, "model", task->model, 0);
    s->mime_type = av_strdup("video/mp4");
    return ret >= 0 && !s->mime_type ? AVERROR(ENOMEM) : ret;
}

static void unwatch(AirforceContext *s)
{
    if (s->watching)
        watch_close();
    s->watching = 0;
}

// Whether the reader had the clip. It reads all of a clip in small fragments to open it, and goes
// back then; so every byte must have been read, and most of them since.
static int was_consumed(const AirforceContext *s)
{
    const int64_t size = s->nb_read == 1 ? airforce_clip_size(&s->clip) : -1;
    return size >= 0 && s->read->start == 0 && s->read->end >= size &&
           s->since_start >= size - size / 4;
}

static int airforce_close(URLContext *h)
{
    AirforceContext *s = h->priv_data;
    const AirforceInterrupt interrupt = {h->interrupt_callback.callback,
                                         h->interrupt_callback.opaque};
    int interrupted, ret = 0;
    unwatch(s);
    if (was_consumed(s)) {
        if (s->parameters.location) // a clip from the cache is copied there only now
            ret = airforce_clip_complete(&s->clip, &interrupt, &interrupted);
        if (ret >= 0)
            airforce_clip_set_delivered(&s->clip);
    }
    airforce_clip_close(&s->clip);
    av_freep(&s->read);
    return ret;
}

static int airforce_open(URLContext *h, const char *uri, int flags)
{
    AirforceContext *s = h->priv_data;
    AirforceSettings *settings;
    const AirforceInterrupt interrupt = {h->interrupt_callback.callback,
                                         h->interrupt_callback.opaque};
    const char *rest;
    int interrupted = 0;
    int ret;
    if (av_stristart(uri, "airforce://film", &rest) && (!*rest || strchr("?/", *rest))) {
        av_log(
            h, AV_LOG_ERROR,
            "a film is read by the demuxer airforce, not as bytes. Nothing was charged. Open the "
            "URL as an input (ffmpeg -i airforce://film?...), or name the demuxer (mpv "
            "avdevice://airforce:airforce://film?...)\n");
        return AVERROR(EINVAL);
    }
    ret = airforce_clip_init(&s->clip, h);
    if (ret < 0)
        return ret;
    settings = s->clip.core->airforce_settings_new();
    ret = airforce_url_settings(&s->clip, &s->parameters, uri, settings);
    if (ret >= 0)
        airforce_clip_prepare(&s->clip, settings);
    s->clip.core->airforce_settings_free(settings);
    if (ret >= 0)
        ret = airforce_clip_run(&s->clip, &interrupt, &interrupted);
    if (ret >= 0)
        ret = set_metadata(s);
    if (ret < 0) {
        airforce_close(h);
        return interrupted ? AVERROR_EXIT : ret;
    }
    h->is_streamed = 0;
    return 0;
}

// Notes that these bytes were read.
static int note_read(AirforceContext *s, int64_t start, int64_t end)
{
    int first = 0, last;
    s->since_start += end - start;
    while (first < s->nb_read && s->read[first].end < start)
        first++;
    for (last = first; last < s->nb_read && s->read[last].start <= end; last++) {
        start = FFMIN(start, s->read[last].start);
        end = FFMAX(end, s->read[last].end);
    }
    if (first == last) { // apart from all others
        int ret = av_reallocp_array(&s->read, s->nb_read + 1, sizeof *s->read);
        if (ret < 0) {
            s->nb_read = 0;
            return ret;
        }
        last = first + 1;
        memmove(s->read + last, s->read + first, (s->nb_read - first) * sizeof *s->read);
        s->nb_read++;
    } else {
        memmove(s->read + first + 1, s->read + last, (s->nb_read - last) * sizeof *s->read);
        s->nb_read -= last - first - 1;
    }
    s->read[first] = (Range){start, end};
    return 0;
}

// Nothing can be read yet: whether to wait on, or why not.
static int keep_waiting(AirforceContext *s)
{
    if (!s->watching)
        watch_open();
    s->watching = 1;
    if (!watch_was_caught(NULL))
        return AVERROR(EAGAIN);
    airforce_clip_drop_wait(&s->clip);
    return airforce_clip_unusable(&s->clip, AVERROR_EXIT, "was not read to its end");
}

// How much of `size` to read. libavformat reads ahead; of a small clip that could be all of it
// while the input is opened, and count as delivered. So it does that in small steps there, and the
// last byte is read when it is asked for.
static int read_size(const AirforceContext *s, int size)
{
    const int64_t last = airforce_clip_size(&s->clip) - 1;
    if (s->position >= last)
        return size;
    return FFMIN3(size, last - s->position, FFMAX(last / 16, 1));
}

static int airforce_read(URLContext *h, unsigned char *buffer, int size)
{
    AirforceContext *s = h->priv_data;
    // The caller checks its interrupt callback and calls again after AVERROR(EAGAIN).
    const int may_wait = !(h->flags & AVIO_FLAG_NONBLOCK);
    const int ret = airforce_clip_read(&s->clip, s->position, buffer, read_size(s, size),
                                       may_wait ? AIRFORCE_WAIT_MS : 0);
    if (ret == AVERROR(EAGAIN) && may_wait)
        return keep_waiting(s);
    unwatch(s);
    if (ret > 0) {
        const int noted = note_read(s, s->position, s->position + ret);
        if (noted < 0)
            return noted;
        s->position += ret;
    }
    return ret;
}

static int64_t airforce_seek(URLContext *h, int64_t offset, int whence)
{
    AirforceContext *s = h->priv_data;
    const int64_t size = airforce_clip_size(&s->clip);
    switch (whence) {
    case AVSEEK_SIZE: return size >= 0 ? size : AVERROR(ENOSYS);
    case SEEK_SET: break;
    case SEEK_CUR: offset += s->position; break;
    case SEEK_END:
        if (size < 0)
            return AVERROR(ENOSYS);
        offset += size;
        break;
    default: return AVERROR(EINVAL);
    }
    if (offset < 0)
        return AVERROR(EINVAL);
    if (offset < size / 2 && s->position > size / 2)
        s->since_start = 0;
    return s->position = offset;
}

const URLProtocol ff_airforce_protocol = {
    .name = "airforce",
    .url_open = airforce_open,
    .url_read = airforce_read,
    .url_seek = airforce_seek,
    .url_close = airforce_close,
    .priv_data_size = sizeof(AirforceContext),
    .priv_data_class = &airforce_class,
    // What a clip refers to is not opened. The protocol itself is in no other one's list: what
    // refers to it, such as a playlist, would buy.
    .default_whitelist = "none",
};
