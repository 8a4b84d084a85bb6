// SPDX-License-Identifier: LGPL-2.1-or-later
#include "png_encoder.h"

#include <string>

#include "core.h"

namespace airforce::gst {
namespace {

// The first three are in GStreamer's base plugins, the encoder is in the good ones.
constexpr const char* kPipeline =
    "appsrc name=in format=time ! videoconvert ! videoscale ! "
    "video/x-raw,pixel-aspect-ratio=1/1 ! pngenc snapshot=true ! appsink name=out sync=false "
    "wait-on-eos=false";

// A warning is that a frame is not as its caps say, and that a picture of nothing follows.
constexpr auto kMessages = static_cast<GstMessageType>(
    GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING | GST_MESSAGE_APPLICATION);

Failure failure(const std::string& message) {
  Failure failed;
  failed.kind = AIRFORCE_ERROR_SETTINGS;
  failed.step = "image";
  failed.text = failed.message = message;
  return failed;
}

}  // namespace

PngEncoder::PngEncoder() {
  g_autoptr(GError) error = nullptr;
  pipeline_.reset(gst_parse_launch_full(kPipeline, nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &error));
  if (pipeline_ == nullptr) {
    throw failure(std::string("raw pictures can't be encoded: ") + error->message +
                  "; install GStreamer's good plugins");
  }
  gst_object_ref_sink(pipeline_.get());
  bus_.reset(gst_element_get_bus(pipeline_.get()));
}

PngEncoder::~PngEncoder() {
  if (!is_busy_) {
    gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
    return;
  }
  // A large frame takes an encoder seconds, in which it can't be stopped.
  gst_element_call_async(
      pipeline_.get(),
      [](GstElement* pipeline, gpointer) { gst_element_set_state(pipeline, GST_STATE_NULL); },
      nullptr, nullptr);
}

Buffer PngEncoder::encode(GstSample* frame) {
  const Ref<GstElement> in(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "in"));
  const Ref<GstElement> out(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "out"));
  g_object_set(in.get(), "caps", gst_sample_get_caps(frame), nullptr);
  gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
  is_busy_ = true;

  const Buffer buffer(gst_buffer_copy(gst_sample_get_buffer(frame)));
  GST_BUFFER_PTS(buffer.get()) = 0;
  GST_BUFFER_DTS(buffer.get()) = GST_CLOCK_TIME_NONE;
  GstFlowReturn flow = GST_FLOW_OK;  // an error is reported on the bus, too
  g_signal_emit_by_name(in.get(), "push-buffer", buffer.get(), &flow);
  g_signal_emit_by_name(in.get(), "end-of-stream", &flow);

  const Message message(gst_bus_timed_pop_filtered(bus_.get(), GST_CLOCK_TIME_NONE, kMessages));
  if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_APPLICATION) {
    Failure cancelled = failure("cancelled");
    cancelled.kind = AIRFORCE_ERROR_CANCELLED;
    throw cancelled;
  }
  is_busy_ = false;
  if (GST_MESSAGE_TYPE(message.get()) != GST_MESSAGE_EOS) {
    g_autoptr(GError) error = nullptr;
    if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) {
      gst_message_parse_error(message.get(), &error, nullptr);
    } else {
      gst_message_parse_warning(message.get(), &error, nullptr);
    }
    throw failure(std::string("it can't be encoded: ") + error->message);
  }
  GstSample* made = nullptr;
  g_signal_emit_by_name(out.get(), "pull-sample", &made);
  if (made == nullptr) throw failure("it can't be encoded: there is nothing in it");
  const Sample sample(made);
  return Buffer(gst_buffer_ref(gst_sample_get_buffer(sample.get())));
}

void PngEncoder::cancel() {
  gst_bus_post(bus_.get(),
               gst_message_new_application(nullptr, gst_structure_new_empty("cancelled")));
}

}  // namespace airforce::gst
