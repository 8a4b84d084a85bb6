// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * airforce: a film of video clips generated from a storyboard, as one continuous input.
 *
 *   airforce://film?model=wan-2.6&storyboard=A%20red%20fox%20wakes%0AIt%20runs
 *
 * The shots are bought under one ceiling and demuxed one after the other, without encoding them
 * again. Timestamps continue from shot to shot; sound is cut to the picture of its shot.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // the loader needs it
#endif
#include "airforce_film.h"
#include "airforce_input.h"
#include "airforce_interrupt.h"
#include "airforce_url.h"
#include "avformat.h"
#include "internal.h"
#include "libavutil/avstring.h"
#include "libavutil/dict.h"
#include "libavutil/mathematics.h"
#include "libavutil/opt.h"
#include "version.h"

#if LIBAVFORMAT_VERSION_MAJOR >= 61
#include "demux.h"
#define DEMUXER_TYPE FFInputFormat
#define DEMUXER_PUBLIC(field) .p.field
#define CLEANUP FF_INFMT_FLAG_INIT_CLEANUP
#else
#define DEMUXER_TYPE AVInputFormat
#define DEMUXER_PUBLIC(field) .field
#define CLEANUP FF_FMT_INIT_CLEANUP
#endif

enum { VIDEO, AUDIO, MAX_STREAMS };

typedef struct FilmContext {
    const AVClass *class;
    AirforceParameters parameters;

    AirforceInterrupt interrupt;
    AirforceClip film;
    int nb_shots;
    int shot;           // the current one
    int64_t *durations; // of shots, in the video stream's time base; 0: not known yet
    AirforceClip clip;  // of the current shot; `core` is NULL where none is open
    AirforceInput input;
    int64_t start; // of the shot in the film, in the video stream's time base
    int error;     // why there is no shot; 0 if there is one

    int stream[MAX_STREAMS];     // of the current shot's streams, their index; -1: none
    int64_t offset[MAX_STREAMS]; // from times in the shot to those in the film
    int64_t last_dts[MAX_STREAMS];
    int64_t end[MAX_STREAMS]; // of what was returned
} FilmContext;

#define OFFSET(field) offsetof(FilmContext, field)
#define OPTION_OFFSET(name) OFFSET(parameters.name)
#define OPTION_FLAGS AV_OPT_FLAG_DECODING_PARAM

// clang-format off
static const AVOption options[] = {
    OPTION_STRING("storyboard", "File with a shot a line, or shots with '|' between two", storyboard, NULL, 0, 0)
    OPTION_BOOL("continue", "Start each shot from the last frame of the one before", continues, 0, 0, 1)
#define AIRFORCE_SECRET_PARAMETER(...)
#define AIRFORCE_PARAMETER(type, name, traits, key, flag, initial, minimum, maximum, unit, help) \
    OPTION_##type(AIRFORCE_KEY(name, key), help, name, initial, minimum, maximum)
#define AIRFORCE_CHOICE OPTION_CONSTANT
#include "airforce-video-parameters.def"
    {NULL},
};
// clang-format on

static const AVClass film_class = {
    .class_name = "airforce demuxer",
    .item_name = av_default_item_name,
    .option = options,
    .version = LIBAVUTIL_VERSION_INT,
};

// --- Buying

static int film_interrupted(void *opaque)
{
    const FilmContext *s = opaque;
    return watch_was_caught(NULL) ||
           (s->interrupt.callback && s->interrupt.callback(s->interrupt.opaque));
}

// The film of the options and the URL.
static int make_film(FilmContext *s, const char *url)
{
    const AirforceCore *core = s->film.core;
    AirforceSettings *settings = core->airforce_settings_new();
    AirforceFilm *film = NULL;
    AirforceError *error = NULL;
    AVBPrint fields, merged;
    int ret;
    av_bprint_init(&fields, 0, AV_BPRINT_SIZE_UNLIMITED);
    av_bprint_init(&merged, 0, AV_BPRINT_SIZE_UNLIMITED);
    if (s->parameters.storyboard) {
        airforce_url_merge(&merged, "airforce://generate", url, "&storyboard&continue", "");
        ret = airforce_url_settings(&s->film, &s->parameters, merged.str, settings);
        if (ret >= 0)
            film = airforce_film_of_option(core, settings, s->parameters.storyboard,
                                           s->parameters.continues, &error);
    } else {
        ret = airforce_set_parameters(s->film.log, core, &s->parameters, 0, settings, &error);
        if (ret >= 0)
            ret = airforce_print_fields(s->film.log, &s->parameters, &fields);
        if (ret >= 0 && s->parameters.continues)
            av_bprintf(&fields, "&continue=true");
        airforce_url_merge(&merged, "airforce://film", url, "", fields.str);
        if (ret >= 0)
            film = core->airforce_film_new_from_uri(settings, merged.str, &error);
    }
    if (ret >= 0 || error)
        ret = airforce_film_prepare(&s->film, film, error);
    core->airforce_settings_free(settings);
    av_bprint_finalize(&fields, NULL);
    av_bprint_finalize(&merged, NULL);
    return ret;
}

