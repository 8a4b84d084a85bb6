// SPDX-License-Identifier: LGPL-2.1-or-later
// Plays a prompt as an application does it: pads that appear, and messages.
//
//   c++ -std=c++20 play.cpp -o play $(pkg-config --cflags --libs gstreamer-1.0)
//   export AIRFORCE_API_KEY=sk-air-...
//   ./play wan-2.6 "A red fox darting across snowy hills at dawn"
//
// Ctrl-C stops it at once; the same command again resumes what was paid for.
#include <cstdio>
#include <string>

#include <glib-unix.h>
#include <gst/gst.h>

namespace {

struct Player {
  GstElement* pipeline = nullptr;
  GMainLoop* loop = nullptr;
  std::string video_sink = "autovideosink";
  std::string audio_sink = "autoaudiosink";
  int exit_code = 0;
};

void quit(Player* player, int exit_code) {
  player->exit_code = exit_code;
  g_main_loop_quit(player->loop);
}

// In a streaming thread, once for each stream that the clip turns out to have.
void on_pad_added(GstElement*, GstPad* pad, Player* player) {
  const bool is_video = g_str_has_prefix(GST_PAD_NAME(pad), "video_");
  const std::string branch = is_video
                                 ? "queue ! videoconvert ! " + player->video_sink
                                 : "queue ! audioconvert ! audioresample ! " + player->audio_sink;
  g_autoptr(GError) error = nullptr;
  GstElement* bin = gst_parse_bin_from_description(branch.c_str(), TRUE, &error);
  if (bin == nullptr) {
    GST_ELEMENT_ERROR(player->pipeline, CORE, MISSING_PLUGIN, ("%s", error->message), (nullptr));
    return;
  }
  gst_bin_add(GST_BIN(player->pipeline), bin);
  gst_element_sync_state_with_parent(bin);
  g_autoptr(GstPad) sink = gst_element_get_static_pad(bin, "sink");
  gst_pad_link(pad, sink);
}

void show_error(GstMessage* message) {
  g_autoptr(GError) error = nullptr;
  gst_message_parse_error(message, &error, nullptr);
  std::fprintf(stderr, "play: %s\n", error->message);
  // For programs: the charge status, and which task can be asked for again.
  const GstStructure* details = nullptr;
  gst_message_parse_error_details(message, &details);
  if (details == nullptr) return;
  for (const char* field : {"charge", "task-id"}) {
    const char* value = gst_structure_get_string(details, field);
    if (value != nullptr) std::fprintf(stderr, "play: %s: %s\n", field, value);
  }
}

gboolean on_message(GstBus*, GstMessage* message, gpointer data) {
  auto* player = static_cast<Player*>(data);
  switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_PROGRESS: {
      g_autofree char* text = nullptr;
      gst_message_parse_progress(message, nullptr, nullptr, &text);
      std::printf("%s\n", text);
      break;
    }
    case GST_MESSAGE_ELEMENT: {
      const GstStructure* task = gst_message_get_structure(message);
      if (!gst_structure_has_name(task, "airforce-task")) break;
      std::printf("task %s: %s\n", gst_structure_get_string(task, "task-id"),
                  gst_structure_get_string(task, "status"));
      break;
    }
    case GST_MESSAGE_BUFFERING: {  // the line is slower than the clip
      int percent = 0;
      gst_message_parse_buffering(message, &percent);
      gst_element_set_state(player->pipeline, percent < 100 ? GST_STATE_PAUSED : GST_STATE_PLAYING);
      break;
    }
    case GST_MESSAGE_WARNING: {
      g_autoptr(GError) warning = nullptr;
      gst_message_parse_warning(message, &warning, nullptr);
      std::fprintf(stderr, "play: %s\n", warning->message);
      break;
    }
    case GST_MESSAGE_ERROR:
      show_error(message);
      quit(player, 1);
      break;
    case GST_MESSAGE_EOS: quit(player, 0); break;
    default: break;
  }
  return G_SOURCE_CONTINUE;
}

gboolean on_interrupt(gpointer player) {
  quit(static_cast<Player*>(player), 130);
  return G_SOURCE_CONTINUE;
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  if (argc != 3 && argc != 5) {
    std::fprintf(stderr, "usage: %s MODEL PROMPT [VIDEO_SINK AUDIO_SINK]\n", argv[0]);
    return 2;
  }
  Player player;
  if (argc == 5) {
    player.video_sink = argv[3];
    player.audio_sink = argv[4];
  }
  GstElement* source = gst_element_factory_make("airforcevideosrc", nullptr);
  if (source == nullptr) {
    std::fprintf(stderr, "play: there is no airforcevideosrc; is GST_PLUGIN_PATH set?\n");
    return 1;
  }
  g_object_set(source, "model", argv[1], "prompt", argv[2], "sound", TRUE, nullptr);
  g_signal_connect(source, "pad-added", G_CALLBACK(on_pad_added), &player);

  player.loop = g_main_loop_new(nullptr, FALSE);
  player.pipeline = gst_pipeline_new(nullptr);
  gst_bin_add(GST_BIN(player.pipeline), source);
  g_autoptr(GstBus) bus = gst_element_get_bus(player.pipeline);
  gst_bus_add_watch(bus, on_message, &player);
  g_unix_signal_add(SIGINT, on_interrupt, &player);

  gst_element_set_state(player.pipeline, GST_STATE_PLAYING);  // returns at once
  g_main_loop_run(player.loop);

  gst_element_set_state(player.pipeline, GST_STATE_NULL);
  gst_bus_remove_watch(bus);
  gst_object_unref(player.pipeline);
  g_main_loop_unref(player.loop);
  return player.exit_code;
}
