// SPDX-License-Identifier: LGPL-2.1-or-later
// clang-format off: example lines stay whole
/**
 * SECTION:element-airforcechannelsrc
 * @title: airforcechannelsrc
 * @short_description: A live channel of generated video clips
 *
 * A live source that never stalls: prompts go in, picture and sound come out without end, at fixed
 * caps and a constant rate. Prompts are text buffers on request pads `text_%u` or calls of the
 * signal #GstAirforceChannelSrc::enqueue. While the first clip is generated, and between clips, a
 * card with the prompt and its progress is shown, the last picture is held, or the application's
 * own stream on `placeholder_video` and `placeholder_audio` is shown. Clips are crossfaded; sound
 * is faded with equal power.
 *
 * Nothing is bought while neither pad is linked or the element is not PLAYING, nor beyond
 * #GstAirforceChannelSrc:ahead and the budgets. What was bought but not shown is played again at no
 * extra cost when the element is started again.
 *
 * Each change of an item is posted as an element message `airforce-channel-item`: `id`, `prompt`,
 * `state` ("queued", "being-made", "ready", "on-air", "gone", "failed", "refused") and, where
 * known, `task-id`, `price-cents` and `reason`. "on-air" and "gone" are posted when the first
 * picture of the item, and the first one after it, are rendered; `running-time` is that of this
 * picture.
 *
 * ## Example launch lines
 * |[
 * fdsrc fd=0 ! text/x-raw,format=utf8 ! airforcechannelsrc model=wan-2.6 budget-cents=1000 name=c
 * c.video ! videoconvert ! autovideosink  c.audio ! audioconvert ! autoaudiosink
 * ]| Shows each line that is typed.
 *
 * Since: 0.2
 */
// clang-format on
#include "gstairforcechannelsrc.h"

#include <memory>
#include <string>
#include <utility>

#include "channel/channel.h"
#include "channel/channel_caps.h"
#include "channel/channel_properties.h"
#include "channel/text_pad.h"
#include "errors.h"

GST_DEBUG_CATEGORY(airforce_channel_src_debug);
#define GST_CAT_DEFAULT airforce_channel_src_debug

using airforce::gst::Caps;
using airforce::gst::Channel;
using airforce::gst::ChannelProperties;
using airforce::gst::Failure;
using airforce::gst::ItemRequest;
using airforce::gst::PromptSink;
using airforce::gst::Ref;
using airforce::gst::Series;

namespace {

struct Private {
  std::unique_ptr<Channel> channel;
  std::unique_ptr<ChannelProperties> properties;
  std::unique_ptr<PromptSink> prompts;
  GstPad* video = nullptr;  // of the element
  GstPad* audio = nullptr;
  gint next_text = 0;  // atomic
};

}  // namespace

struct _GstAirforceChannelSrc {
  GstBin parent;
  Private* d;
};

G_DEFINE_TYPE_WITH_CODE(GstAirforceChannelSrc, gst_airforce_channel_src, GST_TYPE_BIN,
                        GST_DEBUG_CATEGORY_INIT(airforce_channel_src_debug, "airforcechannelsrc", 0,
                                                "Live channel of generated clips"))
GST_ELEMENT_REGISTER_DEFINE(airforcechannelsrc, "airforcechannelsrc", GST_RANK_NONE,
                            GST_TYPE_AIRFORCE_CHANNEL_SRC)

#define parent_class gst_airforce_channel_src_parent_class

/**
 * GstAirforceChannelSrc!video:
 *
 * The picture, without end.
 *
 * Since: 0.2
 */
/**
 * GstAirforceChannelSrc!audio:
 *
 * The sound, without end; silence where a clip has none.
 *
 * Since: 0.2
 */
/**
 * GstAirforceChannelSrc!text_%u:
 *
 * Prompts, one a buffer. The pad blocks while #GstAirforceChannelSrc:max-queued prompts wait.
 *
 * Since: 0.2
 */
/**
 * GstAirforceChannelSrc!placeholder_video:
 *
 * The application's picture, shown where no clip is on air.
 *
 * Since: 0.2
 */
/**
 * GstAirforceChannelSrc!placeholder_audio:
 *
 * The application's sound, mixed with that of the clips.
 *
 * Since: 0.2
 */
