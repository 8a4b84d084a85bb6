// SPDX-License-Identifier: LGPL-2.1-or-later
// The clip as libavformat's file, while it arrives.
#ifndef AVFILTER_AIRFORCEVIDEO_DEMUXER_H
#define AVFILTER_AIRFORCEVIDEO_DEMUXER_H

#include <stdio.h>

#include "libavcodec/avcodec.h"
#include "libavformat/airforce_clip.h"
#include "libavformat/airforce_interrupt.h"
#include "libavformat/avformat.h"
#include "libavutil/mem.h"

typedef struct Demuxer {
    AirforceClip *clip;
    AVFormatContext *format; // NULL: closed
    int64_t position;        // of the next read
    int read_error;          // why a read failed; 0 if none did
} Demuxer;

static int demuxer_read(void *opaque, uint8_t *buffer, int size)
{
    Demuxer *demuxer = opaque;
    int count;
    if (demuxer->read_error)
        return demuxer->read_error; // logged already; demuxers try again
    count = airforce_clip_read(demuxer->clip, demuxer->position, buffer, size, 0);
    if (count == AVERROR(EAGAIN)) {
        int signal_number;
        watch_begin();
        count = airforce_clip_read_wait(demuxer->clip, demuxer->position, buffer, size,
                                        &watch_interrupt);
        signal_number = watch_end();
        if (count == AVERROR_EXIT) {
            // Not AVERROR_EXIT: ffmpeg from 6.1 on takes that for success.
            airforce_clip_unusable(demuxer->clip, count, "was not read to its end");
            count = AVERROR_EXTERNAL;
        }
        if (signal_number)
            watch_die_of(signal_number);
    }
    if (count == AVERROR_EOF)
        return count;
    if (count < 0)
        return demuxer->read_error = count;
    demuxer->position += count;
    return count;
}

static int64_t demuxer_seek(void *opaque, int64_t offset, int whence)
{
    Demuxer *demuxer = opaque;
    const int64_t size = airforce_clip_size(demuxer->clip);
    switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE: return size >= 0 ? size : AVERROR(ENOSYS);
    case SEEK_CUR: offset += demuxer->position; break;
    case SEEK_END:
        if (size < 0)
            return AVERROR(ENOSYS);
        offset += size;
        break;
    default: break;
    }
    if (offset < 0)
        return AVERROR(EINVAL);
    return demuxer->position = offset;
}

// Logs that the clip is not what it should be; returns why.
static int demuxer_bad_clip(const Demuxer *demuxer, int error, const char *what)
{
    if (demuxer->read_error)
        return demuxer->read_error; // that was logged already
    return airforce_clip_unusable(demuxer->clip, error, what);
}

// Nothing but the clip's own bytes is opened, whatever stands in it.
static int demuxer_refuse_open(AVFormatContext *format, AVIOContext **io, const char *url,
                               int flags, AVDictionary **options)
{
    return AVERROR(EACCES);
}

static int demuxer_open(Demuxer *demuxer)
{
    enum { buffer_size = 64 * 1024 };
    uint8_t *buffer = av_malloc(buffer_size);
    AVIOContext *io = buffer ? avio_alloc_context(buffer, buffer_size, 0, demuxer, demuxer_read,
                                                  NULL, demuxer_seek)
                             : NULL;
    AVDictionary *options = NULL;
    int ret;
    demuxer->format = avformat_alloc_context();
    if (!io || !demuxer->format) {
        if (!io)
            av_free(buffer);
        if (io)
            av_freep(&io->buffer);
        avio_context_free(&io);
        avformat_free_context(demuxer->format);
        demuxer->format = NULL;
        return AVERROR(ENOMEM);
    }
    demuxer->position = 0;
    demuxer->format->pb = io;
    // Play a clip in fragments from its first one on, instead of looking for the others first.
    demuxer->format->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_IGNIDX;
    demuxer->format->io_open = demuxer_refuse_open;
    // The service promises an MP4. Nothing is probed, external references are not followed, and no
    // protocol is allowed: a hostile clip opens no file and no connection.
    av_dict_set(&options, "enable_drefs", "0", 0);
    av_dict_set(&options, "use_absolute_path", "0", 0);
    av_dict_set(&options, "protocol_whitelist", "", 0);
    ret = avformat_open_input(&demuxer->format, "", av_find_input_format("mp4"), &options);
    av_dict_free(&options);
    if (ret < 0) { // it has freed the context, not our io
        av_freep(&io->buffer);
        avio_context_free(&io);
        return demuxer_bad_clip(demuxer, ret, "is not a playable MP4");
    }
    return 0;
}

static void demuxer_close(Demuxer *demuxer)
{
    AVIOContext *io;
    if (!demuxer->format)
        return;
    io = demuxer->format->pb;
    avformat_close_input(&demuxer->format);
    av_freep(&io->buffer);
    avio_context_free(&io);
}

// What the index promises of a stream must be in the file; if its size is known, that can be told
// now.
static int demuxer_check_whole(const Demuxer *demuxer, AVStream *stream)
{
    const int64_t size = airforce_clip_size(demuxer->clip);
    const int entries = size < 0 ? 0 : avformat_index_get_entries_count(stream);
    for (int i = 0; i < entries; i++) {
        const AVIndexEntry *entry = avformat_index_get_entry(stream, i);
        if (entry->pos + entry->size > size)
            return demuxer_bad_clip(demuxer, AVERROR_INVALIDDATA,
                                    "is cut off: its index promises more");
    }
    return 0;
}

static int demuxer_open_decoder(const Demuxer *demuxer, const AVStream *stream, int threads,
                                AVCodecContext **decoder)
{
    const AVCodecParameters *parameters = stream->codecpar;
    const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
    char what[128];
    int ret;
    if (!codec) {
        snprintf(what, sizeof what, "has %s in %s (%s), for which this ffmpeg has no decoder",
                 av_get_media_type_string(parameters->codec_type),
                 avcodec_get_name(parameters->codec_id), av_fourcc2str(parameters->codec_tag));
        return demuxer_bad_clip(demuxer, AVERROR_DECODER_NOT_FOUND, what);
    }
    *decoder = avcodec_alloc_context3(codec);
    if (!*decoder)
        return AVERROR(ENOMEM);
    ret = avcodec_parameters_to_context(*decoder, parameters);
    if (ret < 0)
        return ret;
    (*decoder)->pkt_timebase = stream->time_base;
    (*decoder)->thread_count = threads;
    ret = avcodec_open2(*decoder, codec, NULL);
    return ret < 0 ? demuxer_bad_clip(demuxer, ret, "can't be decoded") : 0;
}

#endif
