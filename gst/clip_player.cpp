// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip_player.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <optional>
#include <span>
#include <system_error>

#include <pthread.h>

#include "debug.h"
#include "errors.h"
#include "messages.h"
#include "tags.h"

namespace airforce::gst {
namespace {

// How often a partially downloaded clip is compared with what is played of it.
constexpr std::chrono::milliseconds kLookEvery(100);

double seconds_now() {
  return static_cast<double>(g_get_monotonic_time()) / G_USEC_PER_SEC;
}

}  // namespace

ClipPlayer::ClipPlayer(GstBin* bin, GstElement* poster, std::shared_ptr<CoreGeneration> generation,
                       Presentation presentation, std::shared_ptr<PendingSeek> pending_seek,
                       TagList tags, Listener listener)
    : bin_(bin),
      poster_(poster),
      generation_(std::move(generation)),
      presentation_(presentation),
      pending_seek_(std::move(pending_seek)),
      tags_(std::move(tags)),
      listener_(std::move(listener)) {}

ClipPlayer::~ClipPlayer() {
  end_preparation();
}

void ClipPlayer::prepare() {
  // Bytes that are pulled need nothing.
  if (presentation_.output == Output::Container) return;
  auto state = play_.lock();
  if (state->cancelled || state->plays || state->preparation.valid()) return;
  try {
    state->preparation = std::async(std::launch::async, [this] {
      preparing_id_ = std::this_thread::get_id();
      pthread_setname_np(pthread_self(), "airforce-decoder");
      start_decoder();
    });
  } catch (const std::system_error&) {
    GST_INFO_OBJECT(bin_, "no thread is available: the decoder is made once the clip is open");
  }
}

void ClipPlayer::start_decoder() {
  auto made =
      std::make_unique<Decoder>(bin_, poster_, generation_, presentation_, pending_seek_,
                                Decoder::Listener{listener_.exposed, listener_.failed,
                                                  [this] { generation_->set_delivered(); }});
  Decoder* decoder = made.get();
  {
    auto state = play_.lock();
    if (state->cancelled) throw cancelled_failure();
    state->decoder = std::move(made);
  }
  if (tags_) decoder->set_tags(TagList(gst_tag_list_ref(tags_.get())));
  // Whoever is given the bytes may read them at once.
  if (presentation_.output == Output::Container) decoder->clip_is_open();
  decoder->start();
}

void ClipPlayer::play() {
  std::future<void> preparation;
  {
    auto state = play_.lock();
    state->plays = true;
    preparation = std::move(state->preparation);
  }
  if (tags_ && presentation_.output == Output::Container) {
    // Bytes that are pulled carry none.
    listener_.message(
        Message(gst_message_new_tag(GST_OBJECT(poster_), gst_tag_list_ref(tags_.get()))));
  }
  if (preparation.valid())
    preparation.get();
  else
    start_decoder();
  Decoder* decoder = this->decoder();
  decoder->clip_is_open();
  try {
    watch_download();
    decoder->clip_is_complete();
  } catch (const Failure&) {
    // The downloaded part can still be played; a read of the missing part fails at once. Where
    // nothing is, no pad comes, and so no end.
    if (decoder->wait_for_pads()) decoder->wait_for_end();
    throw;
  }
  if (!decoder->wait_for_pads()) {
    throw clip_failure("the demuxer stopped without reporting an error", kKeepTheFile,
                       generation_->bought());
  }
  post_thumbnail();
}

void ClipPlayer::cancel() {
  auto state = play_.lock();
  state->cancelled = true;
  if (state->decoder) state->decoder->abandon();
}

// Where play() has not seen it.
void ClipPlayer::end_preparation() {
  const std::future<void> preparation = std::move(play_.lock()->preparation);
  if (preparation.valid()) preparation.wait();
}

void ClipPlayer::quiesce() {
  end_preparation();
  if (Decoder* running = decoder()) running->quiesce();
}

Decoder* ClipPlayer::decoder() const {
  return play_.lock()->decoder.get();
}

// Last, as it is worth no delay of the clip, whose first pictures are being decoded now. Streams
// that have ended by then don't carry it any more, so the application is notified too.
void ClipPlayer::post_thumbnail() {
  try {
    decoder()->wait_for_data();
    const auto image = generation_->thumbnail();
    if (image.empty()) return;
    decoder()->set_tags(with_thumbnail(tags_, image));
    listener_.message(Message(
        gst_message_new_tag(GST_OBJECT(poster_), with_thumbnail(nullptr, image).release())));
  } catch (const Failure& failure) {
    GST_INFO_OBJECT(bin_, "no thumbnail: %s", failure.what());
  }
}

// Waits for the whole clip, and reports meanwhile whether it can be played. Throws Failure.
void ClipPlayer::watch_download() {
  Buffering buffering;
  // Where no thread is available, this one waits, below.
  auto whole = std::async([this] { generation_->wait_complete(); });
  while (whole.wait_for(kLookEvery) == std::future_status::timeout) report_buffering(buffering);
  // Complete or failed: nothing more will be downloaded.
  if (const auto percent = buffering.finish()) {
    listener_.message(buffering_message(poster_, *percent, buffering.rate(), 0));
  }
  decoder()->set_supply(buffering.rate(), buffering.percent());
  whole.get();
}

void ClipPlayer::report_buffering(Buffering& buffering) {
  const std::int64_t size = generation_->size();
  Decoder* decoder = this->decoder();
  const auto duration = decoder->duration();
  if (!duration || size <= 0) return;
  Supply supply;
  supply.now = seconds_now();
  supply.duration = static_cast<double>(*duration) / GST_SECOND;
  supply.size = size;
  supply.arrived = arrived_;
  // Which byte belongs to which time only the demuxer knows; clips are short and even.
  double part = static_cast<double>(decoder->reads_at()) / static_cast<double>(size);
  if (const auto position = decoder->position()) {
    part = static_cast<double>(*position) / static_cast<double>(*duration);
  }
  part = std::clamp(part, 0.0, 1.0);
  supply.position = part * supply.duration;
  const auto offset = static_cast<std::uint64_t>(part * static_cast<double>(size));
  supply.ahead = generation_->available(offset);
  const auto percent = buffering.update(supply);
  decoder->set_supply(buffering.rate(), buffering.percent());
  if (!percent) return;
  listener_.message(buffering_message(poster_, *percent, buffering.rate(), size - supply.arrived));
}

}  // namespace airforce::gst
