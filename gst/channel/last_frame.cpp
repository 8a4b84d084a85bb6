// SPDX-License-Identifier: LGPL-2.1-or-later
#include "channel/last_frame.h"

#include <utility>

#include "core.h"
#include "png_encoder.h"

namespace airforce::gst {
namespace {

constexpr GstClockTime kLookEvery = 50 * GST_MSECOND;  // whether it was cancelled

}  // namespace

LastFrame::LastFrame(GstElement* source, std::string task_id, const ColourMatch& colour,
                     std::function<void()> changed)
    : task_id_(std::move(task_id)), colour_(colour), changed_(std::move(changed)) {
  pipeline_.reset(static_cast<GstElement*>(gst_object_ref_sink(gst_pipeline_new("last-frame"))));
  // It keeps the last frame on its own.
  GstElement* sink = gst_element_factory_make("fakesink", nullptr);
  g_object_set(sink, "sync", FALSE, nullptr);
  sink_ = share(sink);
  gst_bin_add_many(GST_BIN(pipeline_.get()), source, sink, nullptr);
  g_signal_connect(source, "pad-added", G_CALLBACK(pad_added), sink);
  thread_ = std::thread([this] {
    Outcome outcome = decode();
    gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
    *outcome_.lock() = std::move(outcome);
    changed_();
  });
}

LastFrame::~LastFrame() {
  cancelled_ = true;
  {
    const auto encoder = encoder_.lock();
    if (*encoder != nullptr) (*encoder)->cancel();
  }
  thread_.join();
}

void LastFrame::pad_added(GstElement*, GstPad* pad, gpointer sink) {
  if (!g_str_has_prefix(GST_PAD_NAME(pad), "video")) return;
  const Ref<GstPad> target(gst_element_get_static_pad(GST_ELEMENT_CAST(sink), "sink"));
  if (!gst_pad_is_linked(target.get())) gst_pad_link(pad, target.get());
}

LastFrame::Outcome LastFrame::decode() {
  const Ref<GstBus> bus(gst_element_get_bus(pipeline_.get()));
  gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
  Message message;
  while (!message && !cancelled_) {
    message.reset(gst_bus_timed_pop_filtered(
        bus.get(), kLookEvery, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
  }
  const auto failed = [](std::string reason) {
    return Outcome{nullptr, nullptr, std::move(reason)};
  };
  if (cancelled_) return failed("cancelled");
  if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) {
    g_autoptr(GError) error = nullptr;
    gst_message_parse_error(message.get(), &error, nullptr);
    return failed(error->message);
  }
  GstSample* last = nullptr;
  g_object_get(sink_.get(), "last-sample", &last, nullptr);
  const Sample shown(last);
  GstVideoInfo info;
  if (!shown || !gst_video_info_from_caps(&info, gst_sample_get_caps(shown.get()))) {
    return failed("the clip has no picture");
  }
  const Buffer picture =
      with_colours(Buffer(gst_buffer_copy_deep(gst_sample_get_buffer(shown.get()))), info, colour_);
  const Sample frame(
      gst_sample_new(picture.get(), gst_sample_get_caps(shown.get()), nullptr, nullptr));
  try {
    PngEncoder encoder;
    *encoder_.lock() = &encoder;
    Outcome outcome;
    outcome.cells = std::make_shared<const Cells>(cells_of(picture.get(), info));
    try {
      if (cancelled_) encoder.cancel();
      outcome.picture =
          std::shared_ptr<GstBuffer>(encoder.encode(frame.get()).release(), [](GstBuffer* buffer) {
            if (buffer != nullptr) gst_buffer_unref(buffer);
          });
    } catch (const Failure& failure) {
      outcome.reason = failure.message;
    }
    *encoder_.lock() = nullptr;
    return outcome;
  } catch (const Failure& failure) {
    return failed(failure.message);
  }
}

}  // namespace airforce::gst
