// SPDX-License-Identifier: LGPL-2.1-or-later
// The part of Decoder that lets a clip begin where a seek has asked for before there were pads.
#include <chrono>
#include <system_error>

#include <pthread.h>

#include "debug.h"
#include "decoder.h"
#include "silence.h"

namespace airforce::gst {
namespace {

// It is cancelled, and takes no time; but it goes through elements that are not ours.
constexpr auto kMaxFlush = std::chrono::seconds(2);
// They are read with the first bytes of the streams, which may be slow to come.
constexpr auto kMaxFormats = std::chrono::seconds(2);

}  // namespace

// A flush takes a caps event away that a multiqueue is just about to push, and nothing sends it
// again: the decoder then gets data without a format, which is an error (gstmultiqueue.c,
// gst_multi_queue_loop(); seen in 1.26). So no seek is sent before each decoder has its caps.
void Decoder::watch_format(GstElement* added) {
  GstElementFactory* factory = gst_element_get_factory(added);
  if (factory == nullptr ||
      !gst_element_factory_list_is_type(factory, GST_ELEMENT_FACTORY_TYPE_DECODER))
    return;
  const Ref<GstPad> sink(gst_element_get_static_pad(added, "sink"));
  if (sink == nullptr) return;
  {
    const std::lock_guard guard(lock_);
    without_format_.insert(sink.get());
  }
  g_signal_connect(sink.get(), "notify::caps",
                   G_CALLBACK(+[](GstPad* pad, GParamSpec*, Decoder* self) {
                     const std::lock_guard guard(self->lock_);
                     if (self->without_format_.erase(pad) > 0) self->changed_.notify_all();
                   }),
                   this);
}

void Decoder::forget_format(GstElement* removed) {
  const Ref<GstPad> sink(gst_element_get_static_pad(removed, "sink"));
  const std::lock_guard guard(lock_);
  if (without_format_.erase(sink.get()) > 0) changed_.notify_all();
}

// Not again where one did not come in time.
void Decoder::wait_for_formats(std::unique_lock<std::mutex>& guard) {
  changed_.wait_for(guard, kMaxFormats,
                    [this] { return without_format_.empty() || download_ == Download::Abandoned; });
  without_format_.clear();
}

// Once all pads are there, from whatever thread made the last.
void Decoder::begin() {
  bool has_seek = false;
  {
    const std::lock_guard guard(lock_);
    has_seek = pending_seek_->has_one() && !exposed_.empty();
    if (!has_seek) {
      pending_seek_->take();
      beginning_ = Beginning::Begun;
      changed_.notify_all();
    }
  }
  if (!has_seek) return;
  try {
    // Not in this thread: it may be the one that the demuxer has to stop.
    seeking_ = std::thread([this] {
      seeking_id_ = std::this_thread::get_id();
      pthread_setname_np(pthread_self(), "airforce-seek");
      seek_to_beginning();
    });
  } catch (const std::system_error&) {
    begun(false);
  }
}

void Decoder::seek_to_beginning() {
  Ref<GstPad> ghost;
  Event seek;
  {
    // Until there is data the elements may still be putting themselves together. A later seek can
    // take the place of this one so long: nobody waits for the network with a state lock held.
    std::unique_lock guard(lock_);
    const auto abandoned = [this] { return download_ == Download::Abandoned; };
    changed_.wait(guard, [&] { return data_waits_ || data_passed_ || at_end_ || abandoned(); });
    wait_for_formats(guard);
    if (!abandoned() && !exposed_.empty()) ghost = share(exposed_.front().ghost);
    seek = pending_seek_->take();
    beginning_ = Beginning::Seeking;
  }
  bool done = true;
  if (silence_ != nullptr && ghost != nullptr && seek) {
    gst_element_send_event(silence_, bounded(seek.get(), silence_length_).release());
  }
  if (ghost != nullptr) {
    // Any of them: the demuxer seeks for all. Not the ghost itself, where other seeks wait for us.
    const Ref<GstPad> target(gst_ghost_pad_get_target(GST_GHOST_PAD(ghost.get())));
    GST_DEBUG_OBJECT(bin_, "begins with %" GST_PTR_FORMAT, seek.get());
    done = target != nullptr && gst_pad_send_event(target.get(), seek.release()) != FALSE;
  }
  begun(done);
}

// A flush that ends while the elements are stopped would start a multiqueue's thread again, which
// nothing stops any more.
void Decoder::let_seek_end() {
  // From its own thread, where an application stops us in a synchronous bus handler.
  if (seeking_id_ == std::this_thread::get_id()) return;
  std::unique_lock guard(lock_);
  changed_.wait_for(guard, kMaxFlush, [this] { return beginning_ != Beginning::Seeking; });
}

void Decoder::begun(bool where_asked) {
  bool unwanted = false;
  {
    const std::lock_guard guard(lock_);
    pending_seek_->take();
    beginning_ = Beginning::Begun;
    unwanted = download_ == Download::Abandoned;
    changed_.notify_all();
  }
  if (!where_asked && !unwanted) {
    GST_ELEMENT_WARNING(
        element_, RESOURCE, SEEK,
        ("The clip can't begin where a seek has asked for; it begins at its start."), (nullptr));
  }
}

// A seek that comes the usual way, from downstream.
GstPadProbeReturn Decoder::hold_seek(GstPad* pad, GstPadProbeInfo* info, gpointer self) {
  auto* decoder = static_cast<Decoder*>(self);
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  if (GST_EVENT_TYPE(event) != GST_EVENT_SEEK) return GST_PAD_PROBE_OK;
  if (PendingSeek::can_wait(event) && decoder->pending_seek_->keep(event)) {
    gst_event_unref(event);
    return GST_PAD_PROBE_HANDLED;
  }
  // Else the kept one might come after it, and win.
  std::unique_lock guard(decoder->lock_);
  decoder->changed_.wait(guard, [decoder] {
    return decoder->beginning_ != Beginning::Seeking || decoder->download_ == Download::Abandoned;
  });
  decoder->wait_for_formats(guard);
  guard.unlock();
  if (decoder->is_silent(pad)) {
    GST_PAD_PROBE_INFO_DATA(info) = bounded(event, decoder->silence_length_).release();
    gst_event_unref(event);
  }
  return GST_PAD_PROBE_OK;
}

bool Decoder::is_held() const {
  return beginning_ == Beginning::Seeking ||
         (beginning_ == Beginning::Open && pending_seek_->has_one());
}

bool Decoder::wait_for_beginning(std::unique_lock<std::mutex>& guard, GstPad* ghost) {
  if (beginning_ == Beginning::Begun) return true;
  const Exposed* before = find(ghost);
  if (!is_held() || before == nullptr) {
    data_passed_ = true;
    return true;
  }
  data_waits_ = true;
  changed_.notify_all();
  // What had passed the pads before us when they began to flush comes after the flush-start; that
  // thread is waited for by whoever flushes.
  const unsigned flushes = before->flushes;
  const auto unwanted = [&] { return is_unwanted(ghost) || find(ghost)->flushes != flushes; };
  changed_.wait(guard, [&] { return unwanted() || !is_held(); });
  return !unwanted();
}

}  // namespace airforce::gst
