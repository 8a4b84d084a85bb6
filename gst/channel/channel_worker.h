// SPDX-License-Identifier: LGPL-2.1-or-later
// The channel's thread: generates items ahead, shows them in their order, and takes them away.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gst/gst.h>

#include "channel/channel_clip.h"
#include "channel/channel_mixer.h"
#include "channel/channel_state.h"
#include "channel/last_frame.h"
#include "gstreamer/gst_ptr.h"
#include "properties.h"
#include "values/guarded.h"

namespace airforce::gst {

// How a channel makes the sources of its items. Called by the worker.
struct ChannelSources {
  // An airforcevideosrc with the request; the series may continue a task.
  std::function<GstElement*(const ItemRequest&, Series)> of_request;
  // An airforcevideosrc that reads the clip of a task.
  std::function<GstElement*(const std::string& task_id)> of_task;
};

class ChannelWorker {
 public:
  // All outlive this. `post_changes` is called by the worker's thread.
  ChannelWorker(GstBin* bin, ChannelMixer& mixer, ChannelSources sources,
                Guarded<ChannelState>& state, std::condition_variable& changed,
                std::function<void()> post_changes);

  // Starts the thread, which ends when ChannelState::stopping is set.
  void start(GstCaps* video, GstCaps* audio);
  // Waits for the thread and takes all clips away.
  void join();

 private:
  struct Shown {
    std::unique_ptr<ChannelClip> clip;
    // Running times; NONE: not yet decided.
    GstClockTime covered_at = GST_CLOCK_TIME_NONE;  // by the next one, or it has faded
    GstClockTime remove_at = GST_CLOCK_TIME_NONE;
  };
  struct Next;  // an item to generate

  void run();
  void step();
  void remove_unwanted();
  void handle_failures();
  void handle_ready();
  void handle_started(GstClockTime now);
  void handle_ended(GstClockTime now);
  void show_next(GstClockTime now);
  void make_next();
  std::optional<Next> next_to_make();
  // The picture that the item starts from. Unset while it is not yet available.
  std::optional<Series> series_of(const Next& next);
  void repeat_or_end(GstClockTime now);
  void update_card();
  void give_memory_back(GstClockTime now);
  void fail(std::uint64_t id, const std::string& reason);
  void wake();
  ChannelClip* clip_of(std::uint64_t id);
  Shown take_clip(std::uint64_t id);
  GstClockTime aligned(GstClockTime time) const;
  // Whether the picture of that running time is on the screen.
  bool is_rendered(GstClockTime time, GstClockTime now) const;
  // When the clip is seen for the last time, or NONE while that is not known.
  static GstClockTime last_seen(const Shown& shown);
  std::chrono::nanoseconds until_next_look();
  bool may_buy() const;

  GstBin* const bin_;
  ChannelMixer& mixer_;
  const ChannelSources sources_;
  Guarded<ChannelState>& state_;  // held while no element is called
  std::condition_variable& changed_;
  const std::function<void()> post_changes_;

  // The thread's while it runs.
  std::vector<Shown> clips_;
  std::unique_ptr<LastFrame> last_frame_;
  Caps video_caps_;
  Caps audio_caps_;
  std::string card_;
  unsigned next_layer_ = kFirstClipLayer;
  GstClockTime repeat_at_ = 0;   // running time; a repeated clip that fails is not tried at once
  GstClockTime trimmed_at_ = 0;  // running time
  bool has_freed_ = false;       // a clip since then
  std::thread thread_;
};

}  // namespace airforce::gst