static int start_film(AVFormatContext *format)
{
    FilmContext *s = format->priv_data;
    int interrupted, continued;
    int ret = airforce_clip_init(&s->film, format);
    if (ret >= 0)
        ret = make_film(s, format->url);
    if (ret < 0)
        return ret;
    s->nb_shots = airforce_film_nb_shots(&s->film);
    continued = airforce_film_first_continued(&s->film);
    if (continued >= 0) {
        av_log(
            format, AV_LOG_ERROR,
            "shot %d starts from the last frame of the one before, which takes decoding. Nothing "
            "was charged. Use the filter airforcevideosrc with storyboard=, or: airforce-video "
            "film\n",
            continued + 1);
        return AVERROR(ENOSYS);
    }
    s->durations = av_calloc(s->nb_shots, sizeof *s->durations);
    if (!s->durations)
        return AVERROR(ENOMEM);
    ret = airforce_clip_run(&s->film, &s->interrupt, &interrupted);
    return interrupted ? AVERROR_EXIT : ret;
}

// --- Shots

static void close_shot(FilmContext *s)
{
    airforce_input_close(&s->input);
    airforce_clip_close(&s->clip);
}

static int find_stream(const AVFormatContext *format, enum AVMediaType type)
{
    return av_find_best_stream((AVFormatContext *)format, type, -1, -1, NULL, 0);
}

// How a stream of this shot differs from that of the film; NULL if it can follow.
static const char *difference(const AVCodecParameters *a, const AVCodecParameters *b)
{
    if (a->codec_id != b->codec_id)
        return "codec";
    if (a->width != b->width || a->height != b->height)
        return "size";
    if (a->format != b->format)
        return a->codec_type == AVMEDIA_TYPE_VIDEO ? "pixel format" : "sample format";
    if (a->sample_rate != b->sample_rate)
        return "sample rate";
    if (av_channel_layout_compare(&a->ch_layout, &b->ch_layout))
        return "channel layout";
    if (a->extradata_size != b->extradata_size ||
        (a->extradata_size && memcmp(a->extradata, b->extradata, a->extradata_size)))
        return "codec data";
    return NULL;
}

static int check_follows(AVFormatContext *film, int i, const AVStream *stream)
{
    const FilmContext *s = film->priv_data;
    const char *what = difference(film->streams[i]->codecpar, stream->codecpar);
    if (!what)
        return 0;
    av_log(film, AV_LOG_ERROR,
           "shot %d (task %s) cannot follow the shots before without encoding again: the %s's %s "
           "differs. The clips of all shots are kept: the filter airforcevideosrc with the same "
           "storyboard= plays them at no further charge. Or make all shots with one model, quality "
           "and aspect ratio\n",
           s->shot + 1, airforce_clip_task_id(&s->clip), i == VIDEO ? "picture" : "sound", what);
    return AVERROR_PATCHWELCOME;
}

// Chooses the current shot's streams, and relates its times to those of the film.
static int map_streams(AVFormatContext *format)
{
    FilmContext *s = format->priv_data;
    const AVFormatContext *shot = s->input.format;
    const AVStream *video;
    s->stream[VIDEO] = find_stream(shot, AVMEDIA_TYPE_VIDEO);
    s->stream[AUDIO] = find_stream(shot, AVMEDIA_TYPE_AUDIO);
    if (s->stream[VIDEO] < 0)
        return airforce_input_fail(&s->input, AVERROR_STREAM_NOT_FOUND, "has no video");
    for (unsigned i = 0; i < shot->nb_streams; i++)
        shot->streams[i]->discard = AVDISCARD_ALL;
    if (format->nb_streams && s->stream[AUDIO] >= 0 && format->nb_streams <= AUDIO) {
        av_log(format, AV_LOG_WARNING,
               "the sound of shot %d is left out, as the first shot has none\n", s->shot + 1);
        s->stream[AUDIO] = -1;
    }
    video = shot->streams[s->stream[VIDEO]];
    for (int i = 0; i < MAX_STREAMS; i++) {
        AVStream *stream = s->stream[i] < 0 ? NULL : shot->streams[s->stream[i]];
        int ret;
        if (!stream)
            continue;
        stream->discard = AVDISCARD_DEFAULT;
        ret = airforce_input_check_whole(&s->input, stream);
        if (ret >= 0 && format->nb_streams)
            ret = check_follows(format, i, stream);
        if (ret < 0)
            return ret;
    }
    if (s->shot == 0 && video->start_time != AV_NOPTS_VALUE)
        s->start = video->start_time;
    if (!s->durations[s->shot] && video->duration > 0 &&
        shot->duration_estimation_method != AVFMT_DURATION_FROM_BITRATE)
        s->durations[s->shot] = format->nb_streams ? av_rescale_q(video->duration, video->time_base,
                                                                  format->streams[VIDEO]->time_base)
                                                   : video->duration;
    return 0;
}

