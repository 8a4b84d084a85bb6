// SPDX-License-Identifier: LGPL-2.1-or-later
#include "channel/channel_mixer.h"

#include <algorithm>

namespace airforce::gst {
namespace {

// Both mixers continue by the clock, whatever their inputs do.
constexpr const char* kMixerSettings[] = {"force-live", "ignore-inactive-pads"};
// A machine that is busy for a moment shows every picture, and in time: so long a mixer waits for a
// clip's, and so long before it is rendered a picture leaves.
constexpr GstClockTime kInputReserve = 60 * GST_MSECOND;
constexpr GstClockTime kReserve = 60 * GST_MSECOND;
constexpr GstClockTime kQueued = 300 * GST_MSECOND;  // between a mixer and what is linked
// Of audiotestsrc and audiomixer by default.
constexpr guint64 kSilenceSamples = 1024;
constexpr GstClockTime kMixedSound = 10 * GST_MSECOND;

// Duration of `count` units of which there are `rate` a second.
GstClockTime duration_of(guint64 count, const GstCaps* caps, const char* rate) {
  const GstStructure* structure = gst_caps_get_structure(caps, 0);
  gint numerator = 0;
  gint denominator = 1;
  if (!gst_structure_get_fraction(structure, rate, &numerator, &denominator) &&
      !gst_structure_get_int(structure, rate, &numerator)) {
    return 0;
  }
  if (numerator <= 0) return 0;
  return gst_util_uint64_scale(count, static_cast<guint64>(denominator) * GST_SECOND,
                               static_cast<guint64>(numerator));
}

}  // namespace

Ref<GstElement> ChannelMixer::make(const char* factory, const char* name) {
  GstElement* element = gst_element_factory_make(factory, name);
  if (element == nullptr) throw std::string(factory);
  gst_bin_add(bin_, element);
  return share(element);
}

ChannelMixer::ChannelMixer(GstBin* bin) : bin_(bin) {
  for (const bool video : {true, false}) {
    const char* factory = video ? "compositor" : "audiomixer";
    GstElement* mixer =
        gst_element_factory_make_full(factory, "name", factory, kMixerSettings[0], TRUE,
                                      kMixerSettings[1], TRUE, "latency", kInputReserve, nullptr);
    if (mixer == nullptr) throw std::string(factory);
    gst_bin_add(bin_, mixer);
    (video ? compositor_ : audiomixer_) = share(mixer);
  }
  gst_util_set_object_arg(G_OBJECT(compositor_.get()), "background", "black");

  const Ref<GstElement> card = make("videotestsrc", "card");
  gst_util_set_object_arg(G_OBJECT(card.get()), "pattern", "black");
  g_object_set(card.get(), "is-live", TRUE, nullptr);
  card_caps_ = make("capsfilter", "card-caps");
  GstElement* drawn = card_caps_.get();
  if (GstElement* text = gst_element_factory_make("textoverlay", "card-text"); text != nullptr) {
    gst_bin_add(bin_, text);
    text_ = share(text);
    gst_util_set_object_arg(G_OBJECT(text), "valignment", "center");
    gst_util_set_object_arg(G_OBJECT(text), "wrap-mode", "word");
    g_object_set(text, "font-desc", "Sans 20", "silent", TRUE, nullptr);
    gst_element_link(card_caps_.get(), text);
    drawn = text;
  }
  gst_element_link(card.get(), card_caps_.get());
  gst_element_link(drawn, compositor_.get());
  video_caps_ = make("capsfilter", "video-caps");
  gst_element_link(compositor_.get(), video_caps_.get());

  const Ref<GstElement> silence = make("audiotestsrc", "silence");
  gst_util_set_object_arg(G_OBJECT(silence.get()), "wave", "silence");
  g_object_set(silence.get(), "is-live", TRUE, nullptr);
  silence_caps_ = make("capsfilter", "silence-caps");
  gst_element_link_many(silence.get(), silence_caps_.get(), audiomixer_.get(), nullptr);
  audio_caps_ = make("capsfilter", "audio-caps");
  gst_element_link(audiomixer_.get(), audio_caps_.get());

  // A mixer that waited for a sink would have no time left to wait for a clip.
  for (const bool video : {true, false}) {
    const Ref<GstElement> queue = make("queue", video ? "video-queue" : "audio-queue");
    g_object_set(queue.get(), "max-size-buffers", 0, "max-size-bytes", 0, "max-size-time", kQueued,
                 nullptr);
    GstElement* caps = (video ? video_caps_ : audio_caps_).get();
    gst_element_link(caps, queue.get());
    const Ref<GstPad> mixed(gst_element_get_static_pad(caps, "src"));
    gst_pad_add_probe(mixed.get(), GST_PAD_PROBE_TYPE_BUFFER, mix, this, nullptr);
    (video ? video_source_ : audio_source_).reset(gst_element_get_static_pad(queue.get(), "src"));
  }
  for (GstPad* pad : {video_source_.get(), audio_source_.get()}) {
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, pass, this, nullptr);
    // A sink that is late drops frames itself. A mixer that did so would break the constant rate
    // for an encoder or a recording behind another branch.
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, take_upstream, this, nullptr);
  }
}

