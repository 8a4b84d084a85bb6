// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * airforcevideosrc: a libavfilter source that plays a clip made from a prompt.
 *
 * For FFmpeg 5.1 to 9.0, one file for all of them with what it includes. It buys nothing itself:
 * the core (airforce-video.h, loaded when it is first needed) buys and downloads; this file demuxes
 * and decodes what has arrived and gives it to the graph.
 *
 * Generation happens in query_formats and not in init: ffmpeg initialises the filters of
 * -filter_complex twice, and finds pads that lead nowhere after that. An init that bought would buy
 * twice, or for nothing.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE  // the loader needs it
#endif
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "airforce-video-loader.h"
#include "airforcevideo_compat.h"
#include "airforcevideo_interrupt.h"
#include "airforcevideo_options.h"
#include "airforcevideo_turn.h"
#include "audio.h"
#include "formats.h"
#include "libavutil/channel_layout.h"
#include "libavutil/mathematics.h"
#include "libavutil/pixdesc.h"
#include "video.h"

enum { VIDEO, AUDIO, MAX_OUTPUTS };

// A pad with the part of the clip that it plays.
typedef struct Output {
  AVStream* stream;  // NULL: silence, as the clip has no sound
  AVCodecContext* decoder;
  AVFrame** queue;  // decoded before the pads' formats could be told
  int queued;
  // What the pad promises.
  AVRational time_base;
  int format, width, height;
  // What was decoded last, and how it becomes that.
  int in_format, in_width, in_height;
  Turn turn;
  // Timestamps, in time_base.
  int64_t start;        // added to all: where this pass of a loop starts, less where the clip does
  int64_t begin;        // of the very first frame
  int64_t end;          // where the last frame ended
  int64_t last_sample;  // av_rescale_delta's memory
} Output;

typedef struct AirforceVideoContext {
  const AVClass* class;
  Parameters parameters;
  int loop;
  int decoder_threads;

  int is_trial;  // the graph is thrown away without having been configured
  const AirforceCore* core;
  AirforceGeneration* generation;
  int watching;  // for Ctrl-C
  int ahead;     // `runner` has the clip made, before this filter was asked
  pthread_t runner;
  // Progress is shown while the graph waits for the first frame, and no longer. The core's thread
  // reads it, and owns those below meanwhile.
  atomic_int waiting;
  int line_length;
  int shown_phase;
  int shown_tenth;
  int task_shown;

  int64_t position;  // in the clip, of the next read
  int read_error;    // why a read failed; 0 if none did
  AVFormatContext* format;
  int64_t clip_start;  // in AV_TIME_BASE: what is timestamp 0 of the pads
  AVPacket* packet;
  AVFrame* frame;
  Output outputs[MAX_OUTPUTS];
  int64_t frames_in_pass;
  int video_packets;  // in this pass
  int broken;         // a packet was cut off
  int opened;     // 1 once the clip plays; a failure is kept here, so that nothing is tried twice
  int at_end;     // of the clip, with all frames sent
  int completed;  // the core has nothing more to do
} AirforceVideoContext;

#define OFFSET(field) offsetof(AirforceVideoContext, field)
#define OPTION_OFFSET(name) OFFSET(parameters.name)
#define OPTION_FLAGS AV_OPT_FLAG_FILTERING_PARAM | AV_OPT_FLAG_VIDEO_PARAM | AV_OPT_FLAG_AUDIO_PARAM

// clang-format off
static const AVOption airforcevideosrc_options[] = {
#define AIRFORCE_SECRET_PARAMETER(...)
#define AIRFORCE_PARAMETER(type, name, traits, key, flag, initial, minimum, maximum, unit, help) \
    OPTION_##type(key, help, name, initial, minimum, maximum)
#define AIRFORCE_CHOICE OPTION_CONSTANT
#include "airforce-video-parameters.def"
    OPTION_INT("d", "The same as duration_seconds", duration_seconds, 0, 0, 3600)
    {"loop", "How often the clip is played; 0 is without end", OFFSET(loop), AV_OPT_TYPE_INT, {.i64 = 1}, 0, INT_MAX, OPTION_FLAGS},
    {"dec_threads", "Threads for decoding; 0 is as ffmpeg has it for its inputs", OFFSET(decoder_threads), AV_OPT_TYPE_INT, {.i64 = 0}, 0, INT_MAX, OPTION_FLAGS},
    {NULL},
};
// clang-format on

AVFILTER_DEFINE_CLASS(airforcevideosrc);

// --- Errors and progress

