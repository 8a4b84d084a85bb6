// SPDX-License-Identifier: LGPL-2.1-or-later
#include "channel/channel_clip.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include <gst/controller/controller.h>

#include "channel/item_bin.h"

namespace airforce::gst {
namespace {

// Sound is faded by so many straight pieces; the ear takes them for a curve.
constexpr int kFadePieces = 16;

// The times of a clip's frames and of the compositor's are rounded each in its own way. A frame
// that begins so much later, and ends so much sooner, falls into its own frame of the compositor's,
// and is left out once that has passed.
constexpr GstClockTime kFrameMargin = GST_MSECOND;

// Decoded sound and picture that wait for their turn. Raw pictures are large: some tenths of a
// second are enough to start without a gap.
constexpr const char* kVideoChain =
    "videoconvert name=first ! videoscale add-borders=true ! videorate name=rate ! capsfilter "
    "name=caps ! "
    "queue name=held max-size-buffers=12 max-size-bytes=0 max-size-time=0";
constexpr const char* kAudioChain =
    "audioconvert name=first ! audioresample ! capsfilter name=caps ! "
    "queue name=held max-size-buffers=0 max-size-bytes=0 max-size-time=500000000 ! "
    "volume name=volume";

Ref<GstControlSource> control(GstElement* element, GstPad* pad, const char* property) {
  GstObject* object = element != nullptr ? GST_OBJECT_CAST(element) : GST_OBJECT_CAST(pad);
  Ref<GstControlBinding> binding(gst_object_get_control_binding(object, property));
  if (binding) {
    GstControlSource* source = nullptr;
    g_object_get(binding.get(), "control-source", &source, nullptr);
    return Ref<GstControlSource>(source);
  }
  Ref<GstControlSource> source(gst_interpolation_control_source_new());
  g_object_set(source.get(), "mode", GST_INTERPOLATION_MODE_LINEAR, nullptr);
  gst_object_add_control_binding(
      object, gst_direct_control_binding_new_absolute(object, property, source.get()));
  return source;
}

void set_point(GstControlSource* source, GstClockTime time, double value) {
  gst_timed_value_control_source_set(GST_TIMED_VALUE_CONTROL_SOURCE(source), time, value);
}

// Sound's power, not its amplitude, adds up to the same while one clip gives way to another.
void fade_sound(GstElement* volume, GstClockTime from, GstClockTime length, bool in) {
  const Ref<GstControlSource> source = control(volume, nullptr, "volume");
  for (int piece = 0; piece <= kFadePieces; ++piece) {
    const double angle = std::numbers::pi / 2 * piece / kFadePieces;
    set_point(source.get(), from + length * static_cast<guint>(piece) / kFadePieces,
              in ? std::sin(angle) : std::cos(angle));
  }
}

}  // namespace

ChannelClip::ChannelClip(GstBin* channel, std::uint64_t id, GstElement* source, GstCaps* video,
                         GstCaps* audio, const std::shared_ptr<const Cells>& before,
                         std::function<void()> changed)
    : channel_(channel), id_(id), changed_(std::move(changed)), continuation_(before) {
  const std::string name = "item" + std::to_string(id);
  bin_.reset(static_cast<GstElement*>(gst_object_ref_sink(
      g_object_new(GST_TYPE_AIRFORCE_ITEM_BIN, "name", name.c_str(), nullptr))));
  gst_element_set_locked_state(bin_.get(), TRUE);
  source_.reset(static_cast<GstElement*>(gst_object_ref(source)));
  gst_bin_add(GST_BIN(bin_.get()), source);
  video_.clip = audio_.clip = this;
  build(video_, "video", kVideoChain, video);
  build(audio_, "audio", kAudioChain, audio);
  if (video_.first && before != nullptr) {
    // Else it would show another picture in the place of the first one, which may be left out.
    const Ref<GstElement> rate(gst_bin_get_by_name(GST_BIN(bin_.get()), "rate"));
    g_object_set(rate.get(), "skip-to-first", TRUE, nullptr);
    const Ref<GstPad> sink(gst_element_get_static_pad(video_.first.get(), "sink"));
    gst_pad_add_probe(sink.get(),
                      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER |
                                                   GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
                      continue_picture, this, nullptr);
  }
  g_signal_connect(source, "pad-added", G_CALLBACK(pad_added), this);
  g_signal_connect(source, "no-more-pads", G_CALLBACK(no_more_pads), this);
}

ChannelClip::~ChannelClip() {
  if (GST_OBJECT_PARENT(bin_.get()) == nullptr) return;
  // First: a mixer that is paused keeps a buffer waiting, and the bin's pads wait for that.
  release(video_);
  release(audio_);
  gst_element_set_state(bin_.get(), GST_STATE_NULL);
  g_signal_handlers_disconnect_by_data(source_.get(), this);
  gst_bin_remove(channel_, bin_.get());
}

void ChannelClip::build(Stream& stream, const char* name, const char* description, GstCaps* caps) {
  stream.name = name;
  g_autoptr(GError) error = nullptr;
  GstElement* chain = gst_parse_bin_from_description(description, FALSE, &error);
  if (chain == nullptr) {
    GST_ELEMENT_ERROR(channel_, CORE, MISSING_PLUGIN,
                      ("A channel needs an element that is missing: %s", error->message),
                      (nullptr));
    return;
  }
  gst_bin_add(GST_BIN(bin_.get()), chain);
  const auto named = [chain](const char* element) {
    return Ref<GstElement>(gst_bin_get_by_name(GST_BIN(chain), element));
  };
  g_object_set(named("caps").get(), "caps", caps, nullptr);
  stream.first = named("first");
  const Ref<GstElement> queue = named("held");
  stream.held.reset(gst_element_get_static_pad(queue.get(), "src"));
  Ref<GstElement> last = named("volume");
  if (last) {
    volume_ = share(last.get());
  } else {
    last = share(queue.get());
  }
  const Ref<GstPad> sink(gst_element_get_static_pad(stream.first.get(), "sink"));
  gst_element_add_pad(chain, gst_ghost_pad_new("sink", sink.get()));
  const Ref<GstPad> source(gst_element_get_static_pad(last.get(), "src"));
  gst_element_add_pad(chain, gst_ghost_pad_new("src", source.get()));
  stream.first.reset(static_cast<GstElement*>(gst_object_ref(chain)));
  const Ref<GstPad> chain_source(gst_element_get_static_pad(chain, "src"));
  GstPad* ghost = gst_ghost_pad_new(name, chain_source.get());
  stream.ghost.reset(static_cast<GstPad*>(gst_object_ref(ghost)));
  gst_element_add_pad(bin_.get(), ghost);
  stream.hold_probe = gst_pad_add_probe(
      stream.held.get(),
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER |
                                   GST_PAD_PROBE_TYPE_BUFFER_LIST),
      hold, &stream, nullptr);
  gst_pad_add_probe(
      stream.held.get(),
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
      watch, &stream, nullptr);
}

