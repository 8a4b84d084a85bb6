// SPDX-License-Identifier: LGPL-2.1-or-later
#include "render/gst_handles.h"

#include <memory>
#include <stdexcept>

namespace airforce::simulator {

namespace {

// When it is first used: a simulator that serves a file given with --clip needs no GStreamer, nor
// the search for its plugins that the first process on a machine makes.
void start_gstreamer() {
  static const bool started = [] {
    gst_init(nullptr, nullptr);
    return true;
  }();
  static_cast<void>(started);
}

}  // namespace

Pipeline::Pipeline(const std::string& launch_line) {
  start_gstreamer();
  GError* error = nullptr;
  pipeline_ =
      gst_parse_launch_full(launch_line.c_str(), nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  if (error) {
    const std::string message = error->message;
    g_error_free(error);
    if (pipeline_) gst_object_unref(pipeline_);
    throw std::runtime_error(message);
  }
}

Pipeline::~Pipeline() {
  gst_element_set_state(pipeline_, GST_STATE_NULL);
  gst_object_unref(pipeline_);
}

GstElement* Pipeline::element(const char* name) const {
  GstElement* element = gst_bin_get_by_name(GST_BIN(pipeline_), name);
  gst_object_unref(element);  // the pipeline holds it
  return element;
}

void Pipeline::play() const {
  gst_element_set_state(pipeline_, GST_STATE_PLAYING);
}

bool Pipeline::ended() const {
  const std::unique_ptr<GstBus, decltype(&gst_object_unref)> bus(gst_element_get_bus(pipeline_),
                                                                 gst_object_unref);
  const std::unique_ptr<GstMessage, decltype(&gst_message_unref)> message(
      gst_bus_timed_pop_filtered(bus.get(), 100 * GST_MSECOND,
                                 static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)),
      gst_message_unref);
  if (!message) return false;
  if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS) return true;
  GError* error = nullptr;
  gst_message_parse_error(message.get(), &error, nullptr);
  const std::string text = std::string(GST_MESSAGE_SRC_NAME(message.get())) + ": " + error->message;
  g_error_free(error);
  throw std::runtime_error(text);
}

void Pipeline::interrupted() {
  throw std::runtime_error("interrupted");
}

bool element_exists(const char* factory) {
  start_gstreamer();
  GstElementFactory* found = gst_element_factory_find(factory);
  if (found) gst_object_unref(found);
  return found != nullptr;
}

}  // namespace airforce::simulator