// Logs and frees an error of the core; the AVERROR for it.
static int fail(AVFilterContext* ctx, AirforceError* error) {
  const AirforceVideoContext* s = ctx->priv;
  const AirforceErrorKind kind = s->core->airforce_error_kind(error);
  av_log(ctx, AV_LOG_ERROR, "%s\n", s->core->airforce_error_text(error));
  s->core->airforce_error_free(error);
  switch (kind) {
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
    // Not AVERROR_EXIT for a cancel: ffmpeg from 6.1 on takes that for success.
    default: return AVERROR_EXTERNAL;
  }
}

// On a terminal one line that is written over; elsewhere a line for each phase and for every tenth
// of it.
static void show_progress(AVFilterContext* ctx, const AirforceEvent* event) {
  AirforceVideoContext* s = ctx->priv;
  char text[256];
  int length;
  const int tenth = event->percent < 0 ? -1 : event->percent / 10;
  if (!atomic_load(&s->waiting) || !event->text) return;
  if (!isatty(STDERR_FILENO)) {
    if (event->phase == s->shown_phase && tenth == s->shown_tenth) return;
    s->shown_phase = event->phase;
    s->shown_tenth = tenth;
    av_log(ctx, AV_LOG_INFO, "%s\n", event->text);
    return;
  }
  length = snprintf(text, sizeof text, "%.200s", event->text);
  av_log(ctx, AV_LOG_INFO, "%-*s\r", s->line_length, text);
  s->line_length = length;
}

static void end_progress(AVFilterContext* ctx) {
  AirforceVideoContext* s = ctx->priv;
  if (atomic_exchange(&s->waiting, 0) && s->line_length)
    av_log(ctx, AV_LOG_INFO, "%*s\r", s->line_length, "");
  s->line_length = 0;
}

static void on_event(const AirforceEvent* event, void* user_data) {
  AVFilterContext* ctx = user_data;
  AirforceVideoContext* s = ctx->priv;
  switch (event->kind) {
    case AIRFORCE_EVENT_WARNING: av_log(ctx, AV_LOG_WARNING, "%s\n", event->text); break;
    case AIRFORCE_EVENT_PROGRESS: show_progress(ctx, event); break;
    case AIRFORCE_EVENT_TASK:  // its id is what a lost clip is found again by
      av_log(ctx, s->task_shown ? AV_LOG_VERBOSE : AV_LOG_INFO, "%s\n", event->text);
      s->task_shown = 1;
      break;
  }
}

// After a wait for the core: says what went wrong (ret is -1), and lets a signal that nobody else
// has acted upon do what it does by default.
static int ended_wait(AVFilterContext* ctx, int ret, AirforceError* error, int signal_number) {
  if (ret < 0) {
    end_progress(ctx);
    ret = fail(ctx, error);
  }
  if (signal_number) watch_die_of(signal_number);
  return ret;
}

// --- The clip as a file

// Reads what is here; waits only if nothing is, and then for little.
static int read_clip(void* opaque, uint8_t* buffer, int size) {
  AVFilterContext* ctx = opaque;
  AirforceVideoContext* s = ctx->priv;
  AirforceError* error = NULL;
  int64_t count, available;
  int signal_number = 0;
  if (s->read_error) return s->read_error;  // told already; demuxers try again
  available = s->core->airforce_generation_available(s->generation, s->position);
  if (available > 0) {
    count = s->core->airforce_generation_read_at(s->generation, s->position, buffer,
                                                 FFMIN(size, available), &error);
  } else {
    const int place = watch_begin(s->core, s->generation);
    count = s->core->airforce_generation_read_at(s->generation, s->position, buffer,
                                                 FFMIN(size, 4096), &error);
    signal_number = watch_end(place);
  }
  s->read_error = ended_wait(ctx, count < 0 ? -1 : 0, error, signal_number);
  if (s->read_error) return s->read_error;
  s->position += count;
  return count > 0 ? count : AVERROR_EOF;
}

static int64_t seek_clip(void* opaque, int64_t offset, int whence) {
  AirforceVideoContext* s = ((AVFilterContext*)opaque)->priv;
  const int64_t size = s->core->airforce_generation_size(s->generation);
  switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE: return size >= 0 ? size : AVERROR(ENOSYS);
    case SEEK_CUR: offset += s->position; break;
    case SEEK_END:
      if (size < 0) return AVERROR(ENOSYS);
      offset += size;
      break;
    default: break;
  }
  if (offset < 0) return AVERROR(EINVAL);
  return s->position = offset;
}

// --- Buying and opening