// Once the film has its streams.
static void place_shot(AVFormatContext *format)
{
    FilmContext *s = format->priv_data;
    const AVFormatContext *shot = s->input.format;
    const AVStream *video = shot->streams[s->stream[VIDEO]];
    const int64_t begin = video->start_time == AV_NOPTS_VALUE ? 0 : video->start_time;
    for (int i = 0; i < MAX_STREAMS; i++) {
        AVRational own, film;
        if (s->stream[i] < 0)
            continue;
        own = shot->streams[s->stream[i]]->time_base;
        film = format->streams[i]->time_base;
        s->offset[i] = av_rescale_q(s->start, format->streams[VIDEO]->time_base, film) -
                       av_rescale_q(av_rescale_q(begin, video->time_base, own), own, film);
    }
}

static int open_shot(AVFormatContext *format, int shot)
{
    FilmContext *s = format->priv_data;
    const AirforceInterrupt interrupt = {film_interrupted, s};
    int interrupted, ret;
    close_shot(s);
    s->shot = shot;
    if (format->nb_streams) // the wait for the first shot is that of opening
        watch_open();
    ret = airforce_film_open_shot(&s->film, &s->clip, shot,
                                  format->nb_streams ? &interrupt : &s->interrupt, &interrupted);
    if (format->nb_streams)
        watch_close();
    if (ret < 0)
        return s->error = ret;
    s->input = (AirforceInput){&s->clip, s->interrupt, AVERROR_EXIT};
    ret = airforce_input_open(&s->input);
    if (ret >= 0)
        ret = avformat_find_stream_info(s->input.format, NULL);
    if (s->input.read_error)
        ret = s->input.read_error;
    return s->error = ret < 0 ? ret : FFMIN(map_streams(format), 0);
}

static int add_stream(AVFormatContext *format, const AVStream *from)
{
    AVStream *stream = avformat_new_stream(format, NULL);
    int ret;
    if (!stream)
        return AVERROR(ENOMEM);
    ret = avcodec_parameters_copy(stream->codecpar, from->codecpar);
    if (ret < 0)
        return ret;
    stream->r_frame_rate = from->r_frame_rate;
    stream->avg_frame_rate = from->avg_frame_rate;
    stream->sample_aspect_ratio = from->sample_aspect_ratio;
    stream->start_time = from->start_time;
    stream->disposition = from->disposition;
    avpriv_set_pts_info(stream, 64, from->time_base.num, from->time_base.den);
    ret = av_dict_copy(&stream->metadata, from->metadata, 0);
#if LIBAVFORMAT_VERSION_INT < AV_VERSION_INT(60, 15, 100)
    if (ret >= 0)
        ret = ff_stream_side_data_copy(stream, from);
#endif
    return ret;
}

// As known so far: of shots that were not opened, the planned length is taken.
static int64_t film_duration(AVFormatContext *format)
{
    const FilmContext *s = format->priv_data;
    int64_t duration = 0;
    for (int i = 0; i < s->nb_shots; i++) {
        AirforceShot shot;
        s->film.core->airforce_film_shot(s->film.film, i, &shot);
        if (s->durations[i])
            duration +=
                av_rescale_q(s->durations[i], format->streams[VIDEO]->time_base, AV_TIME_BASE_Q);
        else if (shot.duration_seconds > 0)
            duration += shot.duration_seconds * (int64_t)AV_TIME_BASE;
        else
            return AV_NOPTS_VALUE;
    }
    return duration;
}