// The caps of the pads as one text each, for the templates.
static GstPadTemplate* pad_template(const char* name, GstPadDirection direction,
                                    GstPadPresence presence, const char* caps) {
  const Caps parsed(gst_caps_from_string(caps));
  return gst_pad_template_new(name, direction, presence, parsed.get());
}

enum { kSignalEnqueue, kSignalEnqueueRequest, kSignalRemove, kSignalSkip, kSignalClear, kSignals };
static guint signals[kSignals];

static Channel& channel_of(gpointer self) {
  return *GST_AIRFORCE_CHANNEL_SRC(self)->d->channel;
}

static guint64 gst_airforce_channel_src_enqueue(GstAirforceChannelSrc* self, const char* prompt) {
  return channel_of(self).enqueue(self->d->properties->request(prompt, nullptr));
}

static guint64 gst_airforce_channel_src_enqueue_request(GstAirforceChannelSrc* self,
                                                        const GstStructure* request) {
  if (request == nullptr) return 0;
  const char* prompt = gst_structure_get_string(request, "prompt");
  return channel_of(self).enqueue(self->d->properties->request(prompt, request));
}

// --- Pads

static GstPad* gst_airforce_channel_src_request_new_pad(GstElement* element,
                                                        GstPadTemplate* pad_template,
                                                        const char* name, const GstCaps*) {
  auto* self = GST_AIRFORCE_CHANNEL_SRC(element);
  const std::string kind = GST_PAD_TEMPLATE_NAME_TEMPLATE(pad_template);
  GstPad* pad = nullptr;
  if (kind == "text_%u") {
    const std::string own_name = "text_" + std::to_string(g_atomic_int_add(&self->d->next_text, 1));
    pad = airforce::gst::new_text_pad(pad_template, name != nullptr ? name : own_name.c_str(),
                                      self->d->prompts.get());
    channel_of(self).stream_opened();
  } else {
    const Ref<GstPad> there(gst_element_get_static_pad(element, kind.c_str()));
    if (there) {
      GST_WARNING_OBJECT(self, "there is a pad %s already", kind.c_str());
      return nullptr;
    }
    pad = channel_of(self).mixer().add_placeholder(kind == "placeholder_video", pad_template,
                                                   kind.c_str());
  }
  if (pad == nullptr) return nullptr;
  if (GST_STATE(element) >= GST_STATE_PAUSED) gst_pad_set_active(pad, TRUE);
  if (!gst_element_add_pad(element, pad)) return nullptr;
  return pad;
}

static void gst_airforce_channel_src_release_pad(GstElement* element, GstPad* pad) {
  const Ref<GstPad> kept = airforce::gst::share(pad);
  gst_pad_set_active(pad, FALSE);
  if (GST_IS_GHOST_PAD(pad)) {
    channel_of(element).mixer().remove_placeholder(pad);
  } else {
    channel_of(element).stream_ended();
  }
  gst_element_remove_pad(element, pad);
}

// --- States

static bool start(GstAirforceChannelSrc* self) {
  Private& d = *self->d;
  if (!d.channel->missing().empty()) {
    GST_ELEMENT_ERROR(
        self, CORE, MISSING_PLUGIN,
        ("The channel needs the element %s, which is not installed", d.channel->missing().c_str()),
        (nullptr));
    return false;
  }
  const Caps wanted_video = d.properties->wanted_caps(true);
  const Caps wanted_audio = d.properties->wanted_caps(false);
  const Caps video_peer(gst_pad_peer_query_caps(d.video, nullptr));
  const Caps audio_peer(gst_pad_peer_query_caps(d.audio, nullptr));
  const Caps video = airforce::gst::choose_video_caps(wanted_video.get(), video_peer.get());
  const Caps audio = airforce::gst::choose_audio_caps(wanted_audio.get(), audio_peer.get());
  if (!video || !audio) {
    GST_ELEMENT_ERROR(self, CORE, NEGOTIATION,
                      ("The channel cannot give the %s that is wanted downstream; nothing was "
                       "charged. Put a converter behind it, or change %s",
                       video ? "sound" : "picture", video ? "audio-caps" : "video-caps"),
                      (nullptr));
    return false;
  }
  GST_INFO_OBJECT(self, "picture %" GST_PTR_FORMAT ", sound %" GST_PTR_FORMAT, video.get(),
                  audio.get());
  try {
    d.properties->queue_storyboard();
  } catch (const Failure& failure) {
    airforce::gst::post_error(GST_ELEMENT(self), failure);
    return false;
  }
  d.channel->start(video.get(), audio.get());
  return true;
}

