// SPDX-License-Identifier: LGPL-2.1-or-later
// The channel behind airforcechannelsrc: prompts become items, items become clips, and clips are
// laid over a card that always plays.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gst/gst.h>

#include "channel/channel_clip.h"
#include "channel/channel_mixer.h"
#include "channel/channel_queue.h"
#include "gst_ptr.h"

namespace airforce::gst {

enum class WhenEmpty { Hold, Placeholder, Repeat, Eos };

struct ChannelSettings {
  Seconds ahead{10};
  Seconds transition{0.5};
  WhenEmpty when_empty = WhenEmpty::Hold;
  double budget_cents = -1;           // negative: no ceiling
  double budget_cents_per_hour = -1;  // likewise
  unsigned max_queued = 16;
};

// All functions are thread-safe. No lock is held while GStreamer or the application is called.
class Channel {
 public:
  // Makes a source with the request of a prompt; `request` may have more fields, or be null. Called
  // by the worker.
  using MakeSource = std::function<GstElement*(const std::string& prompt,
                                               const GstStructure* request, int occurrence)>;

  // `bin` owns this.
  Channel(GstBin* bin, MakeSource make_source);
  ~Channel();

  ChannelMixer& mixer() { return *mixer_; }
  // Empty, or the name of an element that is missing.
  const std::string& missing() const { return missing_; }

  ChannelSettings settings() const;
  void change(const std::function<void(ChannelSettings&)>& change);

  // Queues a prompt and returns its id, 0 for an empty one.
  std::uint64_t enqueue(const char* prompt, const GstStructure* request, Seconds duration);
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
  // Whether the message is one of ours to pass on. Takes what clips say.
  bool admit(GstMessage* message);

 private:
  struct Request {
    Structure fields;
    int occurrence = 1;
  };
  // What the worker knows of an item that was started.
  struct Shown {
    std::unique_ptr<ChannelClip> clip;
    GstClockTime remove_at = GST_CLOCK_TIME_NONE;  // running time; NONE: not yet decided
  };
  struct Note {  // of an item, to be posted
    std::uint64_t id;
    std::string prompt;
    ItemState state;
    std::string task_id;
    std::optional<double> cents;
    std::string reason;
  };
  struct Failure {
    ItemState state;
    std::string reason;
  };

  void run();
  void step();
  void drop_unwanted();
  void take_failures();
  void take_readiness();
  void take_ends(GstClockTime now);
  void show_next(GstClockTime now);
  void make_next();
  void repeat_or_end(GstClockTime now);
  void update_card();
  void take_error(std::uint64_t id, GstMessage* message);
  void take_element_message(std::uint64_t id, GstMessage* message);
  void set_state(ChannelItem& item, ItemState state, const std::string& reason = {});
  void post_notes();
  void wake();
  ChannelClip* clip_of(std::uint64_t id);
  Shown take_clip(std::uint64_t id);
  GstClockTime aligned(GstClockTime time) const;
  bool may_buy() const;
  std::optional<std::uint64_t> item_of(GstMessage* message) const;

  GstBin* bin_;
  MakeSource make_source_;
  std::string missing_;
  std::unique_ptr<ChannelMixer> mixer_;

  // Protects what follows; held for no call of GStreamer but for reading and writing structures.
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  ChannelSettings settings_;
  ChannelQueue queue_;
  ChannelLedger ledger_;
  std::map<std::uint64_t, Request> requests_;
  std::map<std::string, int> occurrences_;  // of each prompt, in the life of the channel
  std::map<std::uint64_t, int> percent_;
  std::map<std::uint64_t, std::string> tasks_;
  std::map<std::uint64_t, Failure> failures_;
  std::vector<Note> notes_;
  std::vector<std::uint64_t> unwanted_;  // removed while they were generated
  std::uint64_t last_shown_ = 0;
  int open_streams_ = 0;  // text pads that have not ended
  bool playing_ = false;
  bool stopping_ = true;
  bool flushing_ = true;
  bool skip_ = false;
  bool dirty_ = false;
  bool ended_ = false;

  // Used by the worker alone while it runs.
  std::vector<Shown> clips_;
  Caps video_caps_;
  Caps audio_caps_;
  std::string card_;
  unsigned next_layer_ = kFirstClipLayer;
  std::thread worker_;
};

}  // namespace airforce::gst
