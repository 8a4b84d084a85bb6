// SPDX-License-Identifier: LGPL-2.1-or-later
// The key is nowhere but in the requests, and the signature of the clip's URL neither: both are
// searched for in all that the element writes and posts.
#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>

#include "support.h"
#include "support/slowness.h"

using namespace airforce::gst::test;

namespace {

constexpr const char* kCanary = "sk-air-canary-8f3a61";
constexpr const char* kSignature = "signature=";  // in the simulator's pre-signed URLs
std::atomic<int> log_lines{0};
std::atomic<int> log_lines_with_secret{0};

bool has_secret(const std::string& text) {
  return text.find(kCanary) != std::string::npos || text.find(kSignature) != std::string::npos;
}

void search_log(GstDebugCategory*, GstDebugLevel, const gchar*, const gchar*, gint, GObject*,
                GstDebugMessage* message, gpointer) {
  ++log_lines;
  if (has_secret(gst_debug_message_get(message))) ++log_lines_with_secret;
}

// The files that have a secret in them: those of the store, the cache and the clips below
// `directory`, but for the simulator's log; the element's presets; the registry.
std::string files_with_secret(const std::string& directory) {
  std::string found;
  const auto search = [&found](const std::filesystem::path& path) {
    if (has_secret(airforce::test::read_file(path))) found += path.string() + " ";
  };
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file() && entry.path().filename() != "requests.log") search(entry.path());
  }
  const std::filesystem::path presets = std::filesystem::path(g_get_user_data_dir()) /
                                        "gstreamer-1.0/presets/GstAirforceVideoSrc.prs";
  fail_unless(std::filesystem::exists(presets), "%s", presets.c_str());
  search(presets);
  fail_unless(std::filesystem::exists(g_getenv("GST_REGISTRY")));
  search(g_getenv("GST_REGISTRY"));
  return found;
}

void fail_if_it_has_secret(GstMessage* message) {
  const GstStructure* structure = gst_message_get_structure(message);
  if (structure == nullptr) return;
  g_autofree char* text = gst_structure_to_string(structure);
  fail_unless(!has_secret(text), "%s", text);
}

// Plays, or fails, with everything on that could show the key; then looks everywhere.
void run_and_search(const Simulator& simulator, const std::string& settings, const char* api_key) {
  const std::string directory = simulator.directory().file("");
  Pipeline pipeline(std::string("airforcevideosrc name=s ") + settings + " ! fakesink");
  const Ref<GstElement> element = pipeline.element("s");
  if (api_key != nullptr) g_object_set(element.get(), "api-key", api_key, nullptr);
  fail_unless(gst_preset_save_preset(GST_PRESET(element.get()), "canary"));

  log_lines = 0;
  gst_debug_set_active(TRUE);
  gst_debug_set_default_threshold(GST_LEVEL_MEMDUMP);
  gst_debug_remove_log_function(gst_debug_log_default);
  gst_debug_add_log_function(search_log, nullptr, nullptr);
  pipeline.set_state(GST_STATE_PLAYING);
  pipeline.wait(GST_MESSAGE_ANY, [](GstMessage* message) {
    fail_if_it_has_secret(message);
    return GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS ||
           GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR;
  });
  g_autofree char* dot =
      gst_debug_bin_to_dot_data(GST_BIN(pipeline.get()), GST_DEBUG_GRAPH_SHOW_VERBOSE);
  fail_unless(strstr(dot, "GstAirforceVideoSrc") != nullptr);
  fail_unless(!has_secret(dot));
  pipeline.set_state(GST_STATE_NULL);
  gst_debug_remove_log_function(search_log);

  fail_unless(log_lines > 100);
  fail_unless_equals_int(log_lines_with_secret, 0);
  const std::string files = files_with_secret(directory);
  fail_unless(files.empty(), "in %s", files.c_str());
}

std::vector<std::string> with_canary(const TempDir& directory) {
  return {std::string("--key=") + kCanary, "--task-seconds=0.1", "--clip=" + make_clip(directory)};
}

}  // namespace

GST_START_TEST(a_key_in_the_property_stays_there) {
  TempDir directory;
  const Simulator simulator(with_canary(directory));
  g_unsetenv("AIRFORCE_API_KEY");
  run_and_search(simulator, kRequest, kCanary);
  fail_unless_equals_int(simulator.logged("POST"), 1);
}
GST_END_TEST