static GstStateChangeReturn gst_airforce_channel_src_change_state(GstElement* element,
                                                                  GstStateChange transition) {
  auto* self = GST_AIRFORCE_CHANNEL_SRC(element);
  Channel& channel = *self->d->channel;
  switch (transition) {
    case GST_STATE_CHANGE_READY_TO_PAUSED:
      if (!start(self)) return GST_STATE_CHANGE_FAILURE;
      break;
    case GST_STATE_CHANGE_PLAYING_TO_PAUSED: channel.set_playing(false); break;
    // Before chaining up: chain functions wait for room, and streaming threads for clips.
    case GST_STATE_CHANGE_PAUSED_TO_READY: channel.stop(); break;
    default: break;
  }
  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(parent_class)->change_state(element, transition);
  if (result == GST_STATE_CHANGE_FAILURE) {
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) channel.stop();
    return result;
  }
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING) channel.set_playing(true);
  return result;
}

static void gst_airforce_channel_src_handle_message(GstBin* bin, GstMessage* message) {
  // Linking posts messages, before there is a channel too.
  const auto& channel = GST_AIRFORCE_CHANNEL_SRC(bin)->d->channel;
  if (!channel || channel->filter_message(message)) {
    GST_BIN_CLASS(parent_class)->handle_message(bin, message);
  } else {
    gst_message_unref(message);
  }
}

static gboolean gst_airforce_channel_src_send_event(GstElement* element, GstEvent* event) {
  if (GST_EVENT_TYPE(event) != GST_EVENT_EOS) {
    return GST_ELEMENT_CLASS(parent_class)->send_event(element, event);
  }
  channel_of(element).end();
  gst_event_unref(event);
  return TRUE;
}

// --- Properties

static void gst_airforce_channel_src_set_property(GObject* object, guint id, const GValue* value,
                                                  GParamSpec* spec) {
  GST_AIRFORCE_CHANNEL_SRC(object)->d->properties->set(id, value, spec);
}

static void gst_airforce_channel_src_get_property(GObject* object, guint id, GValue* value,
                                                  GParamSpec* spec) {
  GST_AIRFORCE_CHANNEL_SRC(object)->d->properties->get(id, value, spec);
}

static void gst_airforce_channel_src_finalize(GObject* object) {
  delete GST_AIRFORCE_CHANNEL_SRC(object)->d;
  G_OBJECT_CLASS(parent_class)->finalize(object);
}

static void install_signals(GType type) {
  const auto flags = static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION);
  /**
   * GstAirforceChannelSrc::enqueue:
   * @prompt: the prompt
   *
   * Returns: the item's id, 0 for an empty prompt
   *
   * Since: 0.2
   */
  signals[kSignalEnqueue] = g_signal_new_class_handler(
      "enqueue", type, flags, G_CALLBACK(gst_airforce_channel_src_enqueue), nullptr, nullptr,
      nullptr, G_TYPE_UINT64, 1, G_TYPE_STRING);
  /**
   * GstAirforceChannelSrc::enqueue-request:
   * @request: a structure with the field `prompt` and any of the request's properties
   *
   * Returns: the item's id, 0 without a prompt
   *
   * Since: 0.2
   */
  signals[kSignalEnqueueRequest] = g_signal_new_class_handler(
      "enqueue-request", type, flags, G_CALLBACK(gst_airforce_channel_src_enqueue_request), nullptr,
      nullptr, nullptr, G_TYPE_UINT64, 1, GST_TYPE_STRUCTURE);
  /**
   * GstAirforceChannelSrc::remove:
   * @id: of an item that is neither on air nor about to be within half a second
   *
   * Returns: whether there was such an item
   *
   * Since: 0.2
   */
  signals[kSignalRemove] = g_signal_new_class_handler(
      "remove", type, flags, G_CALLBACK(+[](GstAirforceChannelSrc* self, guint64 id) -> gboolean {
        return channel_of(self).remove(id);
      }),
      nullptr, nullptr, nullptr, G_TYPE_BOOLEAN, 1, G_TYPE_UINT64);
  /**
   * GstAirforceChannelSrc::skip:
   *
   * Ends the item on air, with a transition: to the next one, or to the card. Does nothing while
   * the next one is about to replace it within half a second.
   *
   * Returns: whether one was on air
   *
   * Since: 0.2
   */
  signals[kSignalSkip] = g_signal_new_class_handler(
      "skip", type, flags,
      G_CALLBACK(+[](GstAirforceChannelSrc* self) -> gboolean { return channel_of(self).skip(); }),
      nullptr, nullptr, nullptr, G_TYPE_BOOLEAN, 0);
  /**
   * GstAirforceChannelSrc::clear:
   *
   * Removes every item that is neither on air nor about to be within half a second.
   *
   * Since: 0.2
   */
  signals[kSignalClear] = g_signal_new_class_handler(
      "clear", type, flags,
      G_CALLBACK(+[](GstAirforceChannelSrc* self) { channel_of(self).clear(); }), nullptr, nullptr,
      nullptr, G_TYPE_NONE, 0);
}