static void forget_times(FilmContext *s)
{
    for (int i = 0; i < MAX_STREAMS; i++)
        s->last_dts[i] = s->end[i] = AV_NOPTS_VALUE;
}

static int film_probe(const AVProbeData *probe)
{
    const char *rest;
    if (!av_stristart(probe->filename, "airforce://film", &rest) ||
        (*rest && *rest != '?' && *rest != '/'))
        return 0;
    return AVPROBE_SCORE_MAX;
}

static int film_read_header(AVFormatContext *format)
{
    FilmContext *s = format->priv_data;
    int ret;
    // A playlist, which would buy, gives its own list to what it opens.
    if (format->protocol_whitelist &&
        av_match_list("airforce", format->protocol_whitelist, ',') <= 0) {
        av_log(format, AV_LOG_ERROR, "Protocol 'airforce' not on whitelist '%s'!\n",
               format->protocol_whitelist);
        return AVERROR(EINVAL);
    }
    if (format->protocol_blacklist &&
        av_match_list("airforce", format->protocol_blacklist, ',') > 0) {
        av_log(format, AV_LOG_ERROR, "Protocol 'airforce' on blacklist '%s'!\n",
               format->protocol_blacklist);
        return AVERROR(EINVAL);
    }
    s->interrupt =
        (AirforceInterrupt){format->interrupt_callback.callback, format->interrupt_callback.opaque};
    ret = start_film(format);
    if (ret >= 0)
        ret = open_shot(format, 0);
    for (int i = 0; i < MAX_STREAMS && ret >= 0; i++)
        if (s->stream[i] >= 0)
            ret = add_stream(format, s->input.format->streams[s->stream[i]]);
    if (ret < 0)
        return ret;
    forget_times(s);
    place_shot(format);
    format->duration = film_duration(format);
    return 0;
}

// --- Packets

// Gives a packet its place in the film; 0 if it has none.
static int place_packet(AVFormatContext *format, int i, AVPacket *packet)
{
    FilmContext *s = format->priv_data;
    const AVRational film = format->streams[i]->time_base;
    const AVRational video = format->streams[VIDEO]->time_base;
    av_packet_rescale_ts(packet, s->input.format->streams[s->stream[i]]->time_base, film);
    if (packet->pts != AV_NOPTS_VALUE)
        packet->pts += s->offset[i];
    if (packet->dts != AV_NOPTS_VALUE)
        packet->dts += s->offset[i];
    packet->stream_index = i;
    packet->pos = -1;
    if (i == AUDIO && packet->pts != AV_NOPTS_VALUE) {
        const int64_t length = s->durations[s->shot];
        // Half a packet may stick out at either end: a decoder plays packets without a gap, and so
        // sound and picture never drift apart by more than that.
        if (s->end[AUDIO] != AV_NOPTS_VALUE && packet->pts < s->end[AUDIO] - packet->duration / 2)
            return 0;
        if (s->shot && packet->pts + packet->duration / 2 < av_rescale_q(s->start, video, film))
            return 0;
        if (length &&
            packet->pts + packet->duration / 2 >= av_rescale_q(s->start + length, video, film))
            return 0;
    }
    // The first packets of a shot may be decoded before the last of the one before were shown.
    if (packet->dts != AV_NOPTS_VALUE && s->last_dts[i] != AV_NOPTS_VALUE &&
        packet->dts <= s->last_dts[i]) {
        packet->dts = s->last_dts[i] + 1;
        if (packet->pts != AV_NOPTS_VALUE)
            packet->pts = FFMAX(packet->pts, packet->dts);
    }
    if (packet->dts != AV_NOPTS_VALUE)
        s->last_dts[i] = packet->dts;
    if (packet->pts != AV_NOPTS_VALUE && !(packet->flags & AV_PKT_FLAG_DISCARD)) {
        const int64_t end = packet->pts + packet->duration;
        // Sound is played without a gap; where there is one, from the gap on.
        if (i == AUDIO && s->end[i] != AV_NOPTS_VALUE &&
            packet->pts < s->end[i] + packet->duration / 2)
            s->end[i] += packet->duration;
        else if (s->end[i] == AV_NOPTS_VALUE || end > s->end[i])
            s->end[i] = end;
    }
    return 1;
}

