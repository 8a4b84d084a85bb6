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
  auto shared = shared_.lock();
  shared->at_end = true;
  Exposed* own = find(*shared, ghost);
  // Together in a playbin, as its sinks do anyway; elsewhere a muxer may wait for an EOS before it
  // takes more of another stream. A sink that has got no data needs the EOS to preroll.
  const bool with_the_others = in_playbin_ && own != nullptr && own->has_data;
  if (own != nullptr) own->ended = true;
  changed_.notify_all();
  const auto others_play = [&] {
    return with_the_others && !std::all_of(shared->exposed.begin(), shared->exposed.end(),
                                           [](const Exposed& exposed) { return exposed.ended; });
  };
  shared.wait(changed_, [&] {
    return is_unwanted(*shared, ghost) || shared->ends_early ||
           (shared->download == Download::Complete && !others_play());
  });
  if (with_the_others && !is_unwanted(*shared, ghost)) follow_the_first(shared, ghost);
  return !is_unwanted(*shared, ghost);
}

// playbin asks its application for the next item in the thread of the first stream that ends. Would
// another end meanwhile, it would ask twice, and might wait for ever for a pad in which the other's
// EOS waits (deactivate_group() in gstplaybin2.c).
void Decoder::follow_the_first(Locked& shared, GstPad* ghost) {
  const auto is_followed = [&] {
    return shared->first != First::Ending || is_unwanted(*shared, ghost);
  };
  if (shared->first != First::Playing) {
    if (!shared.wait_for(changed_, kMaxLead, is_followed)) {
      GST_WARNING_OBJECT(ghost, "the EOS of another stream has not got through yet");
    }
    return;
  }
  shared->first = First::Ending;
  std::unique_ptr<EosWatch> watch;
  shared.unlocked(
      [&] { watch = std::make_unique<EosWatch>(element_, [this] { first_has_ended(); }); });
  shared->first_eos.swap(watch);
  shared.unlocked([&] { watch.reset(); });
}

// Whether the clip is delivered by the EOS that leaves this pad.
bool Decoder::note_end(GstPad* ghost) {
  const auto shared = shared_.lock();
  if (Exposed* own = find(*shared, ghost)) own->has_ended = true;
  if (shared->ends_early || shared->delivered || shared->download != Download::Complete)
    return false;
  bool is_linked = false;
  for (const Exposed& exposed : shared->exposed) {
    if (!is_linked_outside(exposed.ghost)) continue;
    if (!exposed.has_ended) return false;
    is_linked = true;
  }
  return shared->delivered = is_linked;
}

bool Decoder::has_pads() const {
  const auto shared = shared_.lock();
  return shared->announced;
}

void Decoder::end_early(GstEvent* eos) {
  {
    const auto shared = shared_.lock();
    shared->ends_early = true;
    changed_.notify_all();
  }
  if (silence_ != nullptr) gst_element_send_event(silence_, gst_event_ref(eos));
  gst_element_send_event(source_, eos);
}

void Decoder::first_has_ended() {
  const auto shared = shared_.lock();
  if (shared->first == First::Ending) shared->first = First::Ended;
  changed_.notify_all();
}

void Decoder::clip_is_complete() {
  const auto shared = shared_.lock();
  if (shared->download == Download::Running) shared->download = Download::Complete;
  changed_.notify_all();
}

void Decoder::wait_for_end() {
  auto shared = shared_.lock();
  shared.wait(changed_, [&] { return shared->at_end || shared->download == Download::Abandoned; });
}

}  // namespace airforce::gst
