// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip_frames.h"

#include <algorithm>
#include <span>

#include <gio/gio.h>

#include "errors.h"
#include "gstreamer/direct_rendering.h"

namespace airforce::gst {
namespace {

// Before the end of a clip, to which its last frames are decoded from the key frame before.
constexpr gint64 kTail = GST_SECOND / 2;
constexpr GstClockTime kLookEvery = 50 * GST_MSECOND;
constexpr std::size_t kMaxClip = std::size_t{512} << 20;
constexpr std::size_t kPiece = std::size_t{1} << 20;

constexpr const char* kLine =
    "giostreamsrc name=in ! qtdemux name=demux demux.video_0 ! queue ! decodebin ! videoconvert ! "
    "videoscale ! video/x-raw,format=RGB,pixel-aspect-ratio=1/1 ! "
    "appsink name=out sync=false max-buffers=2";

class FramePipeline {
 public:
  FramePipeline(const std::vector<std::uint8_t>& clip, BoughtTask task, const Cancelled& cancelled)
      : task_(std::move(task)), cancelled_(cancelled) {
    g_autoptr(GError) error = nullptr;
    pipeline_.reset(gst_parse_launch_full(kLine, nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &error));
    if (pipeline_ == nullptr) {
      throw failure(error->message, "install GStreamer's base and good plugins");
    }
    gst_object_ref_sink(pipeline_.get());
    avoid_direct_rendering(GST_BIN(pipeline_.get()));
    bus_.reset(gst_element_get_bus(pipeline_.get()));
    g_autoptr(GInputStream) stream =
        g_memory_input_stream_new_from_data(clip.data(), static_cast<gssize>(clip.size()), nullptr);
    const Ref<GstElement> in(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "in"));
    g_object_set(in.get(), "stream", stream, nullptr);
    out_.reset(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "out"));
  }
  FramePipeline(const FramePipeline&) = delete;
  FramePipeline& operator=(const FramePipeline&) = delete;
  ~FramePipeline() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }

  void set_state(GstState state) { gst_element_set_state(pipeline_.get(), state); }

  // Waits for the first frame, and goes to the last ones.
  void seek_to_tail() {
    while (gst_element_get_state(pipeline_.get(), nullptr, nullptr, kLookEvery) ==
           GST_STATE_CHANGE_ASYNC) {
      check();
    }
    check();
    gint64 duration = 0;
    if (gst_element_query_duration(out_.get(), GST_FORMAT_TIME, &duration) && duration > kTail) {
      gst_element_seek_simple(
          pipeline_.get(), GST_FORMAT_TIME,
          static_cast<GstSeekFlags>(GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT |
                                    GST_SEEK_FLAG_SNAP_BEFORE),
          duration - kTail);
    }
  }

  // nullptr at the end.
  Sample pull() {
    while (true) {
      GstSample* sample = nullptr;
      g_signal_emit_by_name(out_.get(), "try-pull-sample", kLookEvery, &sample);
      if (sample != nullptr) return Sample(sample);
      gboolean is_end = FALSE;
      g_object_get(out_.get(), "eos", &is_end, nullptr);
      if (is_end != FALSE) return nullptr;
      check();
    }
  }

  Failure failure(const std::string& why, const char* next_step = kKeepTheFile) const {
    return clip_failure("the frames of the clip can't be decoded: " + why, next_step, task_);
  }

 private:
  void check() {
    if (cancelled_()) throw cancelled_failure();
    const Message message(gst_bus_pop_filtered(bus_.get(), GST_MESSAGE_ERROR));
    if (!message) return;
    g_autoptr(GError) error = nullptr;
    gst_message_parse_error(message.get(), &error, nullptr);
    throw failure(error->message);
  }

  const BoughtTask task_;
  const Cancelled& cancelled_;
  Ref<GstElement> pipeline_;
  Ref<GstBus> bus_;
  Ref<GstElement> out_;
};

}  // namespace

std::vector<std::uint8_t> clip_bytes(Generation& generation, const Cancelled& cancelled) {
  generation.wait_complete();
  const std::int64_t size = generation.size();
  if (size < 0 || static_cast<std::uint64_t>(size) > kMaxClip) {
    throw clip_failure("the clip is larger than 512 MiB: its frames are not looked at",
                       kKeepTheFile, generation.bought());
  }
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  std::size_t offset = 0;
  while (offset < bytes.size()) {
    if (cancelled()) throw cancelled_failure();
    const std::size_t wanted = std::min(kPiece, bytes.size() - offset);
    try {
      const std::size_t count =
          generation.read_at(offset, std::span(bytes).subspan(offset, wanted));
      if (count == 0) break;
      offset += count;
    } catch (const Failure& failure) {
      // The reader that plays the same clip has stopped.
      if (failure.kind != AIRFORCE_ERROR_INTERRUPTED) throw;
      generation.set_flushing(false);
    }
  }
  bytes.resize(offset);
  return bytes;
}

Sample first_frame(const std::vector<std::uint8_t>& clip, const BoughtTask& task,
                   const Cancelled& cancelled) {
  FramePipeline pipeline(clip, task, cancelled);
  pipeline.set_state(GST_STATE_PLAYING);
  Sample sample = pipeline.pull();
  if (!sample) throw pipeline.failure("there are none");
  return sample;
}

Sample last_frame(const std::vector<std::uint8_t>& clip, const BoughtTask& task,
                  const Cancelled& cancelled) {
  FramePipeline pipeline(clip, task, cancelled);
  pipeline.set_state(GST_STATE_PAUSED);
  pipeline.seek_to_tail();
  pipeline.set_state(GST_STATE_PLAYING);
  Sample last;
  while (Sample next = pipeline.pull()) last = std::move(next);
  if (!last) throw pipeline.failure("there are none");
  return last;
}

}  // namespace airforce::gst
