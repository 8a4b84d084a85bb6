// SPDX-License-Identifier: LGPL-2.1-or-later
// clang-format off: example lines stay whole
/**
 * SECTION:element-airforcevideosrc
 * @title: airforcevideosrc
 * @short_description: Video clips generated from a prompt
 *
 * Asks the api.airforce service for a video clip, follows the task, and decodes the clip during its
 * download.
 *
 * The way to PAUSED is as long as the generation: the state change returns %GST_STATE_CHANGE_ASYNC
 * at once, and `progress` messages report how far it is. Once the download has begun, a pad
 * appears for its picture and, where it has sound, one for that. The pads are raw, seekable, and
 * not all of them need to be linked.
 *
 * A seek that is sent to the element before there are pads (not to the pipeline, whose sinks are
 * not connected with it yet) is kept, the last one counts: the clip begins there.
 *
 * The API key is taken from the environment (`AIRFORCE_API_KEY` or `AIRFORCE_API_KEY_FILE`) or from
 * a property. Nothing is bought before READY to PAUSED; the same request started again takes over
 * an unfinished task in place of paying twice.
 *
 * ## Pictures from the pipeline
 *
 * Each request pad `image_%u` takes one picture, which becomes one of the request's input images:
 * behind those of #GstAirforceVideoSrc:input-images or of the URI, by the numbers of the pads. A
 * JPEG or PNG is sent as it is, one whole file in a buffer; the first frame of raw video is encoded
 * to a PNG with square pixels. Equal pictures make equal requests, wherever they come from.
 *
 * From READY to PAUSED the element waits for all of its pads, before anything is asked of the
 * service, let alone bought, and without blocking the state change: that is %GST_STATE_CHANGE_ASYNC
 * anyway. `progress` messages with the code `image` say which pads are waited for. They are
 * complete at once, so that an application that holds back PLAYING during a progress lets a live
 * source play, which gives no picture before.
 *
 * - The first buffer of a pad is its picture. Later ones are dropped with %GST_FLOW_EOS, so that
 *   what is before the pad stops; with %GST_FLOW_OK behind a tee, whose other branches would stop
 *   too.
 * - The end of a stream before its first buffer, data without caps, a piece of a file, a frame that
 *   can't be encoded, a file of more than 32 MiB, more pictures than the mode takes: an error,
 *   RESOURCE/SETTINGS with the `step` "image" or "settings", and nothing is bought. Caps that are
 *   not those of the template are refused as everywhere.
 * - A flush takes nothing back, and nothing is lost by one before the picture.
 * - Pads are requested in NULL and READY; later a request gets nothing but a warning. They are
 *   released in any state: in NULL and READY the picture is then not asked for any more, while it
 *   is waited for that is an error, and afterwards the picture stays.
 * - Each start, from READY on, waits for new pictures. A stop while it waits is immediate.
 *
 * Errors have a details structure `airforce-error`: `step`, `charge` ("none", "refunded",
 * "running", "paid" or "unknown") and, where known, `http-status-code`,
 * `task-id`, `candidates`, `api-error-type` and `next-step`. Element messages named `airforce-task`
 * carry what is known of the task whenever that changes.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 airforcevideosrc model=wan-2.6 prompt="A red fox darting across snowy hills at
 * dawn" ! videoconvert ! autovideosink
 * ]| Generates a clip and shows it.
 * |[
 * gst-launch-1.0 airforcevideosrc model=wan-2.6 prompt="Rain on a tin roof" sound=true name=s s. !
 * queue ! videoconvert ! autovideosink s. ! queue ! audioconvert ! audioresample ! autoaudiosink
 * ]| The same with sound.
 * |[
 * gst-launch-1.0 airforcevideosrc output=encoded model=wan-2.6 prompt="A red fox" ! h264parse !
 * matroskamux ! filesink location=fox.mkv
 * ]| Puts the picture into another container as it is.
 * |[
 * gst-launch-1.0 airforcevideosrc output=container model=wan-2.6 prompt="A red fox" ! filesink
 * location=fox.mp4
 * ]| Keeps the clip's file.
 * |[
 * gst-launch-1.0 filesrc location=fox.jpg ! jpegdec ! videoconvert ! airforcevideosrc mode=image
 * model=kling-1 prompt="The fox runs away" ! videoconvert ! autovideosink
 * ]| Starts from a picture.
 * |[
 * gst-play-1.0 "airforce://generate?model=wan-2.6&prompt=A%20red%20fox"
 * ]| The same by a URI, which is paid for once however often it is opened.
 *
 * Since: 0.1
 */
// clang-format on
#include "gstairforcevideosrc.h"

#include "element_properties.h"
#include "properties.h"
#include "state.h"
#include "vocabulary/is_film_uri.h"

GST_DEBUG_CATEGORY(airforce_video_src_debug);

using airforce::gst::get_element_property;
using airforce::gst::install_element_properties;
using airforce::gst::Properties;
using airforce::gst::set_element_property;
using airforce::gst::State;

struct _GstAirforceVideoSrc {
  GstBin parent;
  State* state;
};

