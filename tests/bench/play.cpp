// SPDX-License-Identifier: LGPL-2.1-or-later
// Plays a pipeline and reports when its first decoded frame was there, and what it cost:
//   bench-play [--first] [--warm DESCRIPTION] DESCRIPTION
// The element whose pads are taken is named `s`; every pad gets a fakesink that does not wait for
// the clock. Everything is loaded and made before a line on stdin starts it. --first ends with the
// first frame. --warm plays another one before, to its end. Prints a line of JSON: times are Unix
// seconds, memory is in bytes.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <gst/gst.h>

#include "support/resources.h"

namespace {

using airforce::test::cpu_seconds;
using airforce::test::peak_memory;

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

struct Seen {
  GstElement* bin;
  bool only_first;
  // Set by the streaming thread of the picture, read when that has ended.
  double first = 0;
  guint64 frames = 0;
};

GstPadProbeReturn take_frame(GstPad*, GstPadProbeInfo*, gpointer data) {
  auto* seen = static_cast<Seen*>(data);
  if (seen->frames++ == 0) {
    seen->first = now();
    if (seen->only_first) {
      gst_element_post_message(seen->bin,
                               gst_message_new_application(GST_OBJECT(seen->bin),
                                                           gst_structure_new_empty("first-frame")));
    }
  }
  return GST_PAD_PROBE_OK;
}

void add_sink(GstElement*, GstPad* pad, gpointer data) {
  auto* seen = static_cast<Seen*>(data);
  GstElement* sink = gst_element_factory_make("fakesink", nullptr);
  g_object_set(sink, "sync", FALSE, nullptr);
  gst_bin_add(GST_BIN(seen->bin), sink);
  gst_element_sync_state_with_parent(sink);
  g_autoptr(GstPad) peer = gst_element_get_static_pad(sink, "sink");
  if (gst_pad_link(pad, peer) != GST_PAD_LINK_OK) g_error("a pad can't be linked");
  if (g_str_has_prefix(GST_PAD_NAME(pad), "video")) {
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, take_frame, seen, nullptr);
  }
}

// A pipeline of it; its frames go to `seen`.
GstElement* make_pipeline(const char* description, Seen& seen) {
  g_autoptr(GError) error = nullptr;
  seen.bin = gst_parse_bin_from_description(description, FALSE, &error);
  if (error != nullptr) g_error("%s", error->message);
  GstElement* pipeline = gst_pipeline_new(nullptr);
  gst_bin_add(GST_BIN(pipeline), seen.bin);
  g_autoptr(GstElement) source = gst_bin_get_by_name(GST_BIN(seen.bin), "s");
  g_signal_connect(source, "pad-added", G_CALLBACK(add_sink), &seen);
  return pipeline;
}

// Until its end, or the first frame where that is all that is asked for.
void play(GstElement* pipeline) {
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
  g_autoptr(GstMessage) message = gst_bus_timed_pop_filtered(
      bus, GST_CLOCK_TIME_NONE,
      static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_APPLICATION));
  if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_ERROR) return;
  g_autoptr(GError) error = nullptr;
  gst_message_parse_error(message, &error, nullptr);
  g_printerr("%s\n", error->message);
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  bool only_first = false;
  const char* warm = nullptr;
  const char* description = nullptr;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--first") == 0) {
      only_first = true;
    } else if (std::strcmp(argv[i], "--warm") == 0 && i + 1 < argc) {
      warm = argv[++i];
    } else {
      description = argv[i];
    }
  }
  if (description == nullptr) return 2;
  if (warm != nullptr) {
    Seen unused{nullptr, false};
    g_autoptr(GstElement) pipeline = make_pipeline(warm, unused);
    play(pipeline);
    gst_element_set_state(pipeline, GST_STATE_NULL);
  }
  Seen seen{nullptr, only_first};
  g_autoptr(GstElement) pipeline = make_pipeline(description, seen);
  std::printf("ready\n");
  std::fflush(stdout);
  while (true) {
    const int byte = std::getchar();
    if (byte == '\n') break;
    if (byte == EOF) return 1;
  }

  const double start = now();
  const double cpu = cpu_seconds();
  play(pipeline);
  const double end = now();
  const double spent = cpu_seconds() - cpu;
  gst_element_set_state(pipeline, GST_STATE_NULL);
  std::printf(
      "{\"start\": %.6f, \"first\": %.6f, \"end\": %.6f, \"cpu\": %.3f, \"peak\": %.0f, "
      "\"frames\": %" G_GUINT64_FORMAT "}\n",
      start, seen.first, end, spent, peak_memory(), seen.frames);
  return 0;
}
