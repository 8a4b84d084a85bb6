// SPDX-License-Identifier: LGPL-2.1-or-later
// One clip: from its bytes to the pads of a bin, and what there is to report while it arrives.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <thread>

#include <gst/gst.h>

#include "buffering.h"
#include "core.h"
#include "decoder.h"
#include "gstreamer/gst_ptr.h"
#include "pending_seek.h"
#include "values/guarded.h"

namespace airforce::gst {

class ClipPlayer {
 public:
  // From the thread of play() or from streaming threads, with no lock held.
  struct Listener {
    std::function<void()> exposed;                // all pads are there
    std::function<void(const Failure&)> failed;   // it can't continue
    std::function<void(const Message&)> message;  // BUFFERING or tags, for the application
  };

  // `bin` gets the elements and pads; `poster` is the source of messages. Both outlive this.
  ClipPlayer(GstBin* bin, GstElement* poster, std::shared_ptr<CoreGeneration> generation,
             Presentation presentation, std::shared_ptr<PendingSeek> pending_seek, TagList tags,
             Listener listener);
  ClipPlayer(const ClipPlayer&) = delete;
  ClipPlayer& operator=(const ClipPlayer&) = delete;
  // Stops and removes the elements. Neither from a streaming thread nor while play() runs.
  ~ClipPlayer();

  // The task of `generation` is completed: what decodes the clip is put together, in a thread of
  // its own, while that is being opened. May be left out. Never blocks; from any thread.
  void prepare();
  // `generation` has a clip: makes the pads, and blocks while the rest arrives. Once; throws
  // Failure.
  void play();
  // Ends play(), and all waiting of streaming threads. Never blocks; from any thread.
  void cancel();
  // After cancel(), before the elements are stopped: see Decoder::quiesce().
  void quiesce();

  // How many bytes of the clip have arrived.
  void set_arrived(std::int64_t bytes) { arrived_ = bytes; }
  // nullptr before it is made. It stays as long as this.
  Decoder* decoder() const;
  // This is the thread of prepare().
  bool is_preparing() const { return preparing_id_ == std::this_thread::get_id(); }

 private:
  void start_decoder();
  void end_preparation();
  void watch_download();
  void report_buffering(Buffering& buffering);
  void post_thumbnail();

  GstBin* const bin_;
  GstElement* const poster_;
  const std::shared_ptr<CoreGeneration> generation_;
  const Presentation presentation_;
  const std::shared_ptr<PendingSeek> pending_seek_;
  const TagList tags_;
  const Listener listener_;
  std::atomic<std::int64_t> arrived_ = 0;
  std::atomic<std::thread::id> preparing_id_;

  struct Play {
    bool cancelled = false;
    bool plays = false;
    std::future<void> preparation;
    std::unique_ptr<Decoder> decoder;  // set once
  };
  Guarded<Play> play_;  // only Decoder's lock is taken with it held
};

}  // namespace airforce::gst
