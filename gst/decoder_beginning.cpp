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
    const auto shared = shared_.lock();
    shared->without_format.insert(sink.get());
  }
  g_signal_connect(sink.get(), "notify::caps",
                   G_CALLBACK(+[](GstPad* pad, GParamSpec*, Decoder* self) {
                     const auto shared = self->shared_.lock();
                     if (shared->without_format.erase(pad) > 0) self->changed_.notify_all();
                   }),
                   this);
}

void Decoder::forget_format(GstElement* removed) {
  const Ref<GstPad> sink(gst_element_get_static_pad(removed, "sink"));
  const auto shared = shared_.lock();
  if (shared->without_format.erase(sink.get()) > 0) changed_.notify_all();
}

// Not again where one did not come in time.
void Decoder::wait_for_formats(Locked& shared) {
  shared.wait_for(changed_, kMaxFormats, [&] {
    return shared->without_format.empty() || shared->download == Download::Abandoned;
  });
  shared->without_format.clear();
}

// Once all pads are there, from whatever thread made the last.
void Decoder::begin() {
  bool has_seek = false;
  {
    const auto shared = shared_.lock();
    has_seek = pending_seek_->has_one() && !shared->exposed.empty();
    if (!has_seek) {
      pending_seek_->take();
      shared->beginning = Beginning::Begun;
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
    auto shared = shared_.lock();
    const auto abandoned = [&] { return shared->download == Download::Abandoned; };
    shared.wait(changed_, [&] {
      return shared->data_waits || shared->data_passed || shared->at_end || abandoned();
    });
    wait_for_formats(shared);
    if (!abandoned() && !shared->exposed.empty()) ghost = share(shared->exposed.front().ghost);
    seek = pending_seek_->take();
    shared->beginning = Beginning::Seeking;
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
  auto shared = shared_.lock();
  shared.wait_for(changed_, kMaxFlush, [&] { return shared->beginning != Beginning::Seeking; });
}

void Decoder::begun(bool where_asked) {
  bool unwanted = false;
  {
    const auto shared = shared_.lock();
    pending_seek_->take();
    shared->beginning = Beginning::Begun;
    unwanted = shared->download == Download::Abandoned;
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
  {
    auto shared = decoder->shared_.lock();
    shared.wait(decoder->changed_, [&] {
      return shared->beginning != Beginning::Seeking || shared->download == Download::Abandoned;
    });
    decoder->wait_for_formats(shared);
  }
  if (decoder->is_silent(pad)) {
    GST_PAD_PROBE_INFO_DATA(info) = bounded(event, decoder->silence_length_).release();
    gst_event_unref(event);
  }
  return GST_PAD_PROBE_OK;
}

bool Decoder::is_held(const Shared& shared) const {
  return shared.beginning == Beginning::Seeking ||
         (shared.beginning == Beginning::Open && pending_seek_->has_one());
}

bool Decoder::wait_for_beginning(Locked& shared, GstPad* ghost) {
  if (shared->beginning == Beginning::Begun) return true;
  const Exposed* before = find(*shared, ghost);
  if (!is_held(*shared) || before == nullptr) {
    shared->data_passed = true;
    return true;
  }
  shared->data_waits = true;
  changed_.notify_all();
  // What had passed the pads before us when they began to flush comes after the flush-start; that
  // thread is waited for by whoever flushes.
  const unsigned flushes = before->flushes;
  const auto unwanted = [&] {
    return is_unwanted(*shared, ghost) || find(*shared, ghost)->flushes != flushes;
  };
  shared.wait(changed_, [&] { return unwanted() || !is_held(*shared); });
  return !unwanted();
}

}  // namespace airforce::gst
