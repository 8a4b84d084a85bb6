// SPDX-License-Identifier: LGPL-2.1-or-later
// A channel with what it posts and gives out, for its tests.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <initializer_list>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "support.h"

namespace airforce::gst::test {

inline constexpr GstClockTime kFrame = GST_SECOND / 24;
inline constexpr const char* kLine =
    "airforcechannelsrc name=c model=wan-2.6 sound=true poll-interval=0.3 transition=0.3 "
    "video-caps=\"video/x-raw,width=160,height=120,framerate=24/1\" "
    "c.video ! fakesink name=picture sync=true  c.audio ! fakesink name=sound sync=true ";

// A clock on which a second takes three: a live source on a busy machine drops the pictures that
// come late, which is not what these tests are about.
inline Ref<GstClock> slow_clock() {
  Ref<GstClock> clock(GST_CLOCK(g_object_new(GST_TYPE_SYSTEM_CLOCK, "name", "slow", nullptr)));
  const GstClockTime now = gst_clock_get_internal_time(clock.get());
  gst_clock_set_calibration(clock.get(), now, now, 1, 3);
  return clock;
}

// Times of the buffers at a sink, and whether any two are not next to each other.
class Cadence {
 public:
  explicit Cadence(GstElement* sink) {
    const std::lock_guard lock(mutex_);  // for ThreadSanitizer, which does not see GLib's
    const Ref<GstPad> pad(gst_element_get_static_pad(sink, "sink"));
    gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, probe, this, nullptr);
  }
  Cadence(const Cadence&) = delete;
  Cadence& operator=(const Cadence&) = delete;
  int count() const {
    const std::lock_guard lock(mutex_);
    return count_;
  }
  GstClockTime largest_gap() const {
    const std::lock_guard lock(mutex_);
    return largest_gap_;
  }

 private:
  static GstPadProbeReturn probe(GstPad*, GstPadProbeInfo* info, gpointer self) {
    auto& cadence = *static_cast<Cadence*>(self);
    const GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
    const std::lock_guard lock(cadence.mutex_);
    if (cadence.count_++ > 0) {
      const GstClockTime pts = GST_BUFFER_PTS(buffer);
      const GstClockTime gap = pts > cadence.end_ ? pts - cadence.end_ : cadence.end_ - pts;
      cadence.largest_gap_ = std::max(cadence.largest_gap_, gap);
    }
    cadence.end_ = GST_BUFFER_PTS(buffer) + GST_BUFFER_DURATION(buffer);
    return GST_PAD_PROBE_OK;
  }

  mutable std::mutex mutex_;
  int count_ = 0;
  GstClockTime end_ = 0;
  GstClockTime largest_gap_ = 0;
};

// A channel with its items' states as they were posted.
class ChannelPipeline {
  // Before the pipeline, which posts until it is gone.
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::map<std::pair<guint64, std::string>, Structure> posted_;
  std::vector<std::pair<guint64, std::string>> log_;

