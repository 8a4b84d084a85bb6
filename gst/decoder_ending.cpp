// SPDX-License-Identifier: LGPL-2.1-or-later
// The part of Decoder that lets a stream's EOS pass when it is due.
#include <algorithm>
#include <chrono>

#include "debug.h"
#include "decoder.h"
#include "outer_pad.h"

namespace airforce::gst {
namespace {

// How long the others wait for the first stream's EOS, which an application may hold up while it
// looks for its next item.
constexpr auto kMaxLead = std::chrono::seconds(10);

}  // namespace

bool Decoder::wait_for_clip(GstPad* ghost) {
  std::unique_lock guard(lock_);
  at_end_ = true;
  Exposed* own = find(ghost);
  // Together in a playbin, as its sinks do anyway; elsewhere a muxer may wait for an EOS before it
  // takes more of another stream. A sink that has got no data needs the EOS to preroll.
  const bool with_the_others = in_playbin_ && own != nullptr && own->has_data;
  if (own != nullptr) own->ended = true;
  changed_.notify_all();
  const auto others_play = [this, with_the_others] {
    return with_the_others && !std::all_of(exposed_.begin(), exposed_.end(),
                                           [](const Exposed& exposed) { return exposed.ended; });
  };
  changed_.wait(guard, [&] {
    return is_unwanted(ghost) || ends_early_ || (download_ == Download::Complete && !others_play());
  });
  if (with_the_others && !is_unwanted(ghost)) follow_the_first(guard, ghost);
  return !is_unwanted(ghost);
}

// playbin asks its application for the next item in the thread of the first stream that ends. Would
// another end meanwhile, it would ask twice, and might wait for ever for a pad in which the other's
// EOS waits (deactivate_group() in gstplaybin2.c).
void Decoder::follow_the_first(std::unique_lock<std::mutex>& guard, GstPad* ghost) {
  const auto is_followed = [this, ghost] { return first_ != First::Ending || is_unwanted(ghost); };
  if (first_ != First::Playing) {
    if (!changed_.wait_for(guard, kMaxLead, is_followed)) {
      GST_WARNING_OBJECT(ghost, "the EOS of another stream has not got through yet");
    }
    return;
  }
  first_ = First::Ending;
  guard.unlock();
  auto watch = std::make_unique<EosWatch>(element_, [this] { first_has_ended(); });
  guard.lock();
  first_eos_.swap(watch);
  guard.unlock();
  watch.reset();
  guard.lock();
}

// Whether the clip is delivered by the EOS that leaves this pad.
bool Decoder::note_end(GstPad* ghost) {
  const std::lock_guard guard(lock_);
  if (Exposed* own = find(ghost)) own->has_ended = true;
  if (ends_early_ || delivered_ || download_ != Download::Complete) return false;
  bool is_linked = false;
  for (const Exposed& exposed : exposed_) {
    if (!is_linked_outside(exposed.ghost)) continue;
    if (!exposed.has_ended) return false;
    is_linked = true;
  }
  return delivered_ = is_linked;
}

bool Decoder::has_pads() const {
  const std::lock_guard guard(lock_);
  return announced_;
}

void Decoder::end_early(GstEvent* eos) {
  {
    const std::lock_guard guard(lock_);
    ends_early_ = true;
    changed_.notify_all();
  }
  if (silence_ != nullptr) gst_element_send_event(silence_, gst_event_ref(eos));
  gst_element_send_event(source_, eos);
}

void Decoder::first_has_ended() {
  const std::lock_guard guard(lock_);
  if (first_ == First::Ending) first_ = First::Ended;
  changed_.notify_all();
}

void Decoder::clip_is_complete() {
  const std::lock_guard guard(lock_);
  if (download_ == Download::Running) download_ = Download::Complete;
  changed_.notify_all();
}

void Decoder::wait_for_end() {
  std::unique_lock guard(lock_);
  changed_.wait(guard, [this] { return at_end_ || download_ == Download::Abandoned; });
}

}  // namespace airforce::gst
