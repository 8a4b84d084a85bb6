// SPDX-License-Identifier: LGPL-2.1-or-later
// The part of Decoder that knows which streams there are, and when all of them have pads.
#include <algorithm>

#include "debug.h"
#include "decoder.h"
#include "errors.h"
#include "silence.h"

namespace airforce::gst {
namespace {

bool is_played(GstStream* stream) {
  return (gst_stream_get_stream_type(stream) & (GST_STREAM_TYPE_VIDEO | GST_STREAM_TYPE_AUDIO)) !=
         0;
}

}  // namespace

void Decoder::watch_message(GstMessage* message) {
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_STREAM_COLLECTION) {
    g_autoptr(GstStreamCollection) all = nullptr;
    gst_message_parse_stream_collection(message, &all);
    for (guint i = 0; i < gst_stream_collection_get_size(all); ++i)
      make_tags_visible(gst_stream_collection_get_stream(all, i));
  }
  if (GST_MESSAGE_SRC(message) != GST_OBJECT(decodebin_)) return;
  std::size_t selected = 0;
  if (presentation_.output == Output::Raw &&
      GST_MESSAGE_TYPE(message) == GST_MESSAGE_STREAMS_SELECTED) {
    for (guint i = 0; i < gst_message_streams_selected_get_size(message); ++i) {
      g_autoptr(GstStream) stream = gst_message_streams_selected_get_stream(message, i);
      if (is_played(stream)) ++selected;
    }
  } else if (presentation_.output == Output::Encoded &&
             GST_MESSAGE_TYPE(message) == GST_MESSAGE_STREAM_COLLECTION) {
    // A parsebin gives each of them a pad, right after this message.
    g_autoptr(GstStreamCollection) all = nullptr;
    gst_message_parse_stream_collection(message, &all);
    for (guint i = 0; i < gst_stream_collection_get_size(all); ++i) {
      if (is_played(gst_stream_collection_get_stream(all, i))) ++selected;
    }
  } else {
    return;
  }
  {
    const auto shared = shared_.lock();
    shared->selected = selected;
  }
  announce();
}

void Decoder::add_missing(MissingDecoder missing) {
  GST_INFO_OBJECT(bin_, "missing: %s", missing.name.c_str());
  {
    const auto shared = shared_.lock();
    const auto is_known = [&missing](const MissingDecoder& known) {
      return known.kind == missing.kind;
    };
    if (std::any_of(shared->missing.begin(), shared->missing.end(), is_known)) return;
    shared->missing.push_back(std::move(missing));
  }
}

std::vector<MissingDecoder> Decoder::missing() const {
  const auto shared = shared_.lock();
  return shared->missing;
}

void Decoder::announce() {
  bool needs_silence = false;
  {
    const auto shared = shared_.lock();
    if (shared->completing || !shared->selected || shared->exposed.size() < *shared->selected)
      return;
    shared->completing = true;
    const auto has = [&](std::string_view kind) {
      return std::any_of(shared->exposed.begin(), shared->exposed.end(),
                         [kind](const Exposed& exposed) { return exposed.kind == kind; });
    };
    needs_silence = presentation_.output == Output::Raw && has("video") && !has("audio") &&
                    (presentation_.sound || !shared->missing.empty());
  }
  if (needs_silence) expose_silence();
  {
    const auto shared = shared_.lock();
    shared->announced = true;
    changed_.notify_all();
  }
  listener_.all_exposed();
  begin();
}

void Decoder::expose_silence() {
  gint64 duration = 0;
  Ref<GstPad> video;
  {
    const auto shared = shared_.lock();
    video = share(shared->exposed.front().ghost);
  }
  if (!gst_pad_query_duration(video.get(), GST_FORMAT_TIME, &duration) || duration <= 0) return;
  silence_ = make_silence(static_cast<GstClockTime>(duration));
  if (silence_ == nullptr) return;
  silence_length_ = static_cast<GstClockTime>(duration);
  gst_bin_add(bin_, silence_);
  const Ref<GstPad> pad(gst_element_get_static_pad(silence_, "src"));
  expose(pad.get(), "audio", true);
  gst_element_sync_state_with_parent(silence_);
}

bool Decoder::is_silent(GstPad* ghost) const {
  const auto shared = shared_.lock();
  return std::any_of(
      shared->exposed.begin(), shared->exposed.end(),
      [ghost](const Exposed& exposed) { return exposed.ghost == ghost && exposed.is_silent; });
}

Event Decoder::silent_start() const {
  Ref<GstPad> video;
  {
    const auto shared = shared_.lock();
    video = share(shared->exposed.front().ghost);
  }
  return silent_stream_start(video.get());
}

void Decoder::refused(const char* kind, const std::string& wanted) {
  const std::string pad = std::string(kind) + "_0";
  listener_.failed(clip_failure(
      "what is linked with " + pad + " takes only " + wanted + ", which raw " + kind +
          " can't be converted to",
      "link an element that takes raw " + std::string(kind) + ", or set output=encoded",
      generation_->bought()));
}

void Decoder::clear_offset(GstPad* ghost) {
  Ref<GstPad> target;
  {
    const auto shared = shared_.lock();
    if (const Exposed* exposed = find(*shared, ghost)) target = share(exposed->target);
  }
  if (target != nullptr) gst_pad_set_offset(target.get(), 0);
}

}  // namespace airforce::gst
