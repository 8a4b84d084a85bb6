// SPDX-License-Identifier: LGPL-2.1-or-later
// One request with its generation, its worker thread and, once the clip is open, its decoder.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include <gst/gst.h>

#include "application_loop.h"
#include "buffering.h"
#include "core.h"
#include "decoder.h"
#include "early_end.h"
#include "gst_ptr.h"
#include "images.h"
#include "pending_seek.h"
#include "properties.h"

namespace airforce::gst {

class Item : public std::enable_shared_from_this<Item> {
 public:
  // What the bin hears of its items, from worker and streaming threads, with no lock held. `serial`
  // tells a late call of an item that is gone from one of the current item.
  class Listener {
   public:
    virtual ~Listener() = default;
    // The task's fields have changed.
    virtual void task_changed(guint serial, Structure task) = 0;
    // All pads are there.
    virtual void exposed(guint serial, const Item& item) = 0;
    // It can't go on. Not called when it was cancelled.
    virtual void failed(guint serial, const Failure& failure) = 0;
    // Nobody needs to wait for pads any longer: they are there, or they will never be.
    virtual void settled(guint serial) = 0;
  };

  // `bin`, `listener` and `images` outlive the item.
  Item(guint serial, GstBin* bin, Listener& listener, Images& images, Properties request,
       Presentation presentation, std::shared_ptr<PendingSeek> pending_seek);
  Item(const Item&) = delete;
  Item& operator=(const Item&) = delete;
  ~Item();

  // Starts the worker. Once.
  void start();
  // Ends all waiting, here and in streaming threads. Never blocks; from any thread.
  void cancel();
  // After cancel(), before the bin's children are stopped: see Decoder::quiesce().
  void quiesce();
  // Waits for the worker, which cancel() has been called for, and takes the elements out of the
  // bin. From a thread that is neither a streaming thread nor the worker; is_worker() tells.
  void join();
  bool is_worker() const { return worker_id_ == std::this_thread::get_id(); }

  // EOS was sent to the element: ends what plays, or the work on what does not play yet. Never
  // blocks. Takes ownership.
  void end(GstEvent* eos);

  void watch_message(GstMessage* message);
  // Nothing decodes this stream.
  void add_missing(MissingDecoder missing);
  // "" before there is a task.
  std::string task_id() const;
  const Presentation& presentation() const { return presentation_; }
  // After exposed().
  std::size_t count(const char* kind) const { return decoder_->count(kind); }
  std::vector<MissingDecoder> missing() const;  // at any time

 private:
  // How far the worker is.
  enum class Stage { Images, Generating, Checking, Playing };

  void work();
  std::vector<Image> wait_for_images();
  void add_image(Settings& settings, const Image& image);
  Buffer encoded(const Image& image);
  Settings settings_with(std::vector<Image> images);
  void generate(std::vector<Image> images);
  void check_clip();
  void decode();
  void end_early(const Event& eos);
  void tell_thumbnail(const TagList& tags);
  void watch_arrival();
  void tell_buffering(Buffering& buffering);
  void fail(const Failure& failure);
  bool is_cancelled();
  Decoder* decoder();  // nullptr before it is made
  void take_event(const AirforceEvent& event);

  const guint serial_;
  GstBin* const bin_;
  Listener& listener_;
  Images& images_;
  const Properties request_;
  const Presentation presentation_;
  const std::shared_ptr<PendingSeek> pending_seek_;
  std::thread thread_;
  std::atomic<std::thread::id> worker_id_;  // told by the worker itself
  Stage stage_ = Stage::Images;             // the worker's alone
  ApplicationLoop application_loop_;
  std::atomic<std::int64_t> arrived_ = 0;  // bytes of the clip
  std::optional<AirforcePhase> phase_;     // of the last event; take_event()'s alone

  // lock_ protects what follows; taken last, nothing is called with it held but
  // what cancel() calls, which doesn't block. The pointers are set once, by
  // the worker, and taken away only by join().
  mutable std::mutex lock_;
  bool cancelled_ = false;
  Event eos_;                      // that was sent before there were pads
  PngEncoder* encoder_ = nullptr;  // while it encodes; the worker takes it away, too
  std::shared_ptr<Generation> generation_;
  std::unique_ptr<Decoder> decoder_;
  std::unique_ptr<EarlyEnd> early_end_;  // the worker's, then join()'s
};

}  // namespace airforce::gst
