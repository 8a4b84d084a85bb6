// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gstreamer/frames.h"

#include <utility>

#include "gstreamer/direct_rendering.h"

namespace airforce::gst {
namespace {

// Before the end of a clip: where decoding starts for its last frame.
constexpr gint64 kTail = GST_SECOND / 2;
constexpr GstClockTime kLookEvery = 50 * GST_MSECOND;

constexpr const char* kDecoding =
    " name=in ! qtdemux name=demux demux.video_0 ! queue ! decodebin ! "
    "videoflip video-direction=auto ! videoconvert ! videoscale ! "
    "video/x-raw,format=RGB,pixel-aspect-ratio=1/1 ! "
    "appsink name=out sync=false max-buffers=2";

class FramePipeline {
 public:
  FramePipeline(const FrameSource& clip, const Cancelled& cancelled) : cancelled_(cancelled) {
    g_autoptr(GError) error = nullptr;
    pipeline_.reset(gst_parse_launch_full((clip.element + kDecoding).c_str(), nullptr,
                                          GST_PARSE_FLAG_FATAL_ERRORS, &error));
    if (pipeline_ == nullptr) throw NoFrame{NoFrame::Reason::NoElements, error->message};
    gst_object_ref_sink(pipeline_.get());
    avoid_direct_rendering(GST_BIN(pipeline_.get()));
    bus_.reset(gst_element_get_bus(pipeline_.get()));
    if (clip.stream != nullptr) {
      const Ref<GstElement> in(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "in"));
      g_object_set(in.get(), "stream", clip.stream, nullptr);
    }
    out_.reset(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "out"));
  }
  FramePipeline(const FramePipeline&) = delete;
  FramePipeline& operator=(const FramePipeline&) = delete;
  ~FramePipeline() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }

  void play() { gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING); }

  void preroll() {
    gst_element_set_state(pipeline_.get(), GST_STATE_PAUSED);
    while (gst_element_get_state(pipeline_.get(), nullptr, nullptr, kLookEvery) ==
           GST_STATE_CHANGE_ASYNC) {
      check();
    }
    check();
  }

  // False for a clip that is shorter than that.
  bool seek_to_tail() {
    gint64 duration = 0;
    if (!gst_element_query_duration(out_.get(), GST_FORMAT_TIME, &duration) || duration <= kTail) {
      return false;
    }
    // To no key frame: that may be outside of the edit which is displayed here.
    seek(duration - kTail, GST_SEEK_FLAG_ACCURATE);
    return true;
  }

  void seek(gint64 time, GstSeekFlags how) {
    gst_element_seek_simple(out_.get(), GST_FORMAT_TIME,
                            static_cast<GstSeekFlags>(GST_SEEK_FLAG_FLUSH | how), time);
  }

  // nullptr at the end.
  Sample pull() {
    while (true) {
      GstSample* sample = nullptr;
      g_signal_emit_by_name(out_.get(), "try-pull-sample", kLookEvery, &sample);
      if (sample != nullptr) return Sample(sample);
      gboolean is_end = FALSE;
      g_object_get(out_.get(), "eos", &is_end, nullptr);
      check();
      if (is_end != FALSE) return nullptr;
    }
  }

  Sample pull_last() {
    Sample last;
    while (Sample next = pull()) last = std::move(next);
    return last;
  }

 private:
  void check() {
    if (cancelled_()) throw NoFrame{NoFrame::Reason::Stopped, ""};
    const Message message(gst_bus_pop_filtered(bus_.get(), GST_MESSAGE_ERROR));
    if (!message) return;
    g_autoptr(GError) error = nullptr;
    gst_message_parse_error(message.get(), &error, nullptr);
    throw NoFrame{NoFrame::Reason::Clip, error->message};
  }

  const Cancelled& cancelled_;
  Ref<GstElement> pipeline_;
  Ref<GstBus> bus_;
  Ref<GstElement> out_;
};

Sample some(Sample frame) {
  if (!frame) throw NoFrame{NoFrame::Reason::Clip, "there are none"};
  return frame;
}

}  // namespace

Sample first_frame(const FrameSource& clip, const Cancelled& cancelled) {
  FramePipeline pipeline(clip, cancelled);
  pipeline.play();
  return some(pipeline.pull());
}

Sample last_frame(const FrameSource& clip, const Cancelled& cancelled) {
  FramePipeline pipeline(clip, cancelled);
  pipeline.preroll();
  const bool skips = pipeline.seek_to_tail();
  pipeline.play();
  Sample last = pipeline.pull_last();
  if (!last && skips) {  // where the sound is longer, the tail is behind the last frame
    pipeline.seek(0, GST_SEEK_FLAG_NONE);
    last = pipeline.pull_last();
  }
  return some(std::move(last));
}

}  // namespace airforce::gst
