// SPDX-License-Identifier: LGPL-2.1-or-later
// The channel behind airforcechannelsrc: prompts become items, items become clips, and clips are
// laid over a card that always plays.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <gst/gst.h>

#include "channel/channel_mixer.h"
#include "channel/channel_state.h"
#include "channel/channel_worker.h"
#include "gstreamer/gst_ptr.h"
#include "values/guarded.h"

namespace airforce::gst {

// All functions are thread-safe. No lock is held while GStreamer or the application is called.
class Channel {
 public:
  // `bin` owns this.
  Channel(GstBin* bin, ChannelSources sources);
  ~Channel();

  ChannelMixer& mixer() { return *mixer_; }
  // Empty, or the name of an element that is missing.
  const std::string& missing() const { return missing_; }

  ChannelSettings settings() const { return state_.lock()->settings; }
  void change(const std::function<void(ChannelSettings&)>& change);

  // Queues an item and returns its id, 0 where there is nothing to make it of.
  std::uint64_t enqueue(ItemRequest request);
  // Waits while max-queued prompts wait. False once flushing.
  bool wait_for_room();
  void set_flushing(bool flushing);
  // A stream of prompts begins or ends. With when-empty=eos the channel ends when none is open and
  // nothing is left.
  void stream_opened();
  void stream_ended();
  bool remove(std::uint64_t id);
  bool skip();
  void clear();
  // Ends both pads.
  void end();
  // One structure for each item that has not ended.
  void list(GValue* array) const;

  // State changes of the bin.
  void start(GstCaps* video, GstCaps* audio);  // READY to PAUSED
  void set_playing(bool playing);
  void stop();  // PAUSED to READY
  // Handles messages of items. Returns whether the message is to be forwarded.
  bool filter_message(GstMessage* message);

 private:
  void handle_error(std::uint64_t id, GstMessage* message);
  void update_item(std::uint64_t id, GstMessage* message);
  void post_changes();
  void warn_of(const ItemChange& change);
  std::optional<std::uint64_t> item_of(GstMessage* message) const;

  GstBin* bin_;
  std::string missing_;
  std::unique_ptr<ChannelMixer> mixer_;
  Guarded<ChannelState> state_;
  std::condition_variable changed_;  // of state_
  std::unique_ptr<ChannelWorker> worker_;
};

}  // namespace airforce::gst