void ChannelMixer::set_outputs(GstPad* video, GstPad* audio) {
  video_output_ = video;
  audio_output_ = audio;
  for (GstPad* pad : {video, audio}) {
    gst_pad_set_element_private(pad, this);
    gst_pad_set_query_function(pad, answer_query);
  }
}

void ChannelMixer::set_caps(GstCaps* video, GstCaps* audio) {
  for (GstElement* filter : {card_caps_.get(), video_caps_.get()}) {
    g_object_set(filter, "caps", video, nullptr);
  }
  for (GstElement* filter : {silence_caps_.get(), audio_caps_.get()}) {
    g_object_set(filter, "caps", audio, nullptr);
  }
  // One picture of the card, and one of the compositor.
  video_latency_ = duration_of(2, video, "framerate") + kInputReserve;
  audio_latency_ = duration_of(kSilenceSamples, audio, "rate") + kMixedSound + kInputReserve;
  g_atomic_int_set(&ending_, 0);
  *ends_.lock() = {};
  picture_end_ = 0;
}

void ChannelMixer::set_card(const std::string& text) {
  if (!text_) return;
  g_autofree char* markup = g_markup_escape_text(text.c_str(), -1);  // it reads pango markup
  g_object_set(text_.get(), "text", markup, "silent", text.empty(), nullptr);
}

GstPad* ChannelMixer::add_placeholder(bool video, GstPadTemplate* pad_template, const char* name) {
  const char* description =
      video ? "videoconvert ! videoscale add-borders=true ! videorate ! capsfilter name=caps ! "
              "queue leaky=downstream max-size-buffers=3"
            : "audioconvert ! audioresample ! capsfilter name=caps ! "
              "queue leaky=downstream max-size-buffers=0 max-size-bytes=0 max-size-time=200000000";
  GstElement* chain = gst_parse_bin_from_description(description, TRUE, nullptr);
  if (chain == nullptr) return nullptr;
  const Ref<GstElement> caps(gst_bin_get_by_name(GST_BIN(chain), "caps"));
  g_object_bind_property((video ? video_caps_ : audio_caps_).get(), "caps", caps.get(), "caps",
                         G_BINDING_SYNC_CREATE);
  gst_bin_add(bin_, chain);
  GstElement* mixer = video ? compositor_.get() : audiomixer_.get();
  const Ref<GstPad> mixer_pad(gst_element_request_pad_simple(mixer, "sink_%u"));
  const Ref<GstPad> source(gst_element_get_static_pad(chain, "src"));
  gst_pad_link(source.get(), mixer_pad.get());
  if (video) g_object_set(mixer_pad.get(), "zorder", kPlaceholderLayer, nullptr);
  gst_element_sync_state_with_parent(chain);
  const Ref<GstPad> sink(gst_element_get_static_pad(chain, "sink"));
  return gst_ghost_pad_new_from_template(name, sink.get(), pad_template);
}

