// SPDX-License-Identifier: LGPL-2.1-or-later
// Plays a pipeline and prints what comes out of the pads of its element `s`: for each pad that
// gives anything the caps, then a line for each buffer with its times and a hash of its bytes. An
// error is printed by its domain and code, behind what came before it; `silence` stands for an end
// that never came.
//   decode 'filesrc location=clip.mp4 ! decodebin3 name=s'
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gst/gst.h>

namespace {

struct Stream {
  std::string caps;
  std::vector<std::string> lines;
};

// By name of the pad. Filled by one streaming thread each; nodes stay where they are.
std::map<std::string, Stream> streams;

void take_buffer(GstElement*, GstBuffer* buffer, GstPad* pad, gpointer data) {
  auto* stream = static_cast<Stream*>(data);
  if (stream->caps.empty()) {
    g_autoptr(GstCaps) caps = gst_pad_get_current_caps(pad);
    g_autofree char* text = gst_caps_to_string(caps);
    stream->caps = text;
  }
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_READ)) g_error("a buffer can't be read");
  g_autofree char* hash = g_compute_checksum_for_data(G_CHECKSUM_SHA1, map.data, map.size);
  gst_buffer_unmap(buffer, &map);
  stream->lines.push_back(std::to_string(GST_BUFFER_PTS(buffer)) + " " +
                          std::to_string(GST_BUFFER_DURATION(buffer)) + " " + hash);
}

// In one streaming thread after the other, under the parser's lock of pads.
void add_sink(GstElement*, GstPad* pad, gpointer bin) {
  g_autofree char* name = gst_pad_get_name(pad);
  GstElement* queue = gst_element_factory_make("queue", nullptr);
  GstElement* sink = gst_element_factory_make("fakesink", nullptr);
  g_object_set(sink, "signal-handoffs", TRUE, "sync", FALSE, nullptr);
  g_signal_connect(sink, "handoff", G_CALLBACK(take_buffer), &streams[name]);
  gst_bin_add_many(GST_BIN(bin), queue, sink, nullptr);
  gst_element_link(queue, sink);
  gst_element_sync_state_with_parent(sink);
  gst_element_sync_state_with_parent(queue);
  g_autoptr(GstPad) peer = gst_element_get_static_pad(queue, "sink");
  if (gst_pad_link(pad, peer) != GST_PAD_LINK_OK) g_error("%s can't be linked", name);
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  if (argc != 2) return 2;
  g_autoptr(GError) error = nullptr;
  GstElement* described = gst_parse_bin_from_description(argv[1], FALSE, &error);
  if (error != nullptr) g_error("%s", error->message);
  g_autoptr(GstElement) pipeline = gst_pipeline_new(nullptr);
  gst_bin_add(GST_BIN(pipeline), described);
  g_autoptr(GstElement) source = gst_bin_get_by_name(GST_BIN(pipeline), "s");
  g_signal_connect(source, "pad-added", G_CALLBACK(add_sink), described);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
  constexpr GstClockTime kTimeouts = 45 * GST_SECOND;
  g_autoptr(GstMessage) message = gst_bus_timed_pop_filtered(
      bus, kTimeouts, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  gst_element_set_state(pipeline, GST_STATE_NULL);
  for (const auto& [name, stream] : streams) {
    // Whether a pad that gives nothing appears before an error is chance.
    if (stream.lines.empty()) continue;
    std::printf("%s %s\n", name.c_str(), stream.caps.c_str());
    for (const auto& line : stream.lines) std::printf("%s %s\n", name.c_str(), line.c_str());
  }
  if (message == nullptr) {
    std::printf("silence\n");
  } else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    g_autoptr(GError) failure = nullptr;
    gst_message_parse_error(message, &failure, nullptr);
    std::printf("error %s %d: %s\n", g_quark_to_string(failure->domain), failure->code,
                failure->message);
  }
  return 0;
}