static void gst_airforce_video_src_uri_handler_init(gpointer interface, gpointer data);
static void gst_airforce_video_src_preset_init(gpointer interface, gpointer data);

G_DEFINE_TYPE_WITH_CODE(
    GstAirforceVideoSrc, gst_airforce_video_src, GST_TYPE_BIN,
    G_IMPLEMENT_INTERFACE(GST_TYPE_URI_HANDLER, gst_airforce_video_src_uri_handler_init)
        G_IMPLEMENT_INTERFACE(GST_TYPE_PRESET, gst_airforce_video_src_preset_init)
            GST_DEBUG_CATEGORY_INIT(airforce_video_src_debug, "airforcevideosrc", 0,
                                    "Generated video clips"))
GST_ELEMENT_REGISTER_DEFINE(airforcevideosrc, "airforcevideosrc", GST_RANK_PRIMARY,
                            GST_TYPE_AIRFORCE_VIDEO_SRC)

#define parent_class gst_airforce_video_src_parent_class

// What decoders give, and what an MP4 holds (output=encoded).
/**
 * GstAirforceVideoSrc!video_%u:
 *
 * A stream of pictures: raw video, or with `output=encoded` what the clip holds, parsed.
 *
 * Since: 0.1
 */
static GstStaticPadTemplate video_template = GST_STATIC_PAD_TEMPLATE(
    "video_%u", GST_PAD_SRC, GST_PAD_SOMETIMES,
    GST_STATIC_CAPS("video/x-raw(ANY); video/x-h264; video/x-h265; video/x-av1; video/x-vp9; "
                    "video/x-vp8; video/mpeg"));
/**
 * GstAirforceVideoSrc!audio_%u:
 *
 * A stream of sound: raw audio, or with `output=encoded` what the clip holds, parsed.
 *
 * Since: 0.1
 */
static GstStaticPadTemplate audio_template = GST_STATIC_PAD_TEMPLATE(
    "audio_%u", GST_PAD_SRC, GST_PAD_SOMETIMES,
    GST_STATIC_CAPS("audio/x-raw(ANY); audio/mpeg; audio/x-opus; "
                    "audio/x-ac3; audio/x-eac3; audio/x-flac; audio/x-alac"));

/**
 * GstAirforceVideoSrc!container_%u:
 *
 * With `output=container` the only pad: the clip's file, an MP4, byte for byte. It can be pushed
 * and pulled, before all of it has arrived.
 *
 * Since: 0.1
 */
static GstStaticPadTemplate container_template = GST_STATIC_PAD_TEMPLATE(
    "container_%u", GST_PAD_SRC, GST_PAD_SOMETIMES, GST_STATIC_CAPS("video/quicktime"));

// With what it takes to make a PNG of a frame.
/**
 * GstAirforceVideoSrc!image_%u:
 *
 * One picture for the request's input images: a whole JPEG or PNG as it is, or the first frame of
 * raw video, which becomes a PNG.
 *
 * Since: 0.1
 */
static GstStaticPadTemplate image_template =
    GST_STATIC_PAD_TEMPLATE("image_%u", GST_PAD_SINK, GST_PAD_REQUEST,
                            GST_STATIC_CAPS("image/jpeg; image/png; video/x-raw"));

static State& state_of(gpointer self) {
  return *GST_AIRFORCE_VIDEO_SRC(self)->state;
}

void airforce::gst::set_series(GstElement* source, Series series) {
  state_of(source).set_series(std::move(series));
}

static void gst_airforce_video_src_handle_message(GstBin* bin, GstMessage* message) {
  if (!state_of(bin).admit_message(message)) {
    gst_message_unref(message);
    return;
  }
  g_autoptr(GstMessage) kept = gst_message_ref(message);
  GST_BIN_CLASS(parent_class)->handle_message(bin, message);
  state_of(bin).watch_message(kept);
}

static GstStateChangeReturn gst_airforce_video_src_change_state(GstElement* element,
                                                                GstStateChange transition) {
  State& state = state_of(element);
  // Not only from PAUSED: an error on the way there puts the element back to READY without that
  // change.
  const bool ends = GST_STATE_TRANSITION_NEXT(transition) <= GST_STATE_READY;
  // Before chaining up: streaming threads may wait for the clip, and that waits for them.
  if (ends) state.cancel();
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    state.prepare();
    state.async_start();
  }

  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING) state.let_async_done_return();

  GstStateChangeReturn result = GST_ELEMENT_CLASS(parent_class)->change_state(element, transition);

  if (ends) {
    state.stop();
    state.async_done();
  }
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    if (result != GST_STATE_CHANGE_FAILURE && state.start()) return GST_STATE_CHANGE_ASYNC;
    state.stop();
    state.async_done();
    return GST_STATE_CHANGE_FAILURE;
  }
  return result;
}

static gboolean gst_airforce_video_src_send_event(GstElement* element, GstEvent* event) {
  if (GST_EVENT_TYPE(event) == GST_EVENT_SEEK) return state_of(element).seek(event);
  if (GST_EVENT_TYPE(event) == GST_EVENT_EOS) return state_of(element).end(event);
  return GST_ELEMENT_CLASS(parent_class)->send_event(element, event);
}