// The shot has been read to its end: the next one follows.
static int next_shot(AVFormatContext *format)
{
    FilmContext *s = format->priv_data;
    int ret;
    if (s->end[VIDEO] != AV_NOPTS_VALUE)
        s->durations[s->shot] = FFMAX(s->durations[s->shot], s->end[VIDEO] - s->start);
    airforce_clip_set_delivered(&s->clip);
    if (s->shot + 1 >= s->nb_shots)
        return AVERROR_EOF;
    s->start += s->durations[s->shot];
    ret = open_shot(format, s->shot + 1);
    if (ret < 0)
        return ret;
    place_shot(format);
    return 0;
}

static int film_read_packet(AVFormatContext *format, AVPacket *packet)
{
    FilmContext *s = format->priv_data;
    while (!s->error) {
        int ret = av_read_frame(s->input.format, packet);
        if (s->input.read_error) { // demuxers like to take it for the end
            if (ret >= 0)
                av_packet_unref(packet);
            return s->input.read_error;
        }
        if (ret == AVERROR_EOF) {
            ret = next_shot(format);
            if (ret < 0)
                return ret;
            continue;
        }
        if (ret < 0)
            return airforce_input_fail(&s->input, ret, "breaks off");
        for (int i = 0; i < MAX_STREAMS; i++)
            if (packet->stream_index == s->stream[i] && place_packet(format, i, packet))
                return 0;
        av_packet_unref(packet);
    }
    return s->error;
}

// --- Seeking

// The length of the current shot, which may take reading it to its end.
static int measure_shot(AVFormatContext *format)
{
    FilmContext *s = format->priv_data;
    AVPacket *packet;
    int ret = 0;
    if (s->durations[s->shot])
        return 0;
    packet = av_packet_alloc();
    if (!packet)
        return AVERROR(ENOMEM);
    while (ret >= 0) {
        ret = av_read_frame(s->input.format, packet);
        if (ret >= 0 && packet->stream_index == s->stream[VIDEO])
            place_packet(format, VIDEO, packet);
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    if (s->input.read_error || ret != AVERROR_EOF)
        return airforce_input_fail(&s->input, ret, "breaks off");
    if (s->end[VIDEO] != AV_NOPTS_VALUE)
        s->durations[s->shot] = s->end[VIDEO] - s->start;
    return 0;
}

// A shot begins where all before it have ended, which is known once they are made.
static int film_read_seek(AVFormatContext *format, int stream, int64_t timestamp, int flags)
{
    FilmContext *s = format->priv_data;
    const AVRational video = format->streams[VIDEO]->time_base;
    const int64_t target = av_rescale_q(timestamp, format->streams[stream]->time_base, video);
    int ret, shot = 0;
    if (flags & (AVSEEK_FLAG_BYTE | AVSEEK_FLAG_FRAME))
        return AVERROR(ENOSYS);
    forget_times(s);
    // From the first shot on, or from the current one.
    if (target >= s->start)
        shot = s->shot;
    if (shot != s->shot || s->error) {
        ret = open_shot(format, shot);
        if (ret < 0)
            return ret;
    }
    for (;;) {
        place_shot(format);
        ret = measure_shot(format);
        if (ret < 0)
            return ret;
        if (shot + 1 >= s->nb_shots || target < s->start + s->durations[shot])
            break;
        s->start += s->durations[shot++];
        s->film.core->airforce_film_set_position(s->film.film, shot);
        ret = open_shot(format, shot);
        if (ret < 0)
            return ret;
    }
    forget_times(s);
    s->film.core->airforce_film_set_position(s->film.film, shot);
    timestamp = av_rescale_q(timestamp - s->offset[stream], format->streams[stream]->time_base,
                             s->input.format->streams[s->stream[stream]]->time_base);
    return av_seek_frame(s->input.format, s->stream[stream], timestamp, flags);
}

static int film_read_close(AVFormatContext *format)
{
    FilmContext *s = format->priv_data;
    close_shot(s);
    airforce_clip_close(&s->film);
    av_freep(&s->durations);
    return 0;
}

const DEMUXER_TYPE ff_airforce_demuxer = {
    DEMUXER_PUBLIC(name) = "airforce",
    DEMUXER_PUBLIC(long_name) = NULL_IF_CONFIG_SMALL("Film generated from a storyboard"),
    DEMUXER_PUBLIC(flags) = AVFMT_NOFILE | AVFMT_NO_BYTE_SEEK | AVFMT_SEEK_TO_PTS,
    DEMUXER_PUBLIC(priv_class) = &film_class,
    .priv_data_size = sizeof(FilmContext),
    .flags_internal = CLEANUP,
    .read_probe = film_probe,
    .read_header = film_read_header,
    .read_packet = film_read_packet,
    .read_seek = film_read_seek,
    .read_close = film_read_close,
};
