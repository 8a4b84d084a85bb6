// SPDX-License-Identifier: LGPL-2.1-or-later
// A shot that plays, or that is made ready to: the bin of its clip, and whoever waits for that.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include <gst/gst.h>

#include "clip_player.h"
#include "core.h"
#include "gstreamer/gst_ptr.h"
#include "pending_seek.h"
#include "seams.h"
#include "timeline.h"
#include "values/guarded.h"

namespace airforce::gst {

class ShotClip {
 public:
  // From the shot's thread or from streaming threads, with no lock held.
  struct Listener {
    std::function<void(std::size_t shot, GstPad* pad)> pad_added;  // of the shot's bin
    std::function<void(std::size_t shot, GstPad* pad)> pad_removed;
    std::function<void(std::size_t shot)> exposed;                           // all pads
    std::function<void(std::size_t shot, const ShotTiming& timing)> opened;  // before any pad
    std::function<void(std::size_t shot, const Failure& failure)> failed;
    std::function<void(std::size_t shot, const Message& message)> message;
  };

  // `around` gets the bin. `seams`: what of the shot is shown; nullptr: all of it. `pending_seek`:
  // where the clip begins, in film time from the beginning of what is shown of the shot.
  ShotClip(GstBin* around, std::size_t shot, std::shared_ptr<CoreGeneration> generation,
           Seams* seams, Presentation presentation, std::shared_ptr<PendingSeek> pending_seek,
           TagList tags, Listener listener);
  ShotClip(const ShotClip&) = delete;
  ShotClip& operator=(const ShotClip&) = delete;
  // Stops it, and takes the bin away. Neither from the shot's thread nor from a streaming thread.
  ~ShotClip();

  // Waits for the clip, and makes the pads: in a thread of its own, or in this one until the clip
  // has arrived as a whole. That throws Failure.
  void start();
  void run();
  // The shot's task is completed. Never blocks; from any thread.
  void task_is_completed();
  // Ends all waiting. Never blocks; from any thread.
  void cancel();
  // How many bytes of the clip have arrived.
  void set_arrived(std::int64_t bytes);

  std::size_t shot() const { return shot_; }
  BoughtTask bought() const { return generation_->bought(); }
  bool contains(GstObject* object) const;
  Decoder* decoder() const;  // nullptr before it is made
  // Whether this thread is one of its own.
  bool is_worker() const;

 private:
  void enter();
  void work();
  void make();  // throws Failure
  void play();

  GstBin* const around_;
  const std::size_t shot_;
  const std::shared_ptr<CoreGeneration> generation_;
  Seams* const seams_;
  const Presentation presentation_;
  const std::shared_ptr<PendingSeek> pending_seek_;
  const Listener listener_;
  Ref<GstElement> bin_;
  std::thread thread_;
  std::atomic<std::thread::id> worker_id_;
  std::atomic<bool> cancelled_ = false;

  // nullptr once this goes. Locked before the player's own.
  Guarded<std::unique_ptr<ClipPlayer>> player_;
};

}  // namespace airforce::gst
