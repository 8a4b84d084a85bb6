// SPDX-License-Identifier: LGPL-2.1-or-later
#include "shot_clip.h"

#include <string>

#include <pthread.h>

#include "debug.h"
#include "errors.h"
#include "gstairforcetimeline.h"
#include "seek_request.h"

namespace airforce::gst {
namespace {

// `seek` in the times of the clip, which may show something before the shot begins.
Event moved(GstEvent* seek, const ShotTiming& timing) {
  auto [rate, format, flags, start_type, stop_type, start, stop] = SeekRequest(seek);
  // Backwards from the end of what is shown: a demuxer's own end is that of its longest stream.
  if (rate < 0 && stop_type == GST_SEEK_TYPE_NONE) {
    stop_type = GST_SEEK_TYPE_SET;
    stop = static_cast<gint64>(timing.length);
  }
  const auto shift = static_cast<gint64>(timing.skip);
  if (start_type == GST_SEEK_TYPE_SET) start += shift;
  if (stop_type == GST_SEEK_TYPE_SET && stop >= 0) stop += shift;
  return Event(gst_event_new_seek(rate, format, flags, start_type, start, stop_type, stop));
}

}  // namespace

ShotClip::ShotClip(GstBin* around, std::size_t shot, std::shared_ptr<CoreGeneration> generation,
                   Seams* seams, Presentation presentation,
                   std::shared_ptr<PendingSeek> pending_seek, TagList tags, Listener listener)
    : around_(around),
      shot_(shot),
      generation_(std::move(generation)),
      seams_(seams),
      presentation_(presentation),
      pending_seek_(std::move(pending_seek)),
      listener_(std::move(listener)) {
  const std::string name = "shot" + std::to_string(shot + 1);
  bin_.reset(GST_ELEMENT(gst_object_ref_sink(
      g_object_new(GST_TYPE_AIRFORCE_CLIP_BIN, "name", name.c_str(), nullptr))));
  // It has no clock to keep: PAUSED is all that it needs, whatever the state of what is around.
  gst_element_set_locked_state(bin_.get(), TRUE);
  g_object_set(bin_.get(), "async-handling", TRUE, nullptr);
  g_signal_connect(bin_.get(), "pad-added",
                   G_CALLBACK(+[](GstElement*, GstPad* pad, gpointer data) {
                     const auto* self = static_cast<ShotClip*>(data);
                     self->listener_.pad_added(self->shot_, pad);
                   }),
                   this);
  g_signal_connect(bin_.get(), "pad-removed",
                   G_CALLBACK(+[](GstElement*, GstPad* pad, gpointer data) {
                     const auto* self = static_cast<ShotClip*>(data);
                     self->listener_.pad_removed(self->shot_, pad);
                   }),
                   this);
  *player_.lock() = std::make_unique<ClipPlayer>(
      GST_BIN(bin_.get()), GST_ELEMENT(around_), generation_, presentation_, pending_seek_,
      std::move(tags),
      ClipPlayer::Listener{[this] { listener_.exposed(shot_); },
                           [this](const Failure& failure) { listener_.failed(shot_, failure); },
                           [this](const Message& message) { listener_.message(shot_, message); }});
}

ShotClip::~ShotClip() {
  cancel();
  if (thread_.joinable()) thread_.join();
  // Not stopped with the lock held, which streaming threads take.
  auto player = std::move(*player_.lock());
  player->quiesce();
  player.reset();
  gst_element_set_state(bin_.get(), GST_STATE_NULL);
  g_signal_handlers_disconnect_by_data(bin_.get(), this);
  if (GST_OBJECT_PARENT(bin_.get()) != nullptr) gst_bin_remove(around_, bin_.get());
}

void ShotClip::enter() {
  gst_bin_add(around_, bin_.get());
  gst_element_set_state(bin_.get(), GST_STATE_PAUSED);
}

void ShotClip::start() {
  enter();
  thread_ = std::thread([this] {
    worker_id_ = std::this_thread::get_id();
    pthread_setname_np(pthread_self(), "airforce-shot");
    work();
  });
}

void ShotClip::run() {
  enter();
  make();
}

void ShotClip::make() {
  try {
    generation_->run();
    play();
  } catch (const Failure&) {
    (*player_.lock())->cancel();
    throw;
  }
}

void ShotClip::cancel() {
  cancelled_ = true;
  generation_->cancel();
  if (const auto player = player_.lock(); *player) (*player)->cancel();
}

void ShotClip::task_is_completed() {
  if (const auto player = player_.lock(); *player) (*player)->prepare();
}

void ShotClip::set_arrived(std::int64_t bytes) {
  if (const auto player = player_.lock(); *player) (*player)->set_arrived(bytes);
}

bool ShotClip::is_worker() const {
  if (worker_id_ == std::this_thread::get_id()) return true;
  const auto player = player_.lock();
  return *player && (*player)->is_preparing();
}

bool ShotClip::contains(GstObject* object) const {
  return object == GST_OBJECT_CAST(bin_.get()) ||
         gst_object_has_as_ancestor(object, GST_OBJECT_CAST(bin_.get())) != FALSE;
}

Decoder* ShotClip::decoder() const {
  const auto player = player_.lock();
  return *player ? (*player)->decoder() : nullptr;
}

void ShotClip::work() {
  try {
    make();
  } catch (const Failure& failure) {
    if (!cancelled_) listener_.failed(shot_, failure);
  }
}

void ShotClip::play() {
  ShotTiming timing;
  if (seams_ != nullptr) {
    timing = seams_->timing(shot_, *generation_, [this] { return cancelled_.load(); });
    if (cancelled_) throw cancelled_failure();
    if (const Event seek = pending_seek_->peek()) {
      pending_seek_->keep(moved(seek.get(), timing).get());
    }
  }
  listener_.opened(shot_, timing);
  if (cancelled_) throw cancelled_failure();
  ClipPlayer* player = player_.lock()->get();
  player->play();
}

}  // namespace airforce::gst