// Makes the generation of this filter's options; nothing is bought yet.
static int make_generation(AVFilterContext* ctx) {
  AirforceVideoContext* s = ctx->priv;
  AirforceError* error = NULL;
  AirforceSettings* settings;
  const char* message = NULL;
  s->core = airforce_core(&message);
  if (!s->core) {
    av_log(ctx, AV_LOG_ERROR, "%s\n", message);
    return AVERROR_EXTERNAL;
  }
  settings = make_settings(s->core, &s->parameters, &error);
  if (!error) s->generation = s->core->airforce_generation_get_shared(settings, on_event, ctx);
  s->core->airforce_settings_free(settings);
  if (error) return fail(ctx, error);
  watch_open(s->core);
  s->watching = 1;
  return 0;
}

static void* run_ahead(void* opaque) {
  AVFilterContext* ctx = opaque;
  AirforceVideoContext* s = ctx->priv;
  const int place = watch_begin(s->core, s->generation);
  s->core->airforce_generation_run(s->generation, NULL);  // its outcome is asked for again
  watch_end(place);
  return NULL;
}

// A graph asks its filters one after the other. So that its clips are made at the same time, the
// first source that is asked sets the others to work.
static void run_others_ahead(AVFilterContext* ctx) {
  for (unsigned i = 0; i < ctx->graph->nb_filters; i++) {
    AVFilterContext* other = ctx->graph->filters[i];
    AirforceVideoContext* s = other->priv;
    if (other == ctx || other->filter != ctx->filter || s->generation || s->opened) continue;
    s->opened = FFMIN(make_generation(other), 0);
    if (s->opened == 0) s->ahead = !pthread_create(&s->runner, NULL, run_ahead, other);
  }
}

static int generate(AVFilterContext* ctx) {
  AirforceVideoContext* s = ctx->priv;
  AirforceError* error = NULL;
  int ret, place, signal_number;
  if (!s->generation) {
    run_others_ahead(ctx);
    ret = make_generation(ctx);  // who asks for a shared clip last is told of its progress
    if (ret < 0) return ret;
  }
  atomic_store(&s->waiting, 1);
  place = watch_begin(s->core, s->generation);
  ret = s->core->airforce_generation_run(s->generation, &error);
  signal_number = watch_end(place);
  return ended_wait(ctx, ret, error, signal_number);
}

// The graph goes, and this source was never asked, as another one failed: what is under way is
// stopped, and it is told how to go on with it.
static void stop_ahead(AVFilterContext* ctx) {
  AirforceVideoContext* s = ctx->priv;
  AirforceError* error = NULL;
  if (!s->ahead) return;
  if (!s->opened) {
    s->core->airforce_generation_cancel(s->generation);
    if (s->core->airforce_generation_run(s->generation, &error) < 0) fail(ctx, error);
  }
  pthread_join(s->runner, NULL);
}

// Says that the clip, which is paid for, is not what it should be.
static int bad_clip(AVFilterContext* ctx, int error, const char* what) {
  const AirforceVideoContext* s = ctx->priv;
  const AirforceTask* task = s->core->airforce_generation_task(s->generation);
  const char* id = task ? task->task_id : "";
  end_progress(ctx);
  if (s->read_error) return s->read_error;  // that was told already
  av_log(ctx, AV_LOG_ERROR,
         "the clip of task %s %s (%s); it is paid for and not lost: look at it with: "
         "airforce-video download %s\n",
         id, what, av_err2str(error), id);
  return error;
}

static int open_demuxer(AVFilterContext* ctx) {
  AirforceVideoContext* s = ctx->priv;
  enum { buffer_size = 64 * 1024 };
  uint8_t* buffer = av_malloc(buffer_size);
  AVIOContext* io =
      buffer ? avio_alloc_context(buffer, buffer_size, 0, ctx, read_clip, NULL, seek_clip) : NULL;
  int ret;
  s->format = avformat_alloc_context();
  if (!io || !s->format) {
    if (!io) av_free(buffer);
    if (io) av_freep(&io->buffer);
    avio_context_free(&io);
    return AVERROR(ENOMEM);
  }
  s->position = 0;
  s->format->pb = io;
  // Play a clip in fragments from its first one on, instead of looking for the others first.
  s->format->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_IGNIDX;
  // An MP4 is what the API promises: nothing is probed, so that a playlist from a hostile server
  // opens no other file.
  ret = avformat_open_input(&s->format, "", av_find_input_format("mp4"), NULL);
  if (ret < 0) {  // it has freed the context, not our io
    av_freep(&io->buffer);
    avio_context_free(&io);
    return bad_clip(ctx, ret, "is not a whole MP4");
  }
  return 0;
}

static void close_demuxer(AirforceVideoContext* s) {
  AVIOContext* io;
  if (!s->format) return;
  io = s->format->pb;
  avformat_close_input(&s->format);
  av_freep(&io->buffer);
  avio_context_free(&io);
}