GstPadProbeReturn ChannelClip::continue_picture(GstPad*, GstPadProbeInfo* info, gpointer data) {
  Continuation& continuation = static_cast<ChannelClip*>(data)->continuation_;
  if ((GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER) == 0) {
    GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
    if (GST_EVENT_TYPE(event) != GST_EVENT_CAPS) return GST_PAD_PROBE_OK;
    GstCaps* caps = nullptr;
    gst_event_parse_caps(event, &caps);
    continuation.set_caps(caps);
    return GST_PAD_PROBE_OK;
  }
  Buffer picture = continuation.take(Buffer(GST_PAD_PROBE_INFO_BUFFER(info)));
  info->data = picture.release();
  return info->data != nullptr ? GST_PAD_PROBE_OK : GST_PAD_PROBE_HANDLED;
}

GstPadProbeReturn ChannelClip::hold(GstPad*, GstPadProbeInfo*, gpointer data) {
  auto& stream = *static_cast<Stream*>(data);
  stream.waiting = true;
  stream.clip->changed_();
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn ChannelClip::watch(GstPad*, GstPadProbeInfo* info, gpointer data) {
  auto& stream = *static_cast<Stream*>(data);
  if ((GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
    GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
    if (!GST_BUFFER_PTS_IS_VALID(buffer) || !GST_BUFFER_DURATION_IS_VALID(buffer)) {
      return GST_PAD_PROBE_OK;
    }
    stream.last_end = GST_BUFFER_PTS(buffer) + GST_BUFFER_DURATION(buffer);
    if (&stream == &stream.clip->video_ && GST_BUFFER_DURATION(buffer) > 4 * kFrameMargin) {
      buffer = gst_buffer_make_writable(buffer);
      GST_BUFFER_DURATION(buffer) -= 2 * kFrameMargin;
      info->data = buffer;
    }
    return GST_PAD_PROBE_OK;
  }
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  if (GST_EVENT_TYPE(event) == GST_EVENT_EOS) {
    stream.ended = true;
    stream.clip->changed_();
  } else if (GST_EVENT_TYPE(event) == GST_EVENT_SEGMENT && !GST_CLOCK_TIME_IS_VALID(stream.stop)) {
    const GstSegment* segment = nullptr;
    gst_event_parse_segment(event, &segment);
    stream.stop = segment->stop;
  }
  return GST_PAD_PROBE_OK;
}

void ChannelClip::pad_added(GstElement*, GstPad* pad, gpointer data) {
  auto& self = *static_cast<ChannelClip*>(data);
  Stream& stream = g_str_has_prefix(GST_PAD_NAME(pad), "audio") ? self.audio_ : self.video_;
  if (!stream.first || stream.linked.exchange(true)) return;  // one picture and one sound
  const Ref<GstPad> sink(gst_element_get_static_pad(stream.first.get(), "sink"));
  if (gst_pad_link(pad, sink.get()) != GST_PAD_LINK_OK) {
    GST_WARNING_OBJECT(self.bin_.get(), "cannot link %s:%s", GST_DEBUG_PAD_NAME(pad));
    stream.linked = false;
  }
}

void ChannelClip::no_more_pads(GstElement*, gpointer data) {
  auto& self = *static_cast<ChannelClip*>(data);
  self.all_pads_ = true;
  self.changed_();
}

bool ChannelClip::start() {
  if (!video_.first || !audio_.first) return false;
  gst_bin_add(channel_, bin_.get());
  // It has no clock to keep: PAUSED is all that it needs, whatever the state of the channel.
  return gst_element_set_state(bin_.get(), GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE;
}

bool ChannelClip::ready() const {
  const auto waits = [](const Stream& stream) {
    return !stream.linked || stream.waiting || stream.ended;
  };
  return all_pads_ && video_.linked && waits(video_) && waits(audio_);
}

GstClockTime ChannelClip::duration() const {
  const Ref<GstPad> sink(gst_element_get_static_pad(video_.first.get(), "sink"));
  gint64 duration = -1;
  if (!gst_pad_peer_query_duration(sink.get(), GST_FORMAT_TIME, &duration)) duration = -1;
  if (duration <= 0) return GST_CLOCK_TIME_NONE;
  // The answer is the length of the longest stream, the segment's stop that of the picture.
  const GstClockTime whole = std::min(static_cast<GstClockTime>(duration), video_.stop.load());
  return whole - std::min(whole, continuation_.skipped());
}

bool ChannelClip::link_mixer(Stream& stream, GstElement* mixer, GstClockTime start) {
  stream.mixer = share(mixer);
  stream.mixer_pad.reset(gst_element_request_pad_simple(mixer, "sink_%u"));
  gst_pad_set_offset(stream.held.get(),
                     static_cast<gint64>(start) - static_cast<gint64>(continuation_.skipped()));
  return stream.mixer_pad &&
         gst_pad_link(stream.ghost.get(), stream.mixer_pad.get()) == GST_PAD_LINK_OK;
}

bool ChannelClip::start_on_air(GstElement* compositor, GstElement* audiomixer,
                               const Placement& placement) {
  start_ = placement.start;
  if (!link_mixer(video_, compositor, start_ + kFrameMargin)) return false;
  g_object_set(video_.mixer_pad.get(), "zorder", placement.zorder, "repeat-after-eos",
               placement.hold, nullptr);
  if (placement.fade_in > 0) {
    const Ref<GstControlSource> alpha = control(nullptr, video_.mixer_pad.get(), "alpha");
    // The compositor reads it by the time of its output, not of the clip.
    set_point(alpha.get(), start_, 0);
    set_point(alpha.get(), start_ + placement.fade_in, 1);
  }
  if (audio_.linked) {
    if (!link_mixer(audio_, audiomixer, start_)) return false;
    const GstClockTime skipped = continuation_.skipped();
    if (skipped > 0) {  // its sound, too
      const Ref<GstControlSource> volume = control(volume_.get(), nullptr, "volume");
      set_point(volume.get(), 0, 0);
      set_point(volume.get(), skipped - 1, 0);
      set_point(volume.get(), skipped, 1);
    }
    if (placement.fade_in > 0) fade_sound(volume_.get(), skipped, placement.fade_in, true);
  }
  for (Stream* stream : {&video_, &audio_}) {
    if (stream->linked) gst_pad_remove_probe(stream->held.get(), stream->hold_probe);
  }
  return true;
}

void ChannelClip::fade_out(GstClockTime running_time, GstClockTime length, bool picture) {
  if (!GST_CLOCK_TIME_IS_VALID(start_) || running_time < start_) return;
  if (picture && video_.mixer_pad) {
    const Ref<GstControlSource> alpha = control(nullptr, video_.mixer_pad.get(), "alpha");
    set_point(alpha.get(), running_time, 1);
    set_point(alpha.get(), running_time + std::max<GstClockTime>(length, 1), 0);
  }
  if (audio_.mixer_pad && length > 0) {
    fade_sound(volume_.get(), running_time - start_ + continuation_.skipped(), length, false);
  }
}

bool ChannelClip::has_ended() const {
  return (!video_.linked || video_.ended) && (!audio_.linked || audio_.ended);
}

GstClockTime ChannelClip::end() const {
  if (!GST_CLOCK_TIME_IS_VALID(start_)) return GST_CLOCK_TIME_NONE;
  if (video_.ended) {
    const GstClockTime skipped = continuation_.skipped();
    return start_ + std::max(video_.last_end.load(), skipped) - skipped;
  }
  const GstClockTime known = duration();
  return GST_CLOCK_TIME_IS_VALID(known) ? start_ + known : GST_CLOCK_TIME_NONE;
}

void ChannelClip::release(Stream& stream) {
  if (!stream.mixer_pad) return;
  gst_element_release_request_pad(stream.mixer.get(), stream.mixer_pad.get());  // unlinks it
  stream.mixer_pad.reset();
}

}  // namespace airforce::gst
