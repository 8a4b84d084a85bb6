// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support.h"

#include <fstream>
#include <sstream>
#include <string_view>

#include <dlfcn.h>

#include <json-glib/json-glib.h>

#include "support/slowness.h"

namespace airforce::gst::test {
namespace {

struct NodeUnref {
  void operator()(JsonNode* node) const { json_node_unref(node); }
};

std::string library_of(const char* function) {
  Dl_info info{};
  void* const address = dlsym(RTLD_DEFAULT, function);
  return address != nullptr && dladdr(address, &info) != 0 ? info.dli_fname : "";
}

// What a program without the sanitizer that this one has, and that loads the plugin, needs from its
// start; "" if there is none. That of addresses wants to find the C++ library's functions then.
std::string sanitizer_libraries() {
  for (const char* function : {"__asan_init", "__tsan_init"}) {
    const std::string library = library_of(function);
    if (!library.empty()) return library + ":" + library_of("_ZSt9terminatev");
  }
  return {};
}

// The whole state of the simulator.
std::unique_ptr<JsonNode, NodeUnref> simulator_state() {
  g_autoptr(GError) error = nullptr;
  g_autoptr(GSocketClient) client = g_socket_client_new();
  g_autoptr(GSocketConnection) connection =
      g_socket_client_connect_to_uri(client, g_getenv("AIRFORCE_BASE_URL"), 80, nullptr, &error);
  fail_unless(connection != nullptr, "%s", error != nullptr ? error->message : "");
  const std::string request = "GET /simulator/state HTTP/1.0\r\n\r\n";
  fail_unless(g_output_stream_write_all(g_io_stream_get_output_stream(G_IO_STREAM(connection)),
                                        request.data(), request.size(), nullptr, nullptr, &error));
  g_autoptr(GDataInputStream) answer =
      g_data_input_stream_new(g_io_stream_get_input_stream(G_IO_STREAM(connection)));
  for (;;) {
    g_autofree char* line = g_data_input_stream_read_line(answer, nullptr, nullptr, &error);
    fail_unless(line != nullptr);
    if (*g_strstrip(line) == '\0') break;
  }
  g_autoptr(JsonParser) parser = json_parser_new();
  fail_unless(json_parser_load_from_stream(parser, G_INPUT_STREAM(answer), nullptr, &error), "%s",
              error != nullptr ? error->message : "");
  return std::unique_ptr<JsonNode, NodeUnref>(json_parser_steal_root(parser));
}

std::string required_environment(const char* name) {
  const char* value = g_getenv(name);
  ck_assert_msg(value != nullptr, "%s is not set: run the tests with meson test", name);
  return value;
}

}  // namespace

int Simulator::creates() const {
  const auto state = simulator_state();
  return static_cast<int>(json_object_get_int_member(json_node_get_object(state.get()), "creates"));
}

std::vector<std::string> Simulator::prompts() const {
  const auto state = simulator_state();
  JsonArray* requests = json_object_get_array_member(json_node_get_object(state.get()), "requests");
  std::vector<std::string> prompts;
  for (guint i = 0; i < json_array_get_length(requests); ++i) {
    JsonObject* request = json_array_get_object_element(requests, i);
    if (g_strcmp0(json_object_get_string_member(request, "step"), "create") != 0) continue;
    prompts.emplace_back(json_object_get_string_member(request, "prompt"));
  }
  return prompts;
}

std::vector<std::string> Simulator::last_images() const {
  const auto state = simulator_state();
  JsonArray* requests = json_object_get_array_member(json_node_get_object(state.get()), "requests");
  std::vector<std::string> images;
  for (guint i = 0; i < json_array_get_length(requests); ++i) {
    JsonObject* request = json_array_get_object_element(requests, i);
    if (g_strcmp0(json_object_get_string_member(request, "step"), "create") != 0) continue;
    images.clear();
    JsonArray* all = json_object_get_array_member(request, "images");
    for (guint n = 0; n < json_array_get_length(all); ++n) {
      images.emplace_back(json_array_get_string_element(all, n));
    }
  }
  return images;
}

bool speaks_sdk_dialect() {
  return g_strcmp0(g_getenv("AIRFORCE_TEST_DIALECT"), "sdk") == 0;
}

Simulator::Simulator(const std::vector<std::string>& arguments) {
  const std::string program = required_environment("AIRFORCE_SIMULATOR");
  const std::string log = "--log=" + directory_.file("requests.log");
  std::vector<const char*> argv = {program.c_str(), "--print-environment", "--die-with-parent",
                                   log.c_str()};
  if (const char* dialect = g_getenv("AIRFORCE_TEST_DIALECT"))
    argv.insert(argv.end(), {"--dialect", dialect});
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  argv.push_back(nullptr);

  // None of the variables that a developer may have set is heard.
  for (const char* name :
       {"AIRFORCE_BASE_URL", "AIRFORCE_API_KEY", "AIRFORCE_API_KEY_FILE", "AIRFORCE_STORE"}) {
    g_unsetenv(name);
  }
  for (const char* name :
       {"XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"}) {
    g_setenv(name, directory_.file(name).c_str(), TRUE);
  }
  g_autoptr(GError) error = nullptr;
  process_ = g_subprocess_newv(argv.data(), G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  fail_unless(process_ != nullptr, "%s", error != nullptr ? error->message : "");
  g_autoptr(GDataInputStream) lines =
      g_data_input_stream_new(g_subprocess_get_stdout_pipe(process_));
  while (char* line = g_data_input_stream_read_line(lines, nullptr, nullptr, nullptr)) {
    if (char* value = strchr(line, '=')) {
      *value++ = '\0';
      g_setenv(line, value, TRUE);
    }
    g_free(line);
  }
  required_environment("AIRFORCE_BASE_URL");
}

Simulator::~Simulator() {
  g_subprocess_force_exit(process_);
  g_subprocess_wait(process_, nullptr, nullptr);
  g_object_unref(process_);
}

int Simulator::logged(const std::string& text) const {
  std::ifstream log(directory_.file("requests.log"));
  int count = 0;
  for (std::string line; std::getline(log, line);) {
    if (line.find(text) != std::string::npos) ++count;
  }
  return count;
}

std::string make_clip(const TempDir& directory, bool sound) {
  std::string path = directory.file(sound ? "clip.mp4" : "silent.mp4");
  const std::string tone =
      sound ? "audiotestsrc num-buffers=94 samplesperbuffer=1024 ! audio/x-raw,rate=48000 ! "
              "audioconvert ! avenc_aac ! mux. "
            : "";
  Pipeline pipeline(
      "videotestsrc num-buffers=48 pattern=ball ! video/x-raw,width=320,height=240,framerate=24/1 "
      "! "
      "x264enc threads=1 speed-preset=ultrafast key-int-max=12 ! video/x-h264,profile=high ! "
      "mux. " +
      tone + "mp4mux name=mux faststart=true ! filesink location=" + path);
  pipeline.play_to_end();
  return path;
}

Served::Served(std::vector<std::string> arguments, bool sound)
    : clip(make_clip(directory, sound)), simulator([&] {
        arguments.insert(arguments.end(), {"--clip=" + clip, "--task-seconds=0.2"});
        return arguments;
      }()) {}

std::string make_long_clip(const TempDir& directory, const char* mux) {
  std::string path = directory.file("long.mp4");
  Pipeline(
      "videotestsrc num-buffers=192 pattern=snow ! video/x-raw,width=160,height=120,framerate=24/1 "
      "! x264enc threads=1 speed-preset=ultrafast bitrate=400 key-int-max=24 ! "
      "video/x-h264,profile=high ! mux. "
      "audiotestsrc num-buffers=375 samplesperbuffer=1024 ! audio/x-raw,rate=48000 ! "
      "audioconvert ! avenc_aac ! mux. mp4mux name=mux " +
      std::string(mux) + " ! filesink location=" + path)
      .play_to_end();
  return path;
}

int percent_downloaded(GstElement* pipeline) {
  g_autoptr(GstQuery) query = gst_query_new_buffering(GST_FORMAT_PERCENT);
  fail_unless(gst_element_query(pipeline, query));
  if (gst_query_get_n_buffering_ranges(query) == 0) return 0;
  gint64 start = 0;
  gint64 stop = 0;
  fail_unless(gst_query_parse_nth_buffering_range(query, 0, &start, &stop));
  return start == 0 ? static_cast<int>(stop * 100 / GST_FORMAT_PERCENT_MAX) : 0;
}

Pipeline::Pipeline(const std::string& description) {
  forgive_flushed_queries();
  g_autoptr(GError) error = nullptr;
  pipeline_.reset(gst_parse_launch(description.c_str(), &error));
  fail_unless(error == nullptr, "%s", error != nullptr ? error->message : "");
}

Pipeline::~Pipeline() {
  set_state(GST_STATE_NULL);
  // Threads of GStreamer's own that have just carried on a state change let go a little later.
  for (int i = 0; i < 500 && GST_OBJECT_REFCOUNT_VALUE(pipeline_.get()) > 1; ++i) g_usleep(10000);
  ASSERT_OBJECT_REFCOUNT(pipeline_.get(), "pipeline", 1);
}

Ref<GstElement> Pipeline::element(const char* name) const {
  Ref<GstElement> found(gst_bin_get_by_name(GST_BIN(pipeline_.get()), name));
  fail_unless(found != nullptr, "no element %s", name);
  return found;
}

Message Pipeline::wait(GstMessageType types, const std::function<bool(GstMessage*)>& wanted) {
  Ref<GstBus> bus(gst_element_get_bus(pipeline_.get()));
  while (true) {
    Message message(gst_bus_timed_pop_filtered(bus.get(), timeout_, types));
    fail_unless(message != nullptr, "no message came");
    if (!wanted || wanted(message.get())) return message;
  }
}

Message Pipeline::wait_for_progress(GstProgressType type) {
  return wait(GST_MESSAGE_PROGRESS,
              [type](GstMessage* message) { return progress_type(message) == type; });
}

void Pipeline::play_to_end() {
  set_state(GST_STATE_PLAYING);
  const Message message = wait(static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  if (GST_MESSAGE_TYPE(message.get()) != GST_MESSAGE_ERROR) return;
  g_autoptr(GError) error = nullptr;
  gst_message_parse_error(message.get(), &error, nullptr);
  ck_abort_msg("%s", error->message);
}

Message Pipeline::play_to_error() {
  set_state(GST_STATE_PLAYING);
  Message message = wait(static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  fail_unless(GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR, "it played to the end");
  return message;
}

GstProgressType progress_type(GstMessage* message) {
  GstProgressType type = GST_PROGRESS_TYPE_START;
  gst_message_parse_progress(message, &type, nullptr, nullptr);
  return type;
}

void keep_linked(const Pipeline& pipeline, const char* source, const char* kind, const char* sink) {
  struct Link {
    std::string kind;
    Ref<GstPad> peer;
  };
  auto* link =
      new Link{kind, Ref<GstPad>(gst_element_get_static_pad(pipeline.element(sink).get(), "sink"))};
  g_signal_connect_data(
      pipeline.element(source).get(), "pad-added",
      G_CALLBACK(+[](GstElement*, GstPad* pad, Link* to) {
        g_autoptr(GstCaps) caps = gst_pad_query_caps(pad, nullptr);
        fail_unless(!gst_caps_is_empty(caps) && !gst_caps_is_any(caps));
        const char* media = gst_structure_get_name(gst_caps_get_structure(caps, 0));
        if (!std::string_view(media).starts_with(to->kind + "/")) return;
        fail_unless_equals_int(gst_pad_link(pad, to->peer.get()), GST_PAD_LINK_OK);
      }),
      link, [](gpointer data, GClosure*) { delete static_cast<Link*>(data); },
      static_cast<GConnectFlags>(0));
}

GstEvent* event_of(const Seek& seek, int more_flags) {
  return gst_event_new_seek(seek.rate, GST_FORMAT_TIME,
                            static_cast<GstSeekFlags>(more_flags | seek.flags), GST_SEEK_TYPE_SET,
                            static_cast<gint64>(seek.start), GST_SEEK_TYPE_SET,
                            static_cast<gint64>(seek.stop));
}

std::vector<std::string> Ran::lines_with(const std::string& text) const {
  std::vector<std::string> found;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(text) != std::string::npos) found.push_back(line);
  }
  return found;
}

Ran run(const std::string& command) {
  g_auto(GStrv) arguments = nullptr;
  g_autoptr(GError) error = nullptr;
  fail_unless(g_shell_parse_argv(command.c_str(), nullptr, &arguments, &error));
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(static_cast<GSubprocessFlags>(
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE));
  const std::string sanitizer = sanitizer_libraries();
  if (!sanitizer.empty()) {
    const char* preloaded = g_getenv("LD_PRELOAD");  // of ThreadSanitizer's test setup
    const std::string libraries = preloaded != nullptr ? sanitizer + ":" + preloaded : sanitizer;
    g_subprocess_launcher_setenv(launcher, "LD_PRELOAD", libraries.c_str(), TRUE);
    // What others leak in their own programs is theirs.
    g_subprocess_launcher_setenv(launcher, "ASAN_OPTIONS", "detect_leaks=0", TRUE);
  }
  g_autoptr(GSubprocess) process =
      g_subprocess_launcher_spawnv(launcher, const_cast<const char* const*>(arguments), &error);
  fail_unless(process != nullptr, "%s", error != nullptr ? error->message : "");
  g_autofree char* output = nullptr;
  fail_unless(g_subprocess_communicate_utf8(process, nullptr, nullptr, &output, nullptr, &error));
  fail_unless(g_subprocess_get_if_exited(process), "%s was killed: %s", command.c_str(), output);
  return {g_subprocess_get_exit_status(process), output};
}

std::string task_uri(const std::string& settings) {
  Pipeline pipeline("airforcevideosrc name=s model=wan-2.6 sound=true " + settings + " ! fakesink");
  pipeline.play_to_end();
  g_autofree char* task_id = nullptr;
  g_object_get(pipeline.element("s").get(), "task-id", &task_id, nullptr);
  fail_unless(task_id != nullptr);
  return std::string("airforce://task/") + task_id;
}

}  // namespace airforce::gst::test
