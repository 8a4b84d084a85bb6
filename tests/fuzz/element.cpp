// SPDX-License-Identifier: LGPL-2.1-or-later
// The whole path of a clip in the element: download, check, demuxer, decoders, and the messages
// that leave the bin. The element is the real one; its core comes from AIRFORCE_VIDEO_LIBRARY.
#include <cstring>
#include <mutex>
#include <set>
#include <string>

#include <gst/gst.h>
#include <libsoup/soup.h>

#include "fuzz.h"
#ifdef AIRFORCE_OWN_ELEMENT
#include "gstairforcevideosrc.h"
#endif
#include "http/local_server.h"
#include "support/temp_dir.h"

namespace {

using airforce::test::LocalServer;

constexpr const char* kOutputs[] = {"raw", "encoded", "container"};
constexpr GstClockTime kMaxRun = 40 * GST_SECOND;

std::string big_endian(std::size_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xff);
  return bytes;
}

std::string box(const char* type, std::string_view content) {
  return big_endian(content.size() + 8).append(type).append(content);
}

// The first byte says what the rest is: a file, or what is in the index of one, or in its track.
std::string clip_of(std::string_view input) {
  const int form = input[0] / 3 % 3;
  const std::string_view rest = input.substr(1);
  if (form == 0) return std::string(rest);
  const std::string ftyp = box("ftyp", std::string_view("isom\0\0\2\0isomiso2mp41", 20));
  const std::string moov = box("moov", form == 1 ? std::string(rest) : box("trak", rest));
  return ftyp + moov + box("mdat", rest);
}

class Service {
 public:
  void set_clip(std::string clip) {
    const std::lock_guard lock(mutex_);
    clip_ = std::move(clip);
    strange_.clear();
  }
  std::string url() const { return server_.url(); }
  // What was asked for beside the task and its clip.
  std::set<std::string> strange() const {
    const std::lock_guard lock(mutex_);
    return strange_;
  }

 private:
  void answer(SoupServerMessage* message) {
    const std::lock_guard lock(mutex_);
    const std::string path = g_uri_get_path(soup_server_message_get_uri(message));
    if (path == "/clip") {
      airforce::test::answer(message, 200, "video/mp4", clip_);
    } else if (path == "/v1/video/tasks/vid_1") {
      airforce::test::answer_json(
          message,
          R"({"task_id":"vid_1","status":"completed","cost_cents":5,"result_url":"/clip"})");
    } else {
      strange_.insert(path);
      airforce::test::answer_json(message, "{}", 404);
    }
  }

  mutable std::mutex mutex_;
  std::string clip_;
  std::set<std::string> strange_;
  LocalServer server_{[this](LocalServer&, SoupServerMessage* message) { answer(message); }};
};

Service& service() {
  static auto* const directory = new airforce::test::TempDir;
  static Service* const made = [] {
    gst_init(nullptr, nullptr);
#ifdef AIRFORCE_OWN_ELEMENT
    GST_ELEMENT_REGISTER(airforcevideosrc, nullptr);
#endif
    auto* running = new Service;
    g_setenv("AIRFORCE_BASE_URL", running->url().c_str(), TRUE);
    g_setenv("AIRFORCE_API_KEY", "sk-air-fuzz-0123456789", TRUE);
    for (const char* name : {"XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"})
      g_setenv(name, directory->file(name).c_str(), TRUE);
    g_setenv("AIRFORCE_STORE", directory->file("store.sqlite").c_str(), TRUE);
    return running;
  }();
  return *made;
}

bool is_visible(const char* text) {
  if (!g_utf8_validate(text, -1, nullptr)) return false;
  for (; *text != '\0'; text = g_utf8_next_char(text)) {
    const GUnicodeType type = g_unichar_type(g_utf8_get_char(text));
    if (type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT) return false;
  }
  return true;
}

void check_tag(const GstTagList* tags, const char* name, gpointer) {
  const char* text = nullptr;
  if (gst_tag_get_type(name) != G_TYPE_STRING) return;
  for (guint i = 0; gst_tag_list_peek_string_index(tags, name, i, &text) != FALSE; ++i)
    fuzz::require(is_visible(text), "a tag can be shown");
}