GST_START_TEST(a_key_in_the_environment_stays_there) {
  TempDir directory;
  const Simulator simulator(with_canary(directory));
  g_setenv("AIRFORCE_API_KEY", kCanary, TRUE);
  run_and_search(simulator, kRequest, nullptr);
  fail_unless_equals_int(simulator.logged("POST"), 1);
}
GST_END_TEST

GST_START_TEST(a_refused_key_is_not_repeated) {
  const Simulator simulator;
  run_and_search(simulator, kRequest, kCanary);
}
GST_END_TEST

GST_START_TEST(a_crash_prints_no_key) {
  const Simulator simulator({std::string("--key=") + kCanary, "--task-seconds=100"});
  g_setenv("AIRFORCE_API_KEY", kCanary, TRUE);
  g_setenv("GST_DEBUG", "*:9", TRUE);
  g_setenv("G_MESSAGES_DEBUG", "all", TRUE);
  g_autoptr(GError) error = nullptr;
  g_autoptr(GSubprocess) process =
      g_subprocess_new(static_cast<GSubprocessFlags>(G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                                     G_SUBPROCESS_FLAGS_STDERR_MERGE),
                       &error, "gst-launch-1.0", "-v", "--no-fault", "airforcevideosrc",
                       "model=wan-2.6", "prompt=fox", "!", "fakesink", nullptr);
  fail_unless(process != nullptr, "%s", error != nullptr ? error->message : "");
  GInputStream* output = g_subprocess_get_stdout_pipe(process);
  std::string text;
  std::array<char, 65536> buffer;
  bool crashed = false;
  while (true) {
    const gssize count =
        g_input_stream_read(output, buffer.data(), buffer.size(), nullptr, nullptr);
    if (count <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (!crashed && text.find("Progress: (generate)") != std::string::npos) {
      g_subprocess_send_signal(process, SIGSEGV);
      crashed = true;
    }
  }
  g_subprocess_wait(process, nullptr, nullptr);
  fail_unless(crashed && g_subprocess_get_if_signaled(process));
  fail_unless(!has_secret(text));
}
GST_END_TEST

GST_START_TEST(a_key_cannot_be_read_back) {
  const Ref<GstElement> element(
      GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make("airforcevideosrc", nullptr))));
  const GParamSpec* spec =
      g_object_class_find_property(G_OBJECT_GET_CLASS(element.get()), "api-key");
  fail_unless((spec->flags & G_PARAM_WRITABLE) != 0 && (spec->flags & G_PARAM_READABLE) == 0);
}
GST_END_TEST

GST_START_TEST(a_preset_brings_back_the_request) {
  const Simulator simulator;
  Pipeline pipeline(
      "airforcevideosrc name=s prompt=fox duration-seconds=8 input-images=<a,b> ! fakesink");
  const Ref<GstElement> element = pipeline.element("s");
  fail_unless(gst_preset_save_preset(GST_PRESET(element.get()), "fox"));
  g_object_set(element.get(), "prompt", "hen", "duration-seconds", 5, nullptr);
  fail_unless(gst_preset_load_preset(GST_PRESET(element.get()), "fox"));
  g_autofree char* prompt = nullptr;
  int duration = 0;
  g_object_get(element.get(), "prompt", &prompt, "duration-seconds", &duration, nullptr);
  fail_unless_equals_string(prompt, "fox");
  fail_unless_equals_int(duration, 8);
}
GST_END_TEST

static Suite* secrets_suite() {
  Suite* suite = suite_create("secrets");
  TCase* tcase = tcase_create("secrets");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 120);
  tcase_add_test(tcase, a_key_in_the_property_stays_there);
  tcase_add_test(tcase, a_key_in_the_environment_stays_there);
  tcase_add_test(tcase, a_refused_key_is_not_repeated);
  // gst-launch has no sanitizer in it, and with one preloaded it does not crash.
  if (airforce::test::kSlowness == 1) tcase_add_test(tcase, a_crash_prints_no_key);
  tcase_add_test(tcase, a_key_cannot_be_read_back);
  tcase_add_test(tcase, a_preset_brings_back_the_request);
  return suite;
}

GST_CHECK_MAIN(secrets)
