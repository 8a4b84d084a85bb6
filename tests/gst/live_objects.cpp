// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <mutex>

#include "support.h"

namespace airforce::gst::test {
namespace {

// parsebin of GStreamer 1.22 forgets a reference when it is stopped after it has posted a
// collection and before it adds the pads (gst_parse_bin_expose(); 1.26 does not). With the
// collection its two streams stay, and the codec data in their caps.
std::size_t lost_by_parsebin(const std::vector<std::string>& lines) {
#if GST_CHECK_VERSION(1, 26, 0)
  (void)lines;
  return 0;
#else
  const auto collections = std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
    return line.find("(GstStreamCollection)") != std::string::npos;
  });
  return static_cast<std::size_t>(collections) * 3;
#endif
}

void forgive(const char* warning) {
  for (const char* domain : {static_cast<const char*>(nullptr), "GStreamer"}) {
    gst_check_add_log_filter(domain, G_LOG_LEVEL_WARNING,
                             g_regex_new(warning, static_cast<GRegexCompileFlags>(0),
                                         static_cast<GRegexMatchFlags>(0), nullptr),
                             nullptr, nullptr, nullptr);
  }
}

// The tracer warns once more at the end of the process, of the same objects.
void forgive_at_the_end() {
  static std::once_flag once;
  std::call_once(once, [] { forgive("^Leaks detected"); });
}

}  // namespace

// A multiqueue does not own the queries in it: a flush lets go the one who asked, and its thread
// finds the query gone that it has just taken out.
void forgive_flushed_queries() {
  static std::once_flag once;
  std::call_once(once, [] { forgive("^Unexpected object in singlequeue"); });
}

LiveObjects::LiveObjects() {
  GList* tracers = gst_tracing_get_active_tracers();
  for (GList* each = tracers; each != nullptr; each = each->next) {
    if (g_strcmp0(G_OBJECT_TYPE_NAME(each->data), "GstLeaksTracer") == 0 && tracer_ == nullptr) {
      tracer_.reset(GST_TRACER(gst_object_ref(each->data)));
    }
  }
  g_list_free_full(tracers, gst_object_unref);
  fail_unless(tracer_ != nullptr, "set GST_TRACERS=leaks");
  at_first_ = list().size();
}

std::vector<std::string> LiveObjects::list() const {
  GstStructure* live = nullptr;
  g_signal_emit_by_name(tracer_.get(), "get-live-objects", &live);
  // Not freed: the tracer puts the objects in without a reference, and freeing would drop one.
  std::vector<std::string> lines;
  const GValue* objects = gst_structure_get_value(live, "live-objects-list");
  for (guint i = 0; i < gst_value_list_get_size(objects); ++i) {
    g_autofree char* text = g_strdup_value_contents(gst_value_list_get_value(objects, i));
    lines.emplace_back(text);
  }
  return lines;
}

void LiveObjects::fail_if_any() const {
  const auto expected = [&](const std::vector<std::string>& lines) {
    return at_first_ + lost_by_parsebin(lines);
  };
  const gint64 deadline = g_get_monotonic_time() + 5 * G_TIME_SPAN_SECOND;
  auto lines = list();
  while (lines.size() > expected(lines) && g_get_monotonic_time() < deadline) {
    g_usleep(10000);
    lines = list();
  }
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(lines.size(), 10); ++i) text += lines[i] + "\n";
  fail_unless(lines.size() <= expected(lines), "%u are alive:\n%s",
              static_cast<unsigned>(lines.size()), text.c_str());
  if (lost_by_parsebin(lines) > 0) forgive_at_the_end();
}

}  // namespace airforce::gst::test
