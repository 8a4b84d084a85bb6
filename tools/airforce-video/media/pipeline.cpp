// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/pipeline.h"

#include <mutex>

#include <sys/stat.h>

#include "gstreamer/direct_rendering.h"
#include "values/error.h"
#include "values/glib_ptr.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

Error failed(const std::string& what, const std::string& why) {
  return {ErrorKind::Clip, Step::Download, what + ": " + why};
}

}  // namespace

void start_gstreamer() {
  static std::once_flag once;
  std::call_once(once, [] { gst_init(nullptr, nullptr); });
}

std::string file_source(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
    throw Error(ErrorKind::File, Step::Settings, "'" + path + "' is not a regular file",
                "name a file");
  std::string quoted = "\"";
  for (const char c : path) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return "filesrc location=" + quoted + "\"";
}

Pipeline::Pipeline(const std::string& line, std::string what) : what_(std::move(what)) {
  start_gstreamer();
  GErrorSlot error;
  GstElement* const made =
      gst_parse_launch_full(line.c_str(), nullptr, GST_PARSE_FLAG_FATAL_ERRORS, error);
  if (made == nullptr) throw failed(what_, error ? error->message : "GStreamer makes no pipeline");
  pipeline_.reset(GST_ELEMENT(gst_object_ref_sink(made)));
  gst::avoid_direct_rendering(GST_BIN(made));
}

Pipeline::~Pipeline() {
  if (pipeline_) gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

GstElement* Pipeline::element(const char* name) const {
  GstElement* const found = gst_bin_get_by_name(GST_BIN(pipeline_.get()), name);
  if (found != nullptr) gst_object_unref(found);  // the bin has it
  return found;
}

void Pipeline::set(const char* name, const char* property, const std::string& value) const {
  g_object_set(element(name), property, value.c_str(), nullptr);
}

void Pipeline::fail(GstMessage* message) const {
  GErrorSlot error;
  gst_message_parse_error(message, error, nullptr);
  Error failure = failed(what_, display_text(error ? error->message : "an error of GStreamer"));
  // Where nothing of the wanted kind is in the file, too.
  if (error && error->domain == GST_CORE_ERROR && error->code == GST_CORE_ERROR_MISSING_PLUGIN)
    failure = failed(what_, "there is none, or none that GStreamer can decode here");
  if (error && error->domain == GST_RESOURCE_ERROR) {
    switch (error->code) {
      case GST_RESOURCE_ERROR_NO_SPACE_LEFT: failure.next_step = "free some space"; [[fallthrough]];
      case GST_RESOURCE_ERROR_WRITE:
      case GST_RESOURCE_ERROR_OPEN_WRITE: failure.kind = ErrorKind::File; break;
      default: break;
    }
  }
  throw Error(failure);
}

void Pipeline::check() const {
  GstBus* const bus = GST_ELEMENT_BUS(pipeline_.get());
  const MessagePtr message(gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR));
  if (message) fail(message.get());
}

void Pipeline::play() const {
  gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
}

void Pipeline::stop() const {
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

void Pipeline::preroll() const {
  gst_element_set_state(pipeline_.get(), GST_STATE_PAUSED);
  GstBus* const bus = GST_ELEMENT_BUS(pipeline_.get());
  while (gst_element_get_state(pipeline_.get(), nullptr, nullptr, 50 * GST_MSECOND) ==
         GST_STATE_CHANGE_ASYNC) {
    const MessagePtr message(gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR));
    if (message) fail(message.get());
  }
  check();
}

SamplePtr Pipeline::pull(const char* appsink) const {
  auto* const sink = GST_APP_SINK(element(appsink));
  for (;;) {
    SamplePtr sample(gst_app_sink_try_pull_sample(sink, 100 * GST_MSECOND));
    if (sample || gst_app_sink_is_eos(sink)) {
      if (!sample) check();
      return sample;
    }
    check();
  }
}

void Pipeline::wait_end(GCancellable* cancellable) const {
  GstBus* const bus = GST_ELEMENT_BUS(pipeline_.get());
  for (;;) {
    const MessagePtr message(gst_bus_timed_pop_filtered(
        bus, 100 * GST_MSECOND, GstMessageType(GST_MESSAGE_ERROR | GST_MESSAGE_EOS)));
    if (cancellable != nullptr && g_cancellable_is_cancelled(cancellable))
      throw Error(ErrorKind::Cancelled, Step::Download, "cancelled");
    if (!message) continue;
    if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS) return;
    fail(message.get());
  }
}

}  // namespace airforce::cli