static GstPad* gst_airforce_video_src_request_new_pad(GstElement* element,
                                                      GstPadTemplate* pad_template,
                                                      const char* name, const GstCaps*) {
  return state_of(element).images().request(pad_template, name);
}

static void gst_airforce_video_src_release_pad(GstElement* element, GstPad* pad) {
  state_of(element).images().release(pad);
}

static void gst_airforce_video_src_set_property(GObject* object, guint id, const GValue* value,
                                                GParamSpec*) {
  set_element_property(state_of(object), id, value);
}

static void gst_airforce_video_src_get_property(GObject* object, guint id, GValue* value,
                                                GParamSpec*) {
  get_element_property(state_of(object), id, value);
}

static gboolean gst_airforce_video_src_set_uri(GstURIHandler* handler, const char* uri,
                                               GError** error) {
  if (GST_STATE(handler) > GST_STATE_READY) {
    g_set_error_literal(error, GST_URI_ERROR, GST_URI_ERROR_BAD_STATE,
                        "The URI of airforcevideosrc can be changed in NULL and READY only");
    return FALSE;
  }
  try {
    airforce::gst::CoreSettings settings;
    if (airforce::is_film_uri(uri)) {
      airforce::gst::CoreFilm::Storyboard storyboard;
      storyboard.uri = uri;
      airforce::gst::CoreFilm::make(settings, storyboard);
    } else {
      settings.set_uri(uri);
    }
  } catch (const airforce::gst::Failure& failure) {
    // A missing core is reported when the element starts, where an application shows errors.
    if (failure.step != airforce::gst::kStepLoad) {
      g_set_error_literal(error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI, failure.what());
      return FALSE;
    }
  }
  state_of(handler).set_uri(uri);
  return TRUE;
}

static char* gst_airforce_video_src_get_uri(GstURIHandler* handler) {
  const std::string uri = state_of(handler).uri();
  return uri.empty() ? nullptr : g_strdup(uri.c_str());
}

static void gst_airforce_video_src_uri_handler_init(gpointer interface, gpointer) {
  auto* handler = static_cast<GstURIHandlerInterface*>(interface);
  handler->get_type = [](GType) { return GST_URI_SRC; };
  handler->get_protocols = [](GType) -> const char* const* {
    static const char* const protocols[] = {"airforce", nullptr};
    return protocols;
  };
  handler->set_uri = gst_airforce_video_src_set_uri;
  handler->get_uri = gst_airforce_video_src_get_uri;
}

static void gst_airforce_video_src_preset_init(gpointer interface, gpointer) {
  static_cast<GstPresetInterface*>(interface)->get_property_names = [](GstPreset*) -> char** {
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    for (const char* name : Properties::preset_names()) g_strv_builder_add(names, name);
    g_strv_builder_add(names, "output");
    return g_strv_builder_end(names);
  };
}

static void gst_airforce_video_src_finalize(GObject* object) {
  delete GST_AIRFORCE_VIDEO_SRC(object)->state;
  G_OBJECT_CLASS(parent_class)->finalize(object);
}

static void gst_airforce_video_src_class_init(GstAirforceVideoSrcClass* klass) {
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_airforce_video_src_set_property;
  object_class->get_property = gst_airforce_video_src_get_property;
  object_class->finalize = gst_airforce_video_src_finalize;
  install_element_properties(object_class);

  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_airforce_video_src_change_state;
  element_class->send_event = gst_airforce_video_src_send_event;
  element_class->request_new_pad = gst_airforce_video_src_request_new_pad;
  element_class->release_pad = gst_airforce_video_src_release_pad;
  gst_element_class_add_static_pad_template(element_class, &image_template);
  gst_element_class_add_static_pad_template(element_class, &video_template);
  gst_element_class_add_static_pad_template(element_class, &audio_template);
  gst_element_class_add_static_pad_template(element_class, &container_template);
  gst_element_class_set_static_metadata(
      element_class, "Generated video source", "Source/Network/Video",
      "Generates a video clip from a prompt with the api.airforce service and decodes it",
      "The airforce-video authors");
  gst_element_class_add_static_metadata(
      element_class, "example",
      "gst-launch-1.0 airforcevideosrc model=wan-2.6 prompt=\"A red fox\" ! videoconvert ! "
      "autovideosink");

  GST_BIN_CLASS(klass)->handle_message = gst_airforce_video_src_handle_message;
}

static void gst_airforce_video_src_init(GstAirforceVideoSrc* self) {
  self->state = new State(GST_BIN(self));
  GST_OBJECT_FLAG_SET(self, GST_ELEMENT_FLAG_SOURCE);
  GST_OBJECT_FLAG_SET(self, GST_BIN_FLAG_STREAMS_AWARE);
  gst_bin_set_suppressed_flags(
      GST_BIN(self), static_cast<GstElementFlags>(GST_ELEMENT_FLAG_SOURCE | GST_ELEMENT_FLAG_SINK));
}