// What leaves the bin on behalf of a clip makes no application open or install anything.
void check_message(GstMessage* message) {
  if (GST_IS_PIPELINE(GST_MESSAGE_SRC(message))) return;
  const GstStructure* structure = gst_message_get_structure(message);
  switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_REDIRECT: fuzz::require(false, "no redirect leaves"); break;
    case GST_MESSAGE_ELEMENT:
      fuzz::require(!gst_structure_has_name(structure, "missing-plugin") &&
                        !gst_structure_has_name(structure, "redirect"),
                    "nothing leaves that makes an application install or open something");
      break;
    case GST_MESSAGE_TAG: {
      GstTagList* tags = nullptr;
      gst_message_parse_tag(message, &tags);
      gst_tag_list_foreach(tags, check_tag, nullptr);
      gst_tag_list_unref(tags);
      break;
    }
    case GST_MESSAGE_ERROR: {
      GError* error = nullptr;
      const GstStructure* details = nullptr;
      gst_message_parse_error(message, &error, nullptr);
      gst_message_parse_error_details(message, &details);
      fuzz::require(is_visible(error->message), "an error can be shown");
      fuzz::require(details != nullptr && gst_structure_has_field(details, "charge") &&
                        !gst_structure_has_field(details, "redirect-location"),
                    "an error says the charge status, and leads nowhere");
      fuzz::require(gst_structure_get_string(details, "task-id") != nullptr,
                    "an error says the task");
      g_error_free(error);
      break;
    }
    default: break;
  }
}

void link_pad(GstElement*, GstPad* pad, gpointer pipeline) {
  GstElement* sink = gst_element_factory_make("fakesink", nullptr);
  g_object_set(sink, "sync", FALSE, nullptr);
  gst_bin_add(GST_BIN(pipeline), sink);
  GstPad* sink_pad = gst_element_get_static_pad(sink, "sink");
  gst_pad_link(pad, sink_pad);
  gst_object_unref(sink_pad);
  gst_element_sync_state_with_parent(sink);
}

void check_element(GstBin*, GstBin*, GstElement* element, gpointer) {
  GstElementFactory* factory = gst_element_get_factory(element);
  if (factory == nullptr) return;
  const bool demuxes =
      gst_element_factory_list_is_type(factory, GST_ELEMENT_FACTORY_TYPE_DEMUXER) != FALSE;
  fuzz::require(!demuxes || std::strcmp(GST_OBJECT_NAME(factory), "qtdemux") == 0,
                "the demuxer is qtdemux");
  fuzz::require(!gst_element_factory_list_is_type(factory, GST_ELEMENT_FACTORY_TYPE_SRC) ||
                    g_str_has_prefix(GST_OBJECT_NAME(factory), "airforce") ||
                    g_str_has_prefix(GST_OBJECT_NAME(factory), "audiotestsrc"),
                "nothing else is read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  service().set_clip(clip_of(fuzz::text_of(data, size)));
  GstElement* pipeline = gst_pipeline_new(nullptr);
  GstElement* source = gst_element_factory_make("airforcevideosrc", nullptr);
  fuzz::require(source != nullptr, "there is an element");
  g_object_set(source, "task-id", "vid_1", "timeout", 20.0, nullptr);
  gst_util_set_object_arg(G_OBJECT(source), "output", kOutputs[data[0] % 3]);
  g_signal_connect(pipeline, "deep-element-added", G_CALLBACK(check_element), nullptr);
  g_signal_connect(source, "pad-added", G_CALLBACK(link_pad), pipeline);
  gst_bin_add(GST_BIN(pipeline), source);
  GstBus* bus = gst_element_get_bus(pipeline);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  const GstClockTime begin = gst_util_get_timestamp();
  bool has_ended = false;
  while (!has_ended) {
    GstMessage* message = gst_bus_timed_pop(bus, kMaxRun);
    fuzz::require(message != nullptr && gst_util_get_timestamp() - begin < kMaxRun,
                  "a clip ends, or is refused");
    check_message(message);
    has_ended = (GST_MESSAGE_TYPE(message) & (GST_MESSAGE_ERROR | GST_MESSAGE_EOS)) != 0;
    gst_message_unref(message);
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  while (GstMessage* message = gst_bus_pop(bus)) {
    check_message(message);
    gst_message_unref(message);
  }
  gst_object_unref(bus);
  gst_object_unref(pipeline);
  fuzz::require(service().strange().empty(), "nothing but the task and its clip is asked for");
  return 0;
}
