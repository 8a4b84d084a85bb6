/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The frames of a prompt in a program of yours: reports the time, the size and the mean colour of
 * each.
 *
 *   cc frames.c -o frames $(pkg-config --cflags --libs gstreamer-app-1.0 gstreamer-video-1.0)
 *   export AIRFORCE_API_KEY=sk-air-...
 *   ./frames wan-2.6 "A red fox darting across snowy hills at dawn"
 */
#include <stdio.h>

#include <gst/app/gstappsink.h>
#include <gst/video/video.h>

static void use_frame(GstVideoFrame* frame, GstClockTime time) {
  const guint8* row = GST_VIDEO_FRAME_PLANE_DATA(frame, 0);
  const int width = GST_VIDEO_FRAME_WIDTH(frame);
  const int height = GST_VIDEO_FRAME_HEIGHT(frame);
  guint64 sums[3] = {0, 0, 0};
  const guint64 count = (guint64)width * (guint64)height;
  int x, y;
  for (y = 0; y < height; ++y) {
    for (x = 0; x < 3 * width; ++x) sums[x % 3] += row[x];
    row += GST_VIDEO_FRAME_PLANE_STRIDE(frame, 0);
  }
  printf("%.3f s: %dx%d, mean colour #%02x%02x%02x\n", (double)time / GST_SECOND, width, height,
         (unsigned)(sums[0] / count), (unsigned)(sums[1] / count), (unsigned)(sums[2] / count));
}

static int use_sample(GstSample* sample) {
  GstVideoInfo info;
  GstVideoFrame frame;
  if (!gst_video_info_from_caps(&info, gst_sample_get_caps(sample)) ||
      !gst_video_frame_map(&frame, &info, gst_sample_get_buffer(sample), GST_MAP_READ)) {
    fprintf(stderr, "frames: this is no frame\n");
    return 1;
  }
  /* Where it is in the clip; timestamps of buffers alone may begin anywhere. */
  use_frame(&frame, gst_segment_to_stream_time(gst_sample_get_segment(sample), GST_FORMAT_TIME,
                                               GST_BUFFER_PTS(frame.buffer)));
  gst_video_frame_unmap(&frame);
  return 0;
}

/* 1 if there is an error on the bus, which is reported. No frame and no end comes after one. */
static int has_failed(GstBus* bus) {
  GstMessage* message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
  GError* error = NULL;
  if (message == NULL) return 0;
  gst_message_parse_error(message, &error, NULL);
  fprintf(stderr, "frames: %s\n", error->message);
  g_error_free(error);
  gst_message_unref(message);
  return 1;
}

static int use_all(GstAppSink* sink, GstBus* bus) {
  int code = 0;
  while (code == 0 && !gst_app_sink_is_eos(sink)) {
    GstSample* sample = gst_app_sink_try_pull_sample(sink, 100 * GST_MSECOND);
    if (sample != NULL) {
      code = use_sample(sample);
      gst_sample_unref(sample);
    } else {
      code = has_failed(bus);
    }
  }
  return code;
}

int main(int argc, char** argv) {
  GstElement* pipeline;
  GstElement* source;
  GstElement* sink;
  GstBus* bus;
  GError* error = NULL;
  int code;
  gst_init(&argc, &argv);
  if (argc != 3) {
    fprintf(stderr, "usage: %s MODEL PROMPT\n", argv[0]);
    return 2;
  }
  /* A few frames wait in the sink; the decoder waits for whoever takes them. */
  pipeline = gst_parse_launch(
      "airforcevideosrc name=source ! videoconvert ! video/x-raw,format=RGB ! "
      "appsink name=sink sync=false max-buffers=4",
      &error);
  if (error != NULL) {
    fprintf(stderr, "frames: %s\n", error->message);
    return 1;
  }
  source = gst_bin_get_by_name(GST_BIN(pipeline), "source");
  sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
  bus = gst_element_get_bus(pipeline);
  g_object_set(source, "model", argv[1], "prompt", argv[2], NULL); /* nothing to quote this way */

  gst_element_set_state(pipeline, GST_STATE_PLAYING); /* returns at once */
  code = use_all(GST_APP_SINK(sink), bus);
  gst_element_set_state(pipeline, GST_STATE_NULL);

  gst_object_unref(bus);
  gst_object_unref(sink);
  gst_object_unref(source);
  gst_object_unref(pipeline);
  return code;
}
