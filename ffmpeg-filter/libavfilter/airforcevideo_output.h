// SPDX-License-Identifier: LGPL-2.1-or-later
// A pad with the part of the clip that it plays: how a decoded frame is prepared before it is sent.
#ifndef AVFILTER_AIRFORCEVIDEO_OUTPUT_H
#define AVFILTER_AIRFORCEVIDEO_OUTPUT_H

#include "airforcevideo_compat.h"
#include "airforcevideo_decoder.h"
#include "airforcevideo_turn.h"
#include "formats.h"
#include "libavutil/channel_layout.h"
#include "libavutil/mathematics.h"
#include "libavutil/mem.h"
#include "libavutil/pixdesc.h"
#include "libavutil/samplefmt.h"

typedef struct Output {
    AVStream *stream; // NULL: silence, as the clip has no sound
    AVCodecContext *decoder;
    AVFrame **queue; // decoded before the pads' formats were known
    int queued;
    // What the pad promises.
    AVRational time_base;
    int format, width, height;
    // What was decoded last, and how it becomes that.
    int in_format, in_width, in_height;
    int in_rate; // of sound
    AVChannelLayout in_layout;
    Turn turn;
    int64_t turned; // where the sound that came of it ended
    // Timestamps, in time_base.
    int64_t start;       // added to all: where this pass of a loop starts, less where the clip does
    int64_t begin;       // of the very first frame
    int64_t end;         // where the last frame ended
    int64_t last_sample; // av_rescale_delta's memory
} Output;

enum { SILENT_RATE = 48000, SILENT_FORMAT = AV_SAMPLE_FMT_FLTP, SILENT_SAMPLES = 1024 };

// A pass starts `at` this timestamp, for a pad whose stream starts where the file does
// (`clip_start`, in AV_TIME_BASE); as ffmpeg's own inputs round it.
static void output_start_pass(Output *out, int64_t clip_start, int64_t at)
{
    const AVRational time_base = out->stream ? out->stream->time_base : out->time_base;
    const int64_t before = av_rescale_q(-clip_start, AV_TIME_BASE_Q, time_base);
    out->start = at + av_rescale_q(before, time_base, out->time_base);
    out->last_sample = AV_NOPTS_VALUE;
}

// --- Video

// Video that looks otherwise than before: the first, or a change in the middle (never seen from the
// API), which is scaled to what the pad promises, as that can't change.
static int output_adapt_to(Output *out, const AVFrame *frame, const int32_t *matrix,
                           AVFilterContext *ctx)
{
    char filters[256];
    int ret = 0;
    turn_describe(matrix, filters, sizeof filters);
    if (out->width)
        av_strlcatf(filters, sizeof filters, "%sscale=%d:%d,format=%s", *filters ? "," : "",
                    out->width, out->height, av_get_pix_fmt_name(out->format));
    turn_close(&out->turn);
    if (*filters)
        ret = turn_open(&out->turn, filters, frame, out->time_base, ff_filter_get_nb_threads(ctx),
                        ctx);
    out->in_format = frame->format;
    out->in_width = frame->width;
    out->in_height = frame->height;
    return ret;
}

// Gives a decoded frame the timestamp, shape and direction that the pad promises.
static int output_prepare_video(Output *out, AVFormatContext *format, AVFrame *frame,
                                AVFilterContext *ctx)
{
    const AVRational rate = av_guess_frame_rate(format, out->stream, NULL);
    const AVFrameSideData *own = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
    const int64_t pts = frame->best_effort_timestamp;
    int ret = 0;
    // The shots of a film may differ in their time base.
    frame->pts = pts == AV_NOPTS_VALUE
                     ? out->end
                     : av_rescale_q(pts, out->stream->time_base, out->time_base) + out->start;
    FRAME_DURATION(frame) =
        av_rescale_q(FRAME_DURATION(frame), out->stream->time_base, out->time_base);
    if (!FRAME_DURATION(frame) && rate.num > 0 && rate.den > 0)
        FRAME_DURATION(frame) = av_rescale_q(1, av_inv_q(rate), out->time_base);
    frame->sample_aspect_ratio = av_guess_sample_aspect_ratio(format, out->stream, frame);
    if (frame->format != out->in_format || frame->width != out->in_width ||
        frame->height != out->in_height)
        ret = output_adapt_to(
            out, frame, own ? (const int32_t *)own->data : stream_display_matrix(out->stream), ctx);
    if (ret < 0)
        return ret;
    // It is carried out here; left in place, ffmpeg would turn the picture once more.
    av_frame_remove_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
    if (out->turn.graph && (ret = turn_frame(&out->turn, frame)) < 0)
        return ret;
    if (!out->width) {
        out->format = frame->format;
        out->width = frame->width;
        out->height = frame->height;
    }
    return 0;
}

