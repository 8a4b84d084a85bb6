// SPDX-License-Identifier: LGPL-2.1-or-later
// A generated clip as the input of the mov demuxer, while it is downloaded. Used by the demuxer of
// films and the filter.
#ifndef AVFORMAT_AIRFORCE_INPUT_H
#define AVFORMAT_AIRFORCE_INPUT_H

#include "airforce_clip.h"
#include "airforce_interrupt.h"
#include "libavformat/avformat.h"
#include "libavutil/dict.h"
#include "libavutil/mem.h"

typedef struct AirforceInput {
    AirforceClip *clip;
    AirforceInterrupt interrupt; // of the caller; signals are watched besides
    int interrupted_error;       // what an interrupted read returns
    AVFormatContext *format;     // NULL: closed
    int64_t position;            // of the next read
    int read_error;              // why a read failed; 0 if none did
} AirforceInput;

static inline int airforce_input_interrupted(void *opaque)
{
    const AirforceInput *input = opaque;
    return watch_was_caught(NULL) ||
           (input->interrupt.callback && input->interrupt.callback(input->interrupt.opaque));
}

// Waits for bytes that are not downloaded yet.
static inline int airforce_input_read_wait(AirforceInput *input, uint8_t *buffer, int size)
{
    const AirforceInterrupt interrupt = {airforce_input_interrupted, input};
    int count, signal_number, caught;
    watch_open();
    watch_begin();
    count = airforce_clip_read_wait(input->clip, input->position, buffer, size, &interrupt);
    caught = watch_was_caught(NULL);
    signal_number = watch_end();
    watch_close();
    if (count == AVERROR_EXIT) {
        if (caught)
            airforce_clip_unusable(input->clip, count, "was not read to its end");
        count = input->interrupted_error;
    }
    if (signal_number)
        watch_die_of(signal_number);
    return count;
}

static inline int airforce_input_read(void *opaque, uint8_t *buffer, int size)
{
    AirforceInput *input = opaque;
    int count;
    if (input->read_error)
        return input->read_error; // logged already; demuxers try again
    count = airforce_clip_read(input->clip, input->position, buffer, size, 0);
    if (count == AVERROR(EAGAIN))
        count = airforce_input_read_wait(input, buffer, size);
    if (count == AVERROR_EOF)
        return count;
    if (count < 0)
        return input->read_error = count;
    input->position += count;
    return count;
}

static inline int64_t airforce_input_seek(void *opaque, int64_t offset, int whence)
{
    AirforceInput *input = opaque;
    const int64_t size = airforce_clip_size(input->clip);
    switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE: return size >= 0 ? size : AVERROR(ENOSYS);
    case SEEK_CUR: offset += input->position; break;
    case SEEK_END:
        if (size < 0)
            return AVERROR(ENOSYS);
        offset += size;
        break;
    default: break;
    }
    if (offset < 0)
        return AVERROR(EINVAL);
    return input->position = offset;
}

// Logs that the clip is not what it should be; returns why.
static inline int airforce_input_fail(const AirforceInput *input, int error, const char *what)
{
    if (input->read_error)
        return input->read_error; // that was logged already
    return airforce_clip_unusable(input->clip, error, what);
}

// Nothing but the clip's own bytes is opened, whatever stands in it.
static inline int airforce_input_refuse(AVFormatContext *format, AVIOContext **io, const char *url,
                                        int flags, AVDictionary **options)
{
    return AVERROR(EACCES);
}

static inline int airforce_input_open(AirforceInput *input)
{
    enum { buffer_size = 64 * 1024 };
    uint8_t *buffer = av_malloc(buffer_size);
    AVIOContext *io = buffer ? avio_alloc_context(buffer, buffer_size, 0, input,
                                                  airforce_input_read, NULL, airforce_input_seek)
                             : NULL;
    AVDictionary *options = NULL;
    int ret;
    input->format = avformat_alloc_context();
    if (!io || !input->format) {
        if (!io)
            av_free(buffer);
        if (io)
            av_freep(&io->buffer);
        avio_context_free(&io);
        avformat_free_context(input->format);
        input->format = NULL;
        return AVERROR(ENOMEM);
    }
    input->position = 0;
    input->format->pb = io;
    // Play a clip in fragments from its first one on, instead of looking for the others first.
    input->format->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_IGNIDX;
    input->format->io_open = airforce_input_refuse;
    // The service promises an MP4. Nothing is probed, external references are not followed, and no
    // protocol is allowed: a hostile clip opens no file and no connection.
    av_dict_set(&options, "enable_drefs", "0", 0);
    av_dict_set(&options, "use_absolute_path", "0", 0);
    av_dict_set(&options, "protocol_whitelist", "", 0);
    ret = avformat_open_input(&input->format, "", av_find_input_format("mp4"), &options);
    av_dict_free(&options);
    if (ret < 0) { // it has freed the context, not our io
        av_freep(&io->buffer);
        avio_context_free(&io);
        return airforce_input_fail(input, ret, "is not a playable MP4");
    }
    return 0;
}

static inline void airforce_input_close(AirforceInput *input)
{
    AVIOContext *io;
    if (!input->format)
        return;
    io = input->format->pb;
    avformat_close_input(&input->format);
    av_freep(&io->buffer);
    avio_context_free(&io);
}

// What the index promises of a stream must be in the file; if its size is known, that is checked
// now.
static inline int airforce_input_check_whole(const AirforceInput *input, AVStream *stream)
{
    const int64_t size = airforce_clip_size(input->clip);
    const int entries = size < 0 ? 0 : avformat_index_get_entries_count(stream);
    for (int i = 0; i < entries; i++) {
        const AVIndexEntry *entry = avformat_index_get_entry(stream, i);
        if (entry->pos + entry->size > size)
            return airforce_input_fail(input, AVERROR_INVALIDDATA,
                                       "is cut off: its index promises more");
    }
    return 0;
}

#endif