void ChannelMixer::remove_placeholder(GstPad* ghost) {
  const Ref<GstPad> target(gst_ghost_pad_get_target(GST_GHOST_PAD(ghost)));
  if (!target) return;
  const Ref<GstElement> chain(gst_pad_get_parent_element(target.get()));
  const Ref<GstPad> source(gst_element_get_static_pad(chain.get(), "src"));
  const Ref<GstPad> mixer_pad(gst_pad_get_peer(source.get()));
  gst_element_set_locked_state(chain.get(), TRUE);
  gst_element_set_state(chain.get(), GST_STATE_NULL);
  if (mixer_pad) {
    const Ref<GstElement> mixer(gst_pad_get_parent_element(mixer_pad.get()));
    gst_pad_unlink(source.get(), mixer_pad.get());
    gst_element_release_request_pad(mixer.get(), mixer_pad.get());
  }
  gst_bin_remove(bin_, chain.get());
}

void ChannelMixer::end() {
  g_atomic_int_set(&ending_, 1);
}

GstPadProbeReturn ChannelMixer::take_upstream(GstPad*, GstPadProbeInfo* info, gpointer data) {
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  if (GST_EVENT_TYPE(event) == GST_EVENT_LATENCY) {
    GstClockTime latency = 0;
    gst_event_parse_latency(event, &latency);
    if (GST_CLOCK_TIME_IS_VALID(latency)) static_cast<ChannelMixer*>(data)->latency_ = latency;
  }
  return GST_EVENT_TYPE(event) == GST_EVENT_QOS ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

// Before its first picture a mixer does not know its latency. An application that ignores the later
// change would render all pictures late, when they happen to arrive.
gboolean ChannelMixer::answer_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  const gboolean answered = gst_pad_query_default(pad, parent, query);
  if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) return answered;
  const auto& self = *static_cast<ChannelMixer*>(gst_pad_get_element_private(pad));
  GstClockTime minimum = 0;
  GstClockTime maximum = GST_CLOCK_TIME_NONE;
  if (answered) gst_query_parse_latency(query, nullptr, &minimum, &maximum);
  const bool video = pad == self.video_output_;
  minimum = std::max(minimum, (video ? self.video_latency_ : self.audio_latency_).load());
  if (GST_CLOCK_TIME_IS_VALID(maximum)) maximum = std::max(maximum, minimum) + kReserve;
  gst_query_set_latency(query, TRUE, minimum + kReserve, maximum);
  return TRUE;
}

GstPadProbeReturn ChannelMixer::mix(GstPad* pad, GstPadProbeInfo* info, gpointer data) {
  auto& self = *static_cast<ChannelMixer*>(data);
  GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
  if (g_atomic_int_get(&self.ending_) == 0) {
    const auto ends = self.ends_.lock();
    const bool video = GST_PAD_PARENT(pad) == self.video_caps_.get();
    // The compositor's second picture may begin where its first one does, and end where it should.
    GstClockTime& end = video ? ends->picture : ends->sound;
    const GstClockTime own_end = GST_BUFFER_PTS(buffer) + GST_BUFFER_DURATION(buffer);
    if (GST_BUFFER_PTS(buffer) < end && end < own_end) {
      buffer = gst_buffer_make_writable(buffer);
      GST_BUFFER_PTS(buffer) = end;
      GST_BUFFER_DURATION(buffer) = own_end - end;
      info->data = buffer;
    }
    end = own_end;
    return GST_PAD_PROBE_OK;
  }
  gst_buffer_unref(buffer);
  gst_pad_push_event(pad, gst_event_new_eos());
  GST_PAD_PROBE_INFO_FLOW_RETURN(info) = GST_FLOW_EOS;
  return GST_PAD_PROBE_HANDLED;
}

GstPadProbeReturn ChannelMixer::pass(GstPad* pad, GstPadProbeInfo* info, gpointer data) {
  auto& self = *static_cast<ChannelMixer*>(data);
  const bool video = pad == self.video_source_.get();
  const GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
  if (video) self.picture_end_ = GST_BUFFER_PTS(buffer) + GST_BUFFER_DURATION(buffer);
  return gst_pad_is_linked(video ? self.video_output_ : self.audio_output_) ? GST_PAD_PROBE_OK
                                                                            : GST_PAD_PROBE_DROP;
}

}  // namespace airforce::gst