// Configures the graph for the video, which has no choice. Its first frame is in the queue.
static int output_offer_video(const Output *out, AVFilterFormatsConfig *config)
{
    int ret = ff_formats_ref(ff_make_format_list((const int[]){out->format, -1}), &config->formats);
#if LIBAVFILTER_VERSION_MAJOR >= 10
    const AVFrame *frame = out->queue[0];
    if (ret >= 0)
        ret = ff_formats_ref(ff_make_format_list((const int[]){frame->colorspace, -1}),
                             &config->color_spaces);
    if (ret >= 0)
        ret = ff_formats_ref(ff_make_format_list((const int[]){frame->color_range, -1}),
                             &config->color_ranges);
#endif
    return ret;
}

// --- Sound

// Sound that is not what the pad promises: that of another shot, or a change in the middle.
static int output_adapt_sound(Output *out, const AVFilterLink *outlink, const AVFrame *frame,
                              AVFilterContext *ctx)
{
    char filters[256], layout[64];
    int ret = av_channel_layout_describe(&outlink->ch_layout, layout, sizeof layout);
    if (ret < 0)
        return ret;
    snprintf(filters, sizeof filters,
             "aresample=%d,aformat=sample_fmts=%s:sample_rates=%d:channel_layouts=%s",
             outlink->sample_rate, av_get_sample_fmt_name(outlink->format), outlink->sample_rate,
             layout);
    ret = turn_open(&out->turn, filters, frame, (AVRational){1, frame->sample_rate},
                    ff_filter_get_nb_threads(ctx), ctx);
    if (ret < 0)
        return ret;
    out->in_format = frame->format;
    out->in_rate = frame->sample_rate;
    out->turned = out->last_sample = AV_NOPTS_VALUE;
    av_channel_layout_uninit(&out->in_layout);
    return av_channel_layout_copy(&out->in_layout, &frame->ch_layout);
}

static int output_sound_is(const AVFrame *frame, int format, int rate,
                           const AVChannelLayout *layout)
{
    return frame->format == format && frame->sample_rate == rate &&
           !av_channel_layout_compare(&frame->ch_layout, layout);
}

// The same for sound. `outlink` is NULL as long as nothing is promised. 1 if the frame has to go
// through `turn`, which is open then.
static int output_prepare_audio(Output *out, const AVFilterLink *outlink, AVFrame *frame,
                                AVFilterContext *ctx)
{
    const AVRational samples = {1, frame->sample_rate};
    int64_t pts = frame->best_effort_timestamp;
    int converts, ret = 0;
    if (frame->ch_layout.order == AV_CHANNEL_ORDER_UNSPEC)
        av_channel_layout_default(&frame->ch_layout, frame->ch_layout.nb_channels);
    converts = outlink &&
               !output_sound_is(frame, outlink->format, outlink->sample_rate, &outlink->ch_layout);
    if (converts && (!out->turn.graph ||
                     !output_sound_is(frame, out->in_format, out->in_rate, &out->in_layout)))
        ret = output_adapt_sound(out, outlink, frame, ctx);
    if (ret < 0)
        return ret;
    if (pts != AV_NOPTS_VALUE)
        pts = av_rescale_delta(out->stream->time_base, pts, samples, frame->nb_samples,
                               &out->last_sample, samples);
    if (converts)
        frame->pts = pts;
    else
        frame->pts = pts == AV_NOPTS_VALUE ? out->end : pts + out->start;
    FRAME_DURATION(frame) = frame->nb_samples;
    return converts;
}

