// SPDX-License-Identifier: LGPL-2.1-or-later
// Pictures between the shots of a film: the last one of a clip, from which the next shot starts,
// and whether that one begins with it.
#ifndef AVFILTER_AIRFORCEVIDEO_PICTURE_H
#define AVFILTER_AIRFORCEVIDEO_PICTURE_H

#include "airforcevideo_compat.h"
#include "airforcevideo_decoder.h"
#include "airforcevideo_turn.h"
#include "libavcodec/avcodec.h"
#include "libavutil/avstring.h"
#include "libavutil/mathematics.h"

// Converts a picture by filters; `to` is empty before.
static int picture_convert(const AVFrame *from, const char *filters, AVFrame *to, void *log)
{
    Turn turn = {0};
    int ret = turn_open(&turn, filters, from, (AVRational){1, 1000}, 1, log);
    if (ret >= 0)
        ret = av_frame_ref(to, from);
    if (ret >= 0)
        ret = turn_frame(&turn, to);
    turn_close(&turn);
    return ret;
}

// Whether nobody would see the step from one picture to the other: the mean difference of coarse
// cells, with the mean brightness taken out, is not above what encoding a picture again changes.
static int picture_is_same(const AVFrame *one, const AVFrame *other, void *log)
{
    enum { CELLS = 48 };
    static const char filters[] = "scale=48:48:flags=area,format=gray";
    const double same = 3; // levels of 0 to 255
    AVFrame *cells[2] = {av_frame_alloc(), av_frame_alloc()};
    double mean = 0, difference = 0;
    const int converted = cells[0] && cells[1] &&
                          picture_convert(one, filters, cells[0], log) >= 0 &&
                          picture_convert(other, filters, cells[1], log) >= 0;
    for (int pass = 0; pass < 2 && converted; pass++)
        for (int y = 0; y < CELLS; y++)
            for (int x = 0; x < CELLS; x++) {
                const int step = cells[0]->data[0][y * cells[0]->linesize[0] + x] -
                                 cells[1]->data[0][y * cells[1]->linesize[0] + x];
                if (pass == 0)
                    mean += step / (double)(CELLS * CELLS);
                else
                    difference += fabs(step - mean) / (CELLS * CELLS);
            }
    av_frame_free(&cells[0]);
    av_frame_free(&cells[1]);
    return converted && difference < same;
}

// Encodes a picture as a PNG file.
static int picture_encode(const AVFrame *frame, AVPacket *png)
{
    AVCodecContext *encoder = avcodec_alloc_context3(avcodec_find_encoder(AV_CODEC_ID_PNG));
    int ret = AVERROR(ENOMEM);
    if (!encoder)
        return ret;
    encoder->width = frame->width;
    encoder->height = frame->height;
    encoder->pix_fmt = frame->format;
    encoder->time_base = (AVRational){1, 25};
    encoder->thread_count = 1;
    ret = avcodec_open2(encoder, encoder->codec, NULL);
    if (ret >= 0)
        ret = avcodec_send_frame(encoder, frame);
    if (ret >= 0)
        ret = avcodec_send_frame(encoder, NULL);
    if (ret >= 0)
        ret = avcodec_receive_packet(encoder, png);
    avcodec_free_context(&encoder);
    return ret;
}

// Keeps the frame that is shown last of those that a decoder gives.
static int picture_receive_last(AVCodecContext *decoder, AVFrame *frame, AVFrame *last)
{
    for (;;) {
        const int ret = avcodec_receive_frame(decoder, frame);
        if (ret < 0)
            return ret == AVERROR(EAGAIN) || ret == AVERROR_EOF ? 0 : ret;
        av_frame_unref(last);
        av_frame_move_ref(last, frame);
    }
}

// Decodes the last frame of an input, from the key frame before its end on.
static int picture_decode_last(AirforceInput *input, AVStream *stream, AVFrame *last)
{
    AVCodecContext *decoder = NULL;
    AVPacket *packet = av_packet_alloc();
    AVFrame *frame = av_frame_alloc();
    int ret = packet && frame ? open_decoder_for(input, stream, 1, &decoder) : AVERROR(ENOMEM);
    if (ret >= 0 && stream->duration > 0) {
        const int64_t start = stream->start_time == AV_NOPTS_VALUE ? 0 : stream->start_time;
        // Where that fails, all of it is decoded.
        av_seek_frame(input->format, stream->index,
                      start + stream->duration -
                          av_rescale_q(AV_TIME_BASE / 2, AV_TIME_BASE_Q, stream->time_base),
                      AVSEEK_FLAG_BACKWARD);
    }
    while (ret >= 0) {
        ret = av_read_frame(input->format, packet);
        if (ret < 0)
            break;
        if (packet->stream_index == stream->index) {
            avcodec_send_packet(decoder, packet); // what cannot be decoded is left out
            ret = picture_receive_last(decoder, frame, last);
        }
        av_packet_unref(packet);
    }
    if (input->read_error)
        ret = input->read_error;
    if (ret == AVERROR_EOF) {
        avcodec_send_packet(decoder, NULL);
        ret = picture_receive_last(decoder, frame, last);
    }
    avcodec_free_context(&decoder);
    av_frame_free(&frame);
    av_packet_free(&packet);
    return ret < 0 ? ret : last->width ? 0 : AVERROR_INVALIDDATA;
}

// The last picture of a clip, upright, as a PNG file.
static int picture_of_clip(AirforceClip *clip, AVPacket *png, void *log)
{
    AirforceInput input = {clip, {0}, AVERROR_EXTERNAL};
    AVFrame *last = av_frame_alloc(), *upright = av_frame_alloc();
    char filters[256];
    int stream = AVERROR(ENOMEM);
    int ret = last && upright ? airforce_input_open(&input) : AVERROR(ENOMEM);
    if (ret >= 0)
        ret = avformat_find_stream_info(input.format, NULL);
    if (ret >= 0)
        ret = stream = av_find_best_stream(input.format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    if (ret >= 0)
        ret = picture_decode_last(&input, input.format->streams[stream], last);
    if (ret >= 0) {
        const AVFrameSideData *own = av_frame_get_side_data(last, AV_FRAME_DATA_DISPLAYMATRIX);
        turn_describe(own ? (const int32_t *)own->data
                          : stream_display_matrix(input.format->streams[stream]),
                      filters, sizeof filters);
        av_strlcatf(filters, sizeof filters, "%sscale,format=rgb24", *filters ? "," : "");
        ret = picture_convert(last, filters, upright, log);
    }
    if (ret >= 0)
        ret = picture_encode(upright, png);
    airforce_input_close(&input);
    av_frame_free(&last);
    av_frame_free(&upright);
    return ret;
}

#endif
