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
#include "clip_player.h"
#include "core.h"
#include "decoder.h"
#include "early_end.h"
#include "gst_ptr.h"
#include "images.h"
#include "pending_seek.h"
#include "production.h"
#include "properties.h"

namespace airforce::gst {

class Item final : public Production, public std::enable_shared_from_this<Item> {
 public:
  // `bin`, `listener` and `images` outlive the item.
  Item(guint serial, GstBin* bin, Listener& listener, Images& images, Properties request,
       Presentation presentation, std::shared_ptr<PendingSeek> pending_seek);
  Item(const Item&) = delete;
  Item& operator=(const Item&) = delete;
  ~Item() override;

  void start() override;
  void cancel() override;
  void quiesce() override;
  void join() override;
  bool is_worker() const override { return worker_id_ == std::this_thread::get_id(); }
  void end(GstEvent* eos) override;
  void watch_message(GstMessage* message) override;
  void add_missing(GstMessage* message) override;
  BoughtTask bought(GstObject* source) const override;
  const Presentation& presentation() const override { return presentation_; }
  std::size_t count(const char* kind) const override { return decoder()->count(kind); }
  std::vector<MissingDecoder> missing() const override;

 private:
  // How far the worker is.
  enum class Stage { Images, Generating, Playing };

  void work();
  std::vector<Image> wait_for_images();
  void add_image(Settings& settings, const Image& image);
  Buffer encoded(const Image& image);
  Settings settings_with(std::vector<Image> images);
  void generate(std::vector<Image> images);
  void play();
  void end_early(const Event& eos);
  void fail(const Failure& failure);
  bool is_cancelled();
  ClipPlayer* player() const;  // these two are nullptr before they are made
  Decoder* decoder() const;
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
  std::unique_ptr<ClipPlayer> player_;
  std::unique_ptr<EarlyEnd> early_end_;  // the worker's, then join()'s
};

}  // namespace airforce::gst