// The next sound of it: 1 with a frame, 0 without one.
static int output_take_sound(Output *out, AVFrame *frame)
{
    enum { JITTER = 2 }; // samples, as timestamps are rounded
    const int ret = av_buffersink_get_frame(out->turn.out, frame);
    if (ret < 0)
        return ret == AVERROR(EAGAIN) || ret == AVERROR_EOF ? 0 : ret;
    if (frame->pts != AV_NOPTS_VALUE)
        frame->pts += out->start;
    if (out->turned != AV_NOPTS_VALUE &&
        (frame->pts == AV_NOPTS_VALUE || FFABS(frame->pts - out->turned) <= JITTER))
        frame->pts = out->turned;
    else if (frame->pts == AV_NOPTS_VALUE)
        frame->pts = out->end;
    out->turned = frame->pts + frame->nb_samples;
    FRAME_DURATION(frame) = frame->nb_samples;
    return 1;
}

// Configures the graph for the sound.
static int output_offer_audio(const Output *out, AVFilterFormatsConfig *config)
{
    const AVCodecContext *decoder = out->decoder; // NULL: silence
    const int format = decoder ? decoder->sample_fmt : SILENT_FORMAT;
    AVChannelLayout layouts[2] = {{0}};
    int ret;
    if (decoder && decoder->ch_layout.order != AV_CHANNEL_ORDER_UNSPEC)
        layouts[0] = decoder->ch_layout; // lent
    else
        av_channel_layout_default(&layouts[0], decoder ? decoder->ch_layout.nb_channels : 2);
    ret = ff_formats_ref(ff_make_format_list((const int[]){format, -1}), &config->formats);
    if (ret >= 0)
        ret = ff_formats_ref(ff_make_format_list((const int[]){out->time_base.den, -1}),
                             &config->samplerates);
    if (ret >= 0)
        ret =
            ff_channel_layouts_ref(ff_make_channel_layout_list(layouts), &config->channel_layouts);
    return ret;
}

// Fills an empty frame with silence that follows what was sent; as the pad promises, for which
// `outlink` is NULL as long as nothing is.
static int output_make_silence(const Output *out, const AVFilterLink *outlink, AVFrame *frame,
                               int samples)
{
    int ret = 0;
    frame->format = outlink        ? outlink->format
                    : out->decoder ? out->decoder->sample_fmt
                                   : SILENT_FORMAT;
    frame->sample_rate = out->time_base.den;
    frame->nb_samples = samples;
    if (outlink)
        ret = av_channel_layout_copy(&frame->ch_layout, &outlink->ch_layout);
    else if (out->decoder && out->decoder->ch_layout.order != AV_CHANNEL_ORDER_UNSPEC)
        ret = av_channel_layout_copy(&frame->ch_layout, &out->decoder->ch_layout);
    else
        av_channel_layout_default(&frame->ch_layout,
                                  out->decoder ? out->decoder->ch_layout.nb_channels : 2);
    if (ret >= 0)
        ret = av_frame_get_buffer(frame, 0);
    if (ret < 0)
        return ret;
    av_samples_set_silence(frame->extended_data, 0, samples, frame->ch_layout.nb_channels,
                           frame->format);
    frame->pts = out->end;
    FRAME_DURATION(frame) = samples;
    return 0;
}

// --- The end

static void output_free_queue(Output *out)
{
    for (int i = 0; i < out->queued; i++)
        av_frame_free(&out->queue[i]);
    av_freep(&out->queue);
    out->queued = 0;
}

static void output_close(Output *out)
{
    output_free_queue(out);
    turn_close(&out->turn);
    av_channel_layout_uninit(&out->in_layout);
    close_decoder(&out->decoder);
}

#endif
