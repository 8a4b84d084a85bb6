// SPDX-License-Identifier: LGPL-2.1-or-later
// What the elements inside of the shots report: messages, failures, streams that nothing decodes.
#include <algorithm>

#include "debug.h"
#include "errors.h"
#include "film_player.h"

namespace airforce::gst {

// Without a source: of the shot that is alone.
ShotClip* FilmPlayer::clip_of(const Shared& shared, GstObject* source) const {
  if (!joins_) return shared.open.empty() ? nullptr : shared.open.begin()->second.get();
  if (source == nullptr) return nullptr;
  for (const auto& [shot, clip] : shared.open) {
    if (clip->contains(source)) return clip.get();
  }
  return nullptr;
}

Decoder* FilmPlayer::decoder_of(GstObject* source) const {
  const auto shared = shared_.lock();
  const ShotClip* clip = clip_of(*shared, source);
  return clip != nullptr ? clip->decoder() : nullptr;
}

// Applications see one collection of streams: that of the first shot.
bool FilmPlayer::admit_message(GstMessage* message) {
  if (!joins_) return true;
  switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_STREAM_COLLECTION:
    case GST_MESSAGE_STREAMS_SELECTED:
      if (!exposed_) return true;
      watch_message(message);
      return false;
    case GST_MESSAGE_ERROR: {
      // Of a shot's source: it has the charge status.
      return !take_failure(GST_MESSAGE_SRC(message), failure_with_details(message));
    }
    case GST_MESSAGE_DURATION_CHANGED:
    case GST_MESSAGE_TAG: {
      const auto shared = shared_.lock();
      return clip_of(*shared, GST_MESSAGE_SRC(message)) == nullptr;
    }
    default: return true;
  }
}

void FilmPlayer::watch_message(GstMessage* message) {
  if (Decoder* decoder = decoder_of(GST_MESSAGE_SRC(message))) decoder->watch_message(message);
}

void FilmPlayer::add_missing(GstMessage* message) {
  if (Decoder* decoder = decoder_of(GST_MESSAGE_SRC(message))) {
    decoder->add_missing(missing_decoder(message));
  }
}

// Reported to the timeline at once: the end of the shot's streams may be behind it.
void FilmPlayer::hear_failure(unsigned run, std::size_t shot, const Failure& failure) {
  timeline_->set_failed(run, shot);
  post_of(run, [this, shot, failure] { fail_shot(shot, failure); });
}

// True where it waits for the shot's turn, or follows from the end of a shot.
bool FilmPlayer::take_failure(GstObject* source, const Failure& failure) {
  if (!joins_) return false;
  std::optional<std::size_t> shot;
  unsigned run = 0;
  {
    const auto shared = shared_.lock();
    run = shared->number;
    if (const ShotClip* clip = clip_of(*shared, source)) shot = clip->shot();
  }
  if (shot) hear_failure(run, *shot, failure);
  return true;
}

BoughtTask FilmPlayer::bought(GstObject* source) const {
  const auto shared = shared_.lock();
  const ShotClip* clip = clip_of(*shared, source);
  if (clip == nullptr && !shared->open.empty()) clip = shared->open.begin()->second.get();
  return clip != nullptr ? clip->bought() : BoughtTask();
}

std::size_t FilmPlayer::count(const char* kind) const {
  const auto shared = shared_.lock();
  const auto found = shared->open.find(exposing_);
  const Decoder* decoder = found != shared->open.end() ? found->second->decoder() : nullptr;
  return decoder != nullptr ? decoder->count(kind) : 0;
}

std::vector<MissingDecoder> FilmPlayer::missing() const {
  const auto shared = shared_.lock();
  const auto found = shared->open.find(exposing_);
  const Decoder* decoder = found != shared->open.end() ? found->second->decoder() : nullptr;
  return decoder != nullptr ? decoder->missing() : std::vector<MissingDecoder>();
}

}  // namespace airforce::gst