 public:
  explicit ChannelPipeline(const std::string& settings = {}, const char* line = kLine)
      : pipeline(line), element(pipeline.element("c")) {
    const Ref<GstBus> bus(gst_element_get_bus(pipeline.get()));
    gst_bus_set_sync_handler(bus.get(), take, this, nullptr);
    if (!settings.empty()) {
      const Structure fields(gst_structure_from_string(("set," + settings).c_str(), nullptr));
      gst_structure_foreach(
          fields.get(),
          [](GQuark field, const GValue* value, gpointer channel) -> gboolean {
            gst_util_set_object_arg(G_OBJECT(channel), g_quark_to_string(field),
                                    g_value_get_string(value));
            return TRUE;
          },
          element.get());
    }
  }
  // Before it plays.
  void slow_down() const {
    gst_pipeline_use_clock(GST_PIPELINE(pipeline.get()), slow_clock().get());
  }
  guint64 enqueue_request(const char* structure) const {
    guint64 id = 0;
    const Structure request(gst_structure_from_string(structure, nullptr));
    g_signal_emit_by_name(element.get(), "enqueue-request", request.get(), &id);
    return id;
  }
  guint64 enqueue(const char* prompt) const {
    guint64 id = 0;
    g_signal_emit_by_name(element.get(), "enqueue", prompt, &id);
    return id;
  }
  // Waits until the item has been in that state, and gives what was posted of it then, with the
  // running time "posted-at".
  const GstStructure* wait_for(guint64 id, const std::string& state) const {
    std::unique_lock lock(mutex_);
    const auto found = [&] { return posted_.find({id, state}); };
    const bool came =
        changed_.wait_for(lock, std::chrono::seconds(60), [&] { return found() != posted_.end(); });
    fail_unless(came, "item %u was never %s", static_cast<unsigned>(id), state.c_str());
    return found()->second.get();
  }
  guint queued() const {
    GValue queue = G_VALUE_INIT;
    g_value_init(&queue, GST_TYPE_ARRAY);
    g_object_get_property(G_OBJECT(element.get()), "queue", &queue);
    const guint count = gst_value_array_get_size(&queue);
    g_value_unset(&queue);
    return count;
  }
  // How often the item has been in that state; 0 for `id` is any item.
  int count(guint64 id, const std::string& state) const {
    const std::lock_guard lock(mutex_);
    int number = 0;
    for (const auto& [its_id, its_state] : log_) {
      if ((id == 0 || its_id == id) && its_state == state) ++number;
    }
    return number;
  }
  // All states of one item in their order, "queued being-made ...".
  std::string states(guint64 id) const {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const auto& [its_id, its_state] : log_) {
      if (its_id == id) text += (text.empty() ? "" : " ") + its_state;
    }
    return text;
  }
  void play() { pipeline.set_state(GST_STATE_PLAYING); }
  // The ids of the prompts, which are queued first.
  std::vector<guint64> play(std::initializer_list<const char*> prompts) {
    std::vector<guint64> ids;
    for (const char* prompt : prompts) ids.push_back(enqueue(prompt));
    play();
    return ids;
  }

  Pipeline pipeline;
  Ref<GstElement> element;

 private:
  static GstBusSyncReply take(GstBus*, GstMessage* message, gpointer self) {
    auto& channel = *static_cast<ChannelPipeline*>(self);
    const GstStructure* fields = gst_message_get_structure(message);
    if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_ELEMENT ||
        !gst_structure_has_name(fields, "airforce-channel-item")) {
      return GST_BUS_PASS;
    }
    guint64 id = 0;
    gst_structure_get_uint64(fields, "id", &id);
    GstStructure* copy = gst_structure_copy(fields);
    gst_structure_set(copy, "posted-at", G_TYPE_UINT64,
                      gst_element_get_current_running_time(channel.pipeline.get()), nullptr);
    const std::lock_guard lock(channel.mutex_);
    channel.posted_[{id, gst_structure_get_string(fields, "state")}].reset(copy);
    channel.log_.emplace_back(id, gst_structure_get_string(fields, "state"));
    channel.changed_.notify_all();
    return GST_BUS_PASS;
  }
};

// A field of a posted item that is a time.
inline GstClockTime time_of(const GstStructure* item, const char* field) {
  guint64 time = GST_CLOCK_TIME_NONE;
  fail_unless(gst_structure_get_uint64(item, field, &time), "no field %s", field);
  return time;
}

inline void wait_for_buffers(const Cadence& cadence, int count) {
  const gint64 deadline = g_get_monotonic_time() + 60 * G_TIME_SPAN_SECOND;
  while (cadence.count() < count && g_get_monotonic_time() < deadline) g_usleep(5000);
  fail_unless(cadence.count() >= count, "%d buffers", cadence.count());
}

}  // namespace airforce::gst::test