// Chooses the streams of a demuxer that was just opened.
static int select_streams(AVFilterContext* ctx) {
  AirforceVideoContext* s = ctx->priv;
  const int video = av_find_best_stream(s->format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
  if (video < 0) return bad_clip(ctx, AVERROR_STREAM_NOT_FOUND, "has no video");
  for (unsigned i = 0; i < s->format->nb_streams; i++)
    s->format->streams[i]->discard = AVDISCARD_ALL;
  s->outputs[VIDEO].stream = s->format->streams[video];
  s->outputs[VIDEO].stream->discard = AVDISCARD_DEFAULT;
  if (ctx->nb_outputs > AUDIO) {
    const int audio = av_find_best_stream(s->format, AVMEDIA_TYPE_AUDIO, -1, video, NULL, 0);
    s->outputs[AUDIO].stream = audio < 0 ? NULL : s->format->streams[audio];
    if (audio >= 0) s->outputs[AUDIO].stream->discard = AVDISCARD_DEFAULT;
  }
  return 0;
}

// What the index promises must be in the file; if its size is known, that can be told now.
static int check_whole(AVFilterContext* ctx) {
  AirforceVideoContext* s = ctx->priv;
  const int64_t size = s->core->airforce_generation_size(s->generation);
  for (unsigned i = 0; i < ctx->nb_outputs && size >= 0; i++) {
    AVStream* stream = s->outputs[i].stream;
    const int entries = stream ? avformat_index_get_entries_count(stream) : 0;
    for (int j = 0; j < entries; j++) {
      const AVIndexEntry* entry = avformat_index_get_entry(stream, j);
      if (entry->pos + entry->size > size)
        return bad_clip(ctx, AVERROR_INVALIDDATA, "is cut off: its index promises more");
    }
  }
  return 0;
}

static int open_decoder(AVFilterContext* ctx, Output* out) {
  AirforceVideoContext* s = ctx->priv;
  const AVCodecParameters* parameters = out->stream->codecpar;
  const AVCodec* codec = avcodec_find_decoder(parameters->codec_id);
  char what[128];
  int ret;
  if (!codec) {
    snprintf(what, sizeof what, "has %s in %s (%s), for which this ffmpeg has no decoder",
             av_get_media_type_string(parameters->codec_type),
             avcodec_get_name(parameters->codec_id), av_fourcc2str(parameters->codec_tag));
    return bad_clip(ctx, AVERROR_DECODER_NOT_FOUND, what);
  }
  out->decoder = avcodec_alloc_context3(codec);
  if (!out->decoder) return AVERROR(ENOMEM);
  ret = avcodec_parameters_to_context(out->decoder, parameters);
  if (ret < 0) return ret;
  out->decoder->pkt_timebase = out->stream->time_base;
  out->decoder->thread_count = s->decoder_threads;
  ret = avcodec_open2(out->decoder, codec, NULL);
  return ret < 0 ? bad_clip(ctx, ret, "can't be decoded") : 0;
}

// --- Frames

// Video that looks otherwise than before: the first, or a change in the middle (never seen from the
// API), which is scaled to what the pad promises, as that can't change.
static int adapt_to(AVFilterContext* ctx, Output* out, const AVFrame* frame,
                    const int32_t* matrix) {
  char filters[256];
  int ret = 0;
  turn_describe(matrix, filters, sizeof filters);
  if (out->width)
    av_strlcatf(filters, sizeof filters, "%sscale=%d:%d,format=%s", *filters ? "," : "", out->width,
                out->height, av_get_pix_fmt_name(out->format));
  turn_close(&out->turn);
  if (*filters)
    ret = turn_open(&out->turn, filters, frame, out->time_base, ff_filter_get_nb_threads(ctx), ctx);
  out->in_format = frame->format;
  out->in_width = frame->width;
  out->in_height = frame->height;
  return ret;
}

// Gives a decoded frame the timestamp, shape and direction that the pad promises.
static int prepare_video(AVFilterContext* ctx, Output* out, AVFrame* frame) {
  AirforceVideoContext* s = ctx->priv;
  const AVRational rate = av_guess_frame_rate(s->format, out->stream, NULL);
  const AVFrameSideData* own = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
  const int64_t pts = frame->best_effort_timestamp;
  int ret = 0;
  frame->pts = pts == AV_NOPTS_VALUE ? out->end : pts + out->start;
  if (!FRAME_DURATION(frame) && rate.num > 0 && rate.den > 0)
    FRAME_DURATION(frame) = av_rescale_q(1, av_inv_q(rate), out->time_base);
  frame->sample_aspect_ratio = av_guess_sample_aspect_ratio(s->format, out->stream, frame);
  if (frame->format != out->in_format || frame->width != out->in_width ||
      frame->height != out->in_height)
    ret = adapt_to(ctx, out, frame,
                   own ? (const int32_t*)own->data : stream_display_matrix(out->stream));
  if (ret < 0) return ret;
  // It is carried out here; left in place, ffmpeg would turn the picture once more.
  av_frame_remove_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
  if (out->turn.graph && (ret = turn_frame(&out->turn, frame)) < 0) return ret;
  if (!out->width) {
    out->format = frame->format;
    out->width = frame->width;
    out->height = frame->height;
  }
  return 0;
}

static int prepare_audio(AVFilterContext* ctx, Output* out, AVFrame* frame) {
  const AVFilterLink* outlink = ctx->outputs[AUDIO];
  const AirforceVideoContext* s = ctx->priv;
  int64_t pts = frame->best_effort_timestamp;
  if (pts != AV_NOPTS_VALUE)
    pts = av_rescale_delta(out->stream->time_base, pts, out->time_base, frame->nb_samples,
                           &out->last_sample, out->time_base);
  frame->pts = pts == AV_NOPTS_VALUE ? out->end : pts + out->start;
  FRAME_DURATION(frame) = frame->nb_samples;
  if (frame->ch_layout.order == AV_CHANNEL_ORDER_UNSPEC)
    av_channel_layout_default(&frame->ch_layout, frame->ch_layout.nb_channels);
  if (s->opened <= 0 ||
      (frame->format == outlink->format && frame->sample_rate == outlink->sample_rate &&
       !av_channel_layout_compare(&frame->ch_layout, &outlink->ch_layout)))
    return 0;
  av_log(ctx, AV_LOG_ERROR,
         "the clip's sound changes its format in the middle, which is not supported\n");
  return AVERROR_PATCHWELCOME;
}

// Sends a frame to its pad, or keeps it until the pad's format is told. Leaves `frame` empty.
static int send_frame(AVFilterContext* ctx, int index, AVFrame* frame) {
  AirforceVideoContext* s = ctx->priv;
  Output* out = &s->outputs[index];
  AVFrame* sent = av_frame_alloc();
  int ret;
  if (!sent) return AVERROR(ENOMEM);
  av_frame_move_ref(sent, frame);
  if (out->begin == AV_NOPTS_VALUE) out->begin = sent->pts;
  out->end = sent->pts + FRAME_DURATION(sent);
  s->frames_in_pass++;
  if (s->opened > 0 && !ff_outlink_get_status(ctx->outputs[index]))
    return ff_filter_frame(ctx->outputs[index], sent);
  ret = s->opened > 0 ? 0 : av_dynarray_add_nofree(&out->queue, &out->queued, sent);
  if (s->opened > 0 || ret < 0) av_frame_free(&sent);  // that pad's consumer has enough
  return ret;
}

static int send_queued(AVFilterContext* ctx) {
  AirforceVideoContext* s = ctx->priv;
  int ret = 0;
  for (unsigned i = 0; i < ctx->nb_outputs; i++) {
    Output* out = &s->outputs[i];
    for (int j = 0; j < out->queued; j++) {
      AVFrame* frame = out->queue[j];
      if (ret >= 0 && !ff_outlink_get_status(ctx->outputs[i]))
        ret = ff_filter_frame(ctx->outputs[i], frame);
      else
        av_frame_free(&frame);
    }
    av_freep(&out->queue);
    out->queued = 0;
  }
  return ret;
}

enum { SILENT_RATE = 48000, SILENT_FORMAT = AV_SAMPLE_FMT_FLTP, SILENT_SAMPLES = 1024 };

// For a clip without sound: silence up to where the video is.
static int send_silence(AVFilterContext* ctx, int to_the_end) {
  AirforceVideoContext* s = ctx->priv;
  Output* out = &s->outputs[AUDIO];
  const int64_t until =
      av_rescale_q(s->outputs[VIDEO].end, s->outputs[VIDEO].time_base, out->time_base);
  int ret = 0;
  while (ret >= 0 && (until - out->end >= SILENT_SAMPLES || (to_the_end && until > out->end))) {
    AVFrame* frame = s->frame;
    frame->format = SILENT_FORMAT;
    frame->sample_rate = SILENT_RATE;
    frame->nb_samples = FFMIN(SILENT_SAMPLES, until - out->end);
    av_channel_layout_default(&frame->ch_layout, 2);
    ret = av_frame_get_buffer(frame, 0);
    if (ret < 0) break;
    av_samples_set_silence(frame->extended_data, 0, frame->nb_samples, 2, SILENT_FORMAT);
    frame->pts = out->end;
    FRAME_DURATION(frame) = frame->nb_samples;
    ret = send_frame(ctx, AUDIO, frame);
  }
  return ret;
}

// --- Playing

// Decodes a packet (NULL: the rest) and sends all that comes of it. As in ffmpeg, what can't be
// decoded is told and left out.
static int decode(AVFilterContext* ctx, int index, const AVPacket* packet) {
  AirforceVideoContext* s = ctx->priv;
  Output* out = &s->outputs[index];
  int ret = avcodec_send_packet(out->decoder, packet);
  if (ret < 0 && ret != AVERROR_EOF)
    av_log(ctx, AV_LOG_WARNING, "a piece of the clip's %s can't be decoded: %s\n",
           index == VIDEO ? "video" : "sound", av_err2str(ret));
  for (;;) {
    ret = avcodec_receive_frame(out->decoder, s->frame);
    if (ret == AVERROR(EAGAIN) || ret == AVERROR_EOF) return 0;
    if (ret == AVERROR(ENOMEM)) return ret;
    if (ret < 0) {
      av_log(ctx, AV_LOG_WARNING, "a frame of the clip can't be decoded: %s\n", av_err2str(ret));
      if (packet) return 0;
      continue;
    }
    ret = index == VIDEO ? prepare_video(ctx, out, s->frame) : prepare_audio(ctx, out, s->frame);
    if (ret >= 0) ret = send_frame(ctx, index, s->frame);
    if (ret < 0) {
      av_frame_unref(s->frame);
      return ret;
    }
  }
}

// Sends what the decoders still hold, at the end of the clip.
static int drain(AVFilterContext* ctx) {
  AirforceVideoContext* s = ctx->priv;
  int ret = 0;
  for (unsigned i = 0; i < ctx->nb_outputs && ret >= 0; i++)
    if (s->outputs[i].stream) ret = decode(ctx, i, NULL);
  if (ret >= 0 && ctx->nb_outputs > AUDIO && !s->outputs[AUDIO].stream) ret = send_silence(ctx, 1);
  return ret;
}

// Where timestamps of this pass start, for a pad whose stream starts where the file does; as
// ffmpeg's own inputs round it.
static void start_pass(AirforceVideoContext* s, Output* out, int64_t at) {
  const AVRational time_base = out->stream ? out->stream->time_base : out->time_base;
  const int64_t clip_start = av_rescale_q(-s->clip_start, AV_TIME_BASE_Q, time_base);
  out->start = at + av_rescale_q(clip_start, time_base, out->time_base);
  out->last_sample = AV_NOPTS_VALUE;
}

// Starts the clip over: what begins first follows what ended last, so that sound and picture stay
// together.
static int rewind_clip(AVFilterContext* ctx) {
  AirforceVideoContext* s = ctx->priv;
  const Output *first = &s->outputs[VIDEO], *last = &s->outputs[VIDEO];
  int64_t end;
  int ret;
  if (ctx->nb_outputs > AUDIO && s->outputs[AUDIO].begin != AV_NOPTS_VALUE) {
    const Output* audio = &s->outputs[AUDIO];
    if (av_compare_ts(audio->begin, audio->time_base, first->begin, first->time_base) < 0)
      first = audio;
    if (av_compare_ts(audio->end, audio->time_base, last->end, last->time_base) > 0) last = audio;
  }
  end = last->end;
  // All is opened anew, rather than sought in and flushed: each pass then is what the first was, to
  // the sample (AAC's noise goes on where it was after a flush).
  close_demuxer(s);
  ret = open_demuxer(ctx);
  if (ret >= 0) ret = select_streams(ctx);
  if (ret < 0) return ret;
  for (unsigned i = 0; i < ctx->nb_outputs; i++) {
    Output* out = &s->outputs[i];
    avcodec_free_context(&out->decoder);
    if (out->stream && (ret = open_decoder(ctx, out)) < 0) return ret;
    start_pass(s, out,
               av_rescale_q(end, last->time_base, out->time_base) -
                   av_rescale_q(first->begin, first->time_base, out->time_base));
  }
  s->frames_in_pass = 0;
  s->video_packets = 0;
  return 0;
}

// Has the core finish: what it keeps of the clip (location), and what it was asked to do then.
static int complete(AVFilterContext* ctx) {
  AirforceVideoContext* s = ctx->priv;
  AirforceError* error = NULL;
  const int place = watch_begin(s->core, s->generation);
  const int ret = s->core->airforce_generation_wait_complete(s->generation, &error);
  const int signal_number = watch_end(place);
  s->completed = 1;
  if (ret >= 0 && s->watching) {  // nothing more has to be waited for
    s->watching = 0;
    watch_close();
  }
  return ended_wait(ctx, ret, error, signal_number);
}

// At the end of the clip: once more, or the end of the pads.
static int next_pass(AVFilterContext* ctx) {
  AirforceVideoContext* s = ctx->priv;
  const int ret = s->completed ? 0 : complete(ctx);
  if (ret < 0) return ret;
  if (s->loop != 1 && s->frames_in_pass) {  // a clip without frames would loop for ever
    s->loop -= s->loop > 1;
    s->at_end = 0;
    return rewind_clip(ctx);
  }
  for (unsigned i = 0; i < ctx->nb_outputs; i++)
    ff_outlink_set_status(ctx->outputs[i], AVERROR_EOF, s->outputs[i].end);
  return 0;
}

// One packet further.
static int step(AVFilterContext* ctx) {
  AirforceVideoContext* s = ctx->priv;
  int ret = av_read_frame(s->format, s->packet);
  if (s->read_error) {  // demuxers like to take it for the end
    av_packet_unref(s->packet);
    return s->read_error;
  }
  if (ret == AVERROR_EOF) {
    s->at_end = 1;
    ret = drain(ctx);
    // A demuxer is content with less than its index promises.
    if (s->broken || s->video_packets < avformat_index_get_entries_count(s->outputs[VIDEO].stream))
      return bad_clip(ctx, AVERROR_INVALIDDATA, "breaks off");
    return ret;
  }
  if (ret < 0) return bad_clip(ctx, ret, "breaks off");
  s->broken |= s->packet->flags & AV_PKT_FLAG_CORRUPT;
  s->video_packets += s->packet->stream_index == s->outputs[VIDEO].stream->index;
  for (unsigned i = 0; i < ctx->nb_outputs && ret >= 0; i++)
    if (s->outputs[i].stream && s->outputs[i].stream->index == s->packet->stream_index)
      ret = decode(ctx, i, s->packet);
  av_packet_unref(s->packet);
  if (ret >= 0 && ctx->nb_outputs > AUDIO && !s->outputs[AUDIO].stream) ret = send_silence(ctx, 0);
  return ret;
}

static int open_clip(AVFilterContext* ctx) {
  AirforceVideoContext* s = ctx->priv;
  int ret;
  s->packet = av_packet_alloc();
  s->frame = av_frame_alloc();
  if (!s->packet || !s->frame) return AVERROR(ENOMEM);
  ret = open_demuxer(ctx);
  if (ret < 0) return ret;
  ret = avformat_find_stream_info(s->format, NULL);
  if (ret < 0 || s->read_error) return bad_clip(ctx, ret, "can't be read");
  ret = select_streams(ctx);
  if (ret >= 0) ret = check_whole(ctx);
  if (ret < 0) return ret;
  if (s->format->start_time != AV_NOPTS_VALUE) s->clip_start = s->format->start_time;
  for (unsigned i = 0; i < ctx->nb_outputs; i++) {
    Output* out = &s->outputs[i];
    if (out->stream && (ret = open_decoder(ctx, out)) < 0) return ret;
    if (i == VIDEO)
      out->time_base = out->stream->time_base;
    else
      out->time_base = av_make_q(1, out->stream ? out->decoder->sample_rate : SILENT_RATE);
    if (out->time_base.den <= 0)
      return bad_clip(ctx, AVERROR_INVALIDDATA, "has sound of an unknown rate");
    start_pass(s, out, 0);
    out->begin = AV_NOPTS_VALUE;
  }
  if (ctx->nb_outputs > AUDIO && !s->outputs[AUDIO].stream)
    av_log(ctx, AV_LOG_WARNING, "the clip has no sound: out1 is silence\n");
  // The first frame tells more of the video than the container does.
  while (!s->outputs[VIDEO].queued && !s->at_end) {
    ret = step(ctx);
    if (ret < 0) return ret;
  }
  if (!s->outputs[VIDEO].queued)
    return bad_clip(ctx, AVERROR_INVALIDDATA, "has no frame that can be decoded");
  return 1;
}

static int query_formats(AVFilterContext* ctx) {
  AirforceVideoContext* s = ctx->priv;
  int ret = 0;
  if (!s->opened) {
    s->opened = generate(ctx);
    if (s->opened >= 0) s->opened = open_clip(ctx);
    end_progress(ctx);
  }
  if (s->opened < 0) return s->opened;
  for (unsigned i = 0; i < ctx->nb_outputs && ret >= 0; i++) {
    const Output* out = &s->outputs[i];
    AVFilterFormatsConfig* config = &ctx->outputs[i]->incfg;
    if (i == VIDEO) {
      ret = ff_formats_ref(ff_make_format_list((const int[]){out->format, -1}), &config->formats);
#if LIBAVFILTER_VERSION_MAJOR >= 10
      if (ret >= 0)
        ret = ff_formats_ref(ff_make_format_list((const int[]){out->queue[0]->colorspace, -1}),
                             &config->color_spaces);
      if (ret >= 0)
        ret = ff_formats_ref(ff_make_format_list((const int[]){out->queue[0]->color_range, -1}),
                             &config->color_ranges);
#endif
    } else {
      AVChannelLayout layouts[2] = {{0}};
      const AVCodecContext* decoder = out->decoder;
      if (decoder && decoder->ch_layout.order != AV_CHANNEL_ORDER_UNSPEC)
        layouts[0] = decoder->ch_layout;  // lent
      else
        av_channel_layout_default(&layouts[0], decoder ? decoder->ch_layout.nb_channels : 2);
      ret = ff_formats_ref(
          ff_make_format_list((const int[]){decoder ? decoder->sample_fmt : SILENT_FORMAT, -1}),
          &config->formats);
      if (ret >= 0)
        ret = ff_formats_ref(ff_make_format_list((const int[]){out->time_base.den, -1}),
                             &config->samplerates);
      if (ret >= 0)
        ret =
            ff_channel_layouts_ref(ff_make_channel_layout_list(layouts), &config->channel_layouts);
    }
  }
  return ret;
}

static int config_output(AVFilterLink* outlink) {
  const AirforceVideoContext* s = outlink->src->priv;
  const Output* out = &s->outputs[FF_OUTLINK_IDX(outlink)];
  outlink->time_base = out->time_base;
  if (outlink->type == AVMEDIA_TYPE_VIDEO) {
    outlink->w = out->width;
    outlink->h = out->height;
    outlink->sample_aspect_ratio = out->queue[0]->sample_aspect_ratio;
    FRAME_RATE(outlink) = av_guess_frame_rate(s->format, out->stream, NULL);
  }
  return 0;
}

static int activate(AVFilterContext* ctx) {
  AirforceVideoContext* s = ctx->priv;
  int wanted = 0, ret;
  for (unsigned i = 0; i < ctx->nb_outputs; i++)
    wanted |= !ff_outlink_get_status(ctx->outputs[i]) && ff_outlink_frame_wanted(ctx->outputs[i]);
  if (!wanted) return FFERROR_NOT_READY;
  if (s->opened < 0) return s->opened;
  if (s->outputs[VIDEO].queued)
    ret = send_queued(ctx);
  else
    ret = s->at_end ? next_pass(ctx) : step(ctx);
  if (ret < 0) return s->opened = ret;
  ff_filter_set_ready(ctx, 100);
  return 0;
}

static av_cold int init(AVFilterContext* ctx) {
  AirforceVideoContext* s = ctx->priv;
  AVFilterPad video = {.name = "out0", .type = AVMEDIA_TYPE_VIDEO, .config_props = config_output};
  AVFilterPad audio = {.name = "out1", .type = AVMEDIA_TYPE_AUDIO, .config_props = config_output};
  const int ret = ff_append_outpad(ctx, &video);
  // ffmpeg's own look at the pads of -filter_complex, in which nothing will be connected.
  s->is_trial = ctx->graph && ctx->graph->nb_threads == 1;
  return ret >= 0 && s->parameters.sound ? ff_append_outpad(ctx, &audio) : ret;
}

static av_cold void uninit(AVFilterContext* ctx) {
  AirforceVideoContext* s = ctx->priv;
  // ffmpeg says that something with the pads is wrong, but not what to write.
  if (!s->opened && ctx->nb_outputs > AUDIO && !ctx->outputs[AUDIO] &&
      (ctx->outputs[VIDEO] || !s->is_trial))
    av_log(ctx, AV_LOG_ERROR,
           "sound=1 gives a second output, out1; label both: "
           "airforcevideosrc=...:sound=1[out0][out1]\n");
  for (unsigned i = 0; i < MAX_OUTPUTS; i++) {
    Output* out = &s->outputs[i];
    for (int j = 0; j < out->queued; j++) av_frame_free(&out->queue[j]);
    av_freep(&out->queue);
    turn_close(&out->turn);
    avcodec_free_context(&out->decoder);
  }
  close_demuxer(s);
  stop_ahead(ctx);
  if (s->watching) watch_close();
  av_packet_free(&s->packet);
  av_frame_free(&s->frame);
  if (s->generation) s->core->airforce_generation_free(s->generation);
}

const FILTER_TYPE ff_avsrc_airforcevideosrc = {
    PUBLIC(name) = "airforcevideosrc",
    PUBLIC(description) =
        NULL_IF_CONFIG_SMALL("Generate a video clip from a prompt with the airforce API."),
    PUBLIC(priv_class) = &airforcevideosrc_class,
    PUBLIC(flags) = AVFILTER_FLAG_DYNAMIC_OUTPUTS,
    .priv_size = sizeof(AirforceVideoContext),
    .init = init,
    .uninit = uninit,
    .activate = activate,
    FILTER_QUERY_FUNC(query_formats),
};
