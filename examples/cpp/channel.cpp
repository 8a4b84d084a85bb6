// SPDX-License-Identifier: LGPL-2.1-or-later
// Chat lines in, a channel out.
//
// usage: channel MODEL [VIDEO_SINK [AUDIO_SINK]]
//
// Each line of standard input becomes a clip. "/skip" ends the one that is shown, "/clear" forgets
// the waiting ones. The prompt is a caption. The channel ends after the last clip once the input
// has ended.
#include <iostream>
#include <string>
#include <thread>

#include <gst/gst.h>

namespace {

void read_chat(GstElement* channel) {
  for (std::string line; std::getline(std::cin, line);) {
    guint64 id = 0;
    gboolean done = FALSE;
    if (line.empty()) continue;
    if (line == "/skip") {
      g_signal_emit_by_name(channel, "skip", &done);
    } else if (line == "/clear") {
      g_signal_emit_by_name(channel, "clear");
    } else {
      g_signal_emit_by_name(channel, "enqueue", line.c_str(), &id);
    }
  }
  gst_util_set_object_arg(G_OBJECT(channel), "when-empty", "eos");
}

// Whether the message is the last one; prints what is worth it.
bool is_last(GstMessage* message, GstElement* caption, bool& failed) {
  const GstStructure* fields = gst_message_get_structure(message);
  switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_EOS: return true;
    case GST_MESSAGE_ERROR: {
      g_autoptr(GError) error = nullptr;
      gst_message_parse_error(message, &error, nullptr);
      std::cerr << error->message << '\n';
      failed = true;
      return true;
    }
    case GST_MESSAGE_ELEMENT:
      if (gst_structure_has_name(fields, "airforce-channel-item")) {
        const char* prompt = gst_structure_get_string(fields, "prompt");
        const char* state = gst_structure_get_string(fields, "state");
        const char* reason = gst_structure_get_string(fields, "reason");
        std::cout << prompt << ": " << state
                  << (reason != nullptr ? std::string(" (") + reason + ")" : "") << std::endl;
        if (g_str_equal(state, "on-air")) {
          g_autofree char* markup = g_markup_escape_text(prompt, -1);
          g_object_set(caption, "text", markup, nullptr);
        }
      }
      return false;
    default: return false;
  }
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  if (argc < 2) {
    std::cerr << "usage: channel MODEL [VIDEO_SINK [AUDIO_SINK]]\n";
    return 2;
  }
  const std::string line =
      std::string("airforcechannelsrc name=c sound=true model=") + argv[1] +
      " c.video ! queue ! videoconvert ! textoverlay name=caption ! videoconvert ! " +
      (argc > 2 ? argv[2] : "autovideosink") + " c.audio ! queue ! audioconvert ! " +
      (argc > 3 ? argv[3] : "autoaudiosink");
  g_autoptr(GError) error = nullptr;
  g_autoptr(GstElement) pipeline = gst_parse_launch(line.c_str(), &error);
  if (error != nullptr) {
    std::cerr << error->message << '\n';
    return 1;
  }
  g_autoptr(GstElement) channel = gst_bin_get_by_name(GST_BIN(pipeline), "c");
  g_autoptr(GstElement) caption = gst_bin_get_by_name(GST_BIN(pipeline), "caption");
  g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  std::thread(read_chat, channel).detach();
  bool failed = false;
  for (bool done = false; !done;) {
    g_autoptr(GstMessage) message = gst_bus_timed_pop(bus, GST_CLOCK_TIME_NONE);
    done = is_last(message, caption, failed);
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  return failed ? 1 : 0;
}
