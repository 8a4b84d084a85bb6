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
 * known, `task-id`, `price-cents` and `reason`.
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

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "channel/channel.h"
#include "channel/channel_caps.h"
#include "channel/request_defaults.h"

GST_DEBUG_CATEGORY(airforce_channel_src_debug);
#define GST_CAT_DEFAULT airforce_channel_src_debug

using airforce::gst::Caps;
using airforce::gst::Channel;
using airforce::gst::ChannelSettings;
using airforce::gst::Ref;
using airforce::gst::RequestDefaults;
using airforce::gst::Seconds;
using airforce::gst::WhenEmpty;

namespace {

// The expected length of a clip while neither its request nor its file tells.
constexpr Seconds kExpectedDuration{5};
constexpr std::size_t kMaxPrompt = 64 * 1024;  // bytes

struct Private {
  RequestDefaults defaults;
  std::unique_ptr<Channel> channel;
  GstPad* video = nullptr;  // of the element
  GstPad* audio = nullptr;
  Caps video_caps;  // as asked for; with the object lock
  Caps audio_caps;
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

enum : guint {
  kPropAhead = 1,
  kPropTransition,
  kPropWhenEmpty,
  kPropBudgetCents,
  kPropBudgetCentsPerHour,
  kPropMaxQueued,
  kPropVideoCaps,
  kPropAudioCaps,
  kPropQueue,
  kPropDefaults,  // and all after it
};

enum { kSignalEnqueue, kSignalEnqueueRequest, kSignalRemove, kSignalSkip, kSignalClear, kSignals };
static guint signals[kSignals];

/**
 * GstAirforceChannelSrcWhenEmpty:
 *
 * What a channel shows when no clip is ready.
 *
 * Since: 0.2
 */
/**
 * GstAirforceChannelSrcWhenEmpty::hold:
 *
 * The last picture stays.
 *
 * Since: 0.2
 */
/**
 * GstAirforceChannelSrcWhenEmpty::placeholder:
 *
 * The application's placeholder, or the card.
 *
 * Since: 0.2
 */
/**
 * GstAirforceChannelSrcWhenEmpty::repeat:
 *
 * The last clip is played again, at no extra cost.
 *
 * Since: 0.2
 */
/**
 * GstAirforceChannelSrcWhenEmpty::eos:
 *
 * The stream ends after the last clip.
 *
 * Since: 0.2
 */
static GType gst_airforce_channel_src_when_empty_get_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(WhenEmpty::Hold), "Hold the last picture", "hold"},
      {static_cast<int>(WhenEmpty::Placeholder), "Show the placeholder or the card", "placeholder"},
      {static_cast<int>(WhenEmpty::Repeat), "Play the last clip again, at no extra cost", "repeat"},
      {static_cast<int>(WhenEmpty::Eos), "End the stream", "eos"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_enum_register_static("GstAirforceChannelSrcWhenEmpty", values);
  return type;
}

static Channel& channel_of(gpointer self) {
  return *GST_AIRFORCE_CHANNEL_SRC(self)->d->channel;
}

// --- Prompts

// Of a request's own field, the default's, or the usual length.
static Seconds expected_duration(GstAirforceChannelSrc* self, const GstStructure* request) {
  int duration = 0;
  if (request == nullptr || !gst_structure_get_int(request, "duration-seconds", &duration)) {
    g_object_get(self, "duration-seconds", &duration, nullptr);
  }
  return duration > 0 ? Seconds(duration) : kExpectedDuration;
}

static guint64 gst_airforce_channel_src_enqueue(GstAirforceChannelSrc* self, const char* prompt) {
  return channel_of(self).enqueue(prompt, nullptr, expected_duration(self, nullptr));
}

static guint64 gst_airforce_channel_src_enqueue_request(GstAirforceChannelSrc* self,
                                                        const GstStructure* request) {
  if (request == nullptr) return 0;
  return channel_of(self).enqueue(gst_structure_get_string(request, "prompt"), request,
                                  expected_duration(self, request));
}

// The text of pango markup, or "" where it is none.
static std::string text_of_markup(const std::string& markup) {
  std::string text;
  GMarkupParser parser = {};
  parser.text = [](GMarkupParseContext*, const char* piece, gsize size, gpointer data, GError**) {
    static_cast<std::string*>(data)->append(piece, size);
  };
  g_autoptr(GMarkupParseContext) context =
      g_markup_parse_context_new(&parser, static_cast<GMarkupParseFlags>(0), &text, nullptr);
  const std::string document = "<markup>" + markup + "</markup>";
  const bool is_markup =
      g_markup_parse_context_parse(context, document.c_str(), static_cast<gssize>(document.size()),
                                   nullptr) &&
      g_markup_parse_context_end_parse(context, nullptr);
  return is_markup ? text : std::string();
}

static GstFlowReturn gst_airforce_channel_src_chain(GstPad* pad, GstObject* parent,
                                                    GstBuffer* buffer) {
  const airforce::gst::Buffer owned(buffer);
  auto* self = GST_AIRFORCE_CHANNEL_SRC(parent);
  GstMapInfo map;
  if (gst_buffer_get_size(buffer) > kMaxPrompt || !gst_buffer_map(buffer, &map, GST_MAP_READ)) {
    GST_ELEMENT_WARNING(
        self, STREAM, WRONG_TYPE,
        ("A prompt of more than %d KiB was left out", static_cast<int>(kMaxPrompt / 1024)),
        (nullptr));
    return GST_FLOW_OK;
  }
  std::string prompt(reinterpret_cast<const char*>(map.data), map.size);
  gst_buffer_unmap(buffer, &map);
  const Caps caps(gst_pad_get_current_caps(pad));
  const char* format =
      caps ? gst_structure_get_string(gst_caps_get_structure(caps.get(), 0), "format") : nullptr;
  if (g_strcmp0(format, "pango-markup") == 0) prompt = text_of_markup(prompt);
  prompt.erase(std::find(prompt.begin(), prompt.end(), '\0'), prompt.end());
  const std::size_t last = prompt.find_last_not_of(" \t\r\n");
  prompt.erase(last == std::string::npos ? 0 : last + 1);
  if (!g_utf8_validate(prompt.c_str(), -1, nullptr)) {
    GST_ELEMENT_WARNING(self, STREAM, WRONG_TYPE, ("A prompt that is not UTF-8 was left out"),
                        (nullptr));
    return GST_FLOW_OK;
  }
  if (prompt.empty()) return GST_FLOW_OK;
  if (!channel_of(self).wait_for_room()) return GST_FLOW_FLUSHING;
  gst_airforce_channel_src_enqueue(self, prompt.c_str());
  return GST_FLOW_OK;
}

static gboolean gst_airforce_channel_src_text_event(GstPad* pad, GstObject* parent,
                                                    GstEvent* event) {
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_EOS: channel_of(parent).stream_ended(); break;
    case GST_EVENT_FLUSH_START: channel_of(parent).set_flushing(true); break;
    case GST_EVENT_FLUSH_STOP: channel_of(parent).set_flushing(false); break;
    case GST_EVENT_CAPS: return gst_pad_event_default(pad, parent, event);
    default: break;
  }
  gst_event_unref(event);  // none of the streams that come out
  return TRUE;
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
    pad = gst_pad_new_from_template(pad_template, name != nullptr ? name : own_name.c_str());
    gst_pad_set_chain_function(pad, gst_airforce_channel_src_chain);
    gst_pad_set_event_function(pad, gst_airforce_channel_src_text_event);
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
  Caps wanted_video;
  Caps wanted_audio;
  GST_OBJECT_LOCK(self);
  if (d.video_caps) wanted_video.reset(gst_caps_ref(d.video_caps.get()));
  if (d.audio_caps) wanted_audio.reset(gst_caps_ref(d.audio_caps.get()));
  GST_OBJECT_UNLOCK(self);
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
  if (!channel || channel->admit(message)) {
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
  auto* self = GST_AIRFORCE_CHANNEL_SRC(object);
  Private& d = *self->d;
  switch (id) {
    case kPropVideoCaps:
    case kPropAudioCaps: {
      Caps caps(static_cast<GstCaps*>(g_value_dup_boxed(value)));
      GST_OBJECT_LOCK(self);
      (id == kPropVideoCaps ? d.video_caps : d.audio_caps) = std::move(caps);
      GST_OBJECT_UNLOCK(self);
      return;
    }
    default: break;
  }
  if (id >= kPropDefaults) {
    d.defaults.set(spec, value);
    return;
  }
  d.channel->change([&](ChannelSettings& settings) {
    switch (id) {
      case kPropAhead: settings.ahead = Seconds(g_value_get_double(value)); break;
      case kPropTransition: settings.transition = Seconds(g_value_get_double(value)); break;
      case kPropWhenEmpty:
        settings.when_empty = static_cast<WhenEmpty>(g_value_get_enum(value));
        break;
      case kPropBudgetCents: settings.budget_cents = g_value_get_double(value); break;
      case kPropBudgetCentsPerHour:
        settings.budget_cents_per_hour = g_value_get_double(value);
        break;
      case kPropMaxQueued: settings.max_queued = g_value_get_uint(value); break;
      default: break;
    }
  });
}

static void gst_airforce_channel_src_get_property(GObject* object, guint id, GValue* value,
                                                  GParamSpec* spec) {
  auto* self = GST_AIRFORCE_CHANNEL_SRC(object);
  Private& d = *self->d;
  const ChannelSettings settings = d.channel->settings();
  switch (id) {
    case kPropAhead: g_value_set_double(value, settings.ahead.count()); break;
    case kPropTransition: g_value_set_double(value, settings.transition.count()); break;
    case kPropWhenEmpty: g_value_set_enum(value, static_cast<int>(settings.when_empty)); break;
    case kPropBudgetCents: g_value_set_double(value, settings.budget_cents); break;
    case kPropBudgetCentsPerHour: g_value_set_double(value, settings.budget_cents_per_hour); break;
    case kPropMaxQueued: g_value_set_uint(value, settings.max_queued); break;
    case kPropVideoCaps:
    case kPropAudioCaps:
      GST_OBJECT_LOCK(self);
      g_value_set_boxed(value, (id == kPropVideoCaps ? d.video_caps : d.audio_caps).get());
      GST_OBJECT_UNLOCK(self);
      break;
    case kPropQueue: d.channel->list(value); break;
    default: d.defaults.get(spec, value); break;
  }
}

static void gst_airforce_channel_src_finalize(GObject* object) {
  delete GST_AIRFORCE_CHANNEL_SRC(object)->d;
  G_OBJECT_CLASS(parent_class)->finalize(object);
}

static void install_properties(GObjectClass* object_class) {
  const auto flags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                              GST_PARAM_MUTABLE_PLAYING);
  const auto ready_flags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                                    GST_PARAM_MUTABLE_READY);
  const ChannelSettings initial;
  const auto install = [object_class](guint id, GParamSpec* spec) {
    g_object_class_install_property(object_class, id, spec);
  };
  /**
   * GstAirforceChannelSrc:ahead:
   *
   * Seconds of film that are generated in advance, at least one clip.
   *
   * Since: 0.2
   */
  install(kPropAhead,
          g_param_spec_double("ahead", "Ahead",
                              "Seconds of film to generate in advance, at least one clip (s)", 0,
                              86400, initial.ahead.count(), flags));
  /**
   * GstAirforceChannelSrc:transition:
   *
   * Seconds of the crossfade from one clip to the next; 0 is a cut.
   *
   * Since: 0.2
   */
  install(kPropTransition,
          g_param_spec_double("transition", "Transition",
                              "Length of the crossfade between clips; 0 is a cut (s)", 0, 60,
                              initial.transition.count(), flags));
  /**
   * GstAirforceChannelSrc:when-empty:
   *
   * What is shown when no clip is ready.
   *
   * Since: 0.2
   */
  install(kPropWhenEmpty,
          g_param_spec_enum("when-empty", "When empty", "What to show when no clip is ready",
                            gst_airforce_channel_src_when_empty_get_type(),
                            static_cast<int>(initial.when_empty), flags));
  /**
   * GstAirforceChannelSrc:budget-cents:
   *
   * Ceiling of all purchases of the element. An item that would exceed it is refused, and nothing
   * is charged.
   *
   * Since: 0.2
   */
  install(kPropBudgetCents,
          g_param_spec_double("budget-cents", "Budget",
                              "Ceiling of all purchases; 0 allows free clips only, -1 is none "
                              "(cents)",
                              -1, 1e9, initial.budget_cents, flags));
  /**
   * GstAirforceChannelSrc:budget-cents-per-hour:
   *
   * Ceiling of the purchases of any 60 minutes.
   *
   * Since: 0.2
   */
  install(kPropBudgetCentsPerHour,
          g_param_spec_double("budget-cents-per-hour", "Budget per hour",
                              "Ceiling of the purchases of any hour; 0 allows free clips only, -1 "
                              "is none (cents)",
                              -1, 1e9, initial.budget_cents_per_hour, flags));
  /**
   * GstAirforceChannelSrc:max-queued:
   *
   * Prompts that wait; a text pad blocks while there are so many.
   *
   * Since: 0.2
   */
  install(kPropMaxQueued, g_param_spec_uint("max-queued", "Max queued",
                                            "How many prompts may wait before text pads block", 1,
                                            100000, initial.max_queued, flags));
  /**
   * GstAirforceChannelSrc:video-caps:
   *
   * Wanted format of the picture; what it leaves open is taken from downstream, then from 1280x720
   * at 30 frames/s.
   *
   * Since: 0.2
   */
  install(kPropVideoCaps,
          g_param_spec_boxed("video-caps", "Video caps", "Wanted format of the picture",
                             GST_TYPE_CAPS, ready_flags));
  /**
   * GstAirforceChannelSrc:audio-caps:
   *
   * Wanted format of the sound; what it leaves open is taken from downstream, then from 48 kHz
   * stereo.
   *
   * Since: 0.2
   */
  install(kPropAudioCaps,
          g_param_spec_boxed("audio-caps", "Audio caps", "Wanted format of the sound",
                             GST_TYPE_CAPS, ready_flags));
  /**
   * GstAirforceChannelSrc:queue:
   *
   * The items that have not ended, in the order in which they are shown: structures with `id`,
   * `prompt`, `state`, `duration` and `price-cents`.
   *
   * Since: 0.2
   */
  install(kPropQueue, gst_param_spec_array(
                          "queue", "Queue", "Items that have not ended",
                          g_param_spec_boxed(
                              "item", "Item", "One item", GST_TYPE_STRUCTURE,
                              static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)),
                          static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));
  RequestDefaults::install(object_class, kPropDefaults);
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
   * @id: of an item that is not on air
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
   * Ends the item on air, with a transition.
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
   * Removes every item that is not on air.
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
  install_properties(object_class);
  install_signals(G_TYPE_FROM_CLASS(klass));
  gst_type_mark_as_plugin_api(gst_airforce_channel_src_when_empty_get_type(),
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
  auto make_source = [self](const std::string& prompt, const GstStructure* request, int) {
    GstElement* source = gst_element_factory_make("airforcevideosrc", nullptr);
    self->d->defaults.apply(source, request);
    g_object_set(source, "prompt", prompt.c_str(), nullptr);
    return source;
  };
  self->d->channel = std::make_unique<Channel>(GST_BIN(self), make_source);
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