static void gst_airforce_channel_src_class_init(GstAirforceChannelSrcClass* klass) {
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_airforce_channel_src_set_property;
  object_class->get_property = gst_airforce_channel_src_get_property;
  object_class->finalize = gst_airforce_channel_src_finalize;
  ChannelProperties::install(object_class);
  install_signals(G_TYPE_FROM_CLASS(klass));
  gst_type_mark_as_plugin_api(airforce::gst::channel_when_empty_type(),
                              static_cast<GstPluginAPIFlags>(0));

  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_airforce_channel_src_change_state;
  element_class->send_event = gst_airforce_channel_src_send_event;
  element_class->request_new_pad = gst_airforce_channel_src_request_new_pad;
  element_class->release_pad = gst_airforce_channel_src_release_pad;
  const auto add = [element_class](const char* name, GstPadDirection direction,
                                   GstPadPresence presence, const char* caps) {
    gst_element_class_add_pad_template(element_class,
                                       pad_template(name, direction, presence, caps));
  };
  add("video", GST_PAD_SRC, GST_PAD_ALWAYS, kChannelVideoCaps);
  add("audio", GST_PAD_SRC, GST_PAD_ALWAYS, kChannelAudioCaps);
  add("text_%u", GST_PAD_SINK, GST_PAD_REQUEST, "text/x-raw,format={utf8,pango-markup}");
  add("placeholder_video", GST_PAD_SINK, GST_PAD_REQUEST, "video/x-raw");
  add("placeholder_audio", GST_PAD_SINK, GST_PAD_REQUEST, "audio/x-raw");
  gst_element_class_set_static_metadata(
      element_class, "Generated video channel", "Source/Network/Video/Audio",
      "Plays prompts as generated clips without end, live, with a placeholder between them",
      "The airforce-video authors");

  GST_BIN_CLASS(klass)->handle_message = gst_airforce_channel_src_handle_message;
}

static void gst_airforce_channel_src_init(GstAirforceChannelSrc* self) {
  self->d = new Private;
  self->d->channel = std::make_unique<Channel>(
      GST_BIN(self),
      airforce::gst::ChannelSources{
          [self](const ItemRequest& request, Series series) {
            return self->d->properties->new_source(request, std::move(series));
          },
          [self](const std::string& task) { return self->d->properties->new_source_of(task); }});
  self->d->properties = std::make_unique<ChannelProperties>(*self->d->channel);
  self->d->prompts =
      std::make_unique<PromptSink>(PromptSink{*self->d->channel, *self->d->properties});
  Channel& channel = *self->d->channel;
  GstElementClass* klass = GST_ELEMENT_GET_CLASS(self);
  const auto add = [&](const char* name, GstPad* target) {
    GstPadTemplate* wanted = gst_element_class_get_pad_template(klass, name);
    GstPad* pad = target != nullptr ? gst_ghost_pad_new_from_template(name, target, wanted)
                                    : gst_ghost_pad_new_no_target_from_template(name, wanted);
    gst_element_add_pad(GST_ELEMENT(self), pad);
    return pad;
  };
  const bool whole = channel.missing().empty();
  self->d->video = add("video", whole ? channel.mixer().video_source() : nullptr);
  self->d->audio = add("audio", whole ? channel.mixer().audio_source() : nullptr);
  if (whole) channel.mixer().set_outputs(self->d->video, self->d->audio);
  GST_OBJECT_FLAG_SET(self, GST_ELEMENT_FLAG_SOURCE);
  gst_bin_set_suppressed_flags(
      GST_BIN(self), static_cast<GstElementFlags>(GST_ELEMENT_FLAG_SOURCE | GST_ELEMENT_FLAG_SINK));
}
