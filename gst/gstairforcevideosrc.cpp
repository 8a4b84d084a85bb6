// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * SECTION:element-airforcevideosrc
 * @title: airforcevideosrc
 * @short_description: Video clips generated from a prompt
 *
 * Asks the api.airforce service for a video clip, follows the task, and decodes the clip while it
 * arrives.
 *
 * The way to PAUSED is as long as the generation: the state change returns %GST_STATE_CHANGE_ASYNC
 * at once, and `progress` messages tell how far it is. Once the clip begins to arrive, a pad
 * appears for its picture and, where it has sound, one for that. The pads are raw, seekable, and
 * need not be linked all.
 *
 * The API key is taken from the environment (`AIRFORCE_API_KEY` or `AIRFORCE_API_KEY_FILE`) or from
 * a property. Nothing is bought before READY to PAUSED; the same request started again takes over
 * an unfinished task in place of paying twice.
 *
 * Errors have a details structure `airforce-error`: `phase`, `charge` ("none", "refunded",
 * "running", "paid" or "unknown": what became of the money) and, where known, `http-status-code`,
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
 *
 * Since: 0.1
 */
#include "gstairforcevideosrc.h"

#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>

#include "errors.h"
#include "item.h"
#include "properties.h"

GST_DEBUG_CATEGORY(airforce_video_src_debug);
#define GST_CAT_DEFAULT airforce_video_src_debug

using airforce::gst::Failure;
using airforce::gst::Item;
using airforce::gst::Properties;
using airforce::gst::Property;

namespace {

struct State final : Item::Listener {
  explicit State(GstAirforceVideoSrc* element) : src(element) {}

  // From change_state() alone, with the element's state lock held. cancel() never blocks; stop()
  // cancels and waits.
  bool start();
  void cancel();
  void stop();

  void task_changed(guint serial, GstStructure* task) override;
  void exposed(guint serial, const Item& item) override;
  void failed(guint serial, const Failure& failure) override;
  void settled(guint serial) override;

  void async_start();
  void async_done();
  bool is_current(guint serial);
  std::shared_ptr<Item> current();
  // True for the first caller after start(): what comes later only follows from it.
  bool claim_failure();

  GstAirforceVideoSrc* const src;

  // lock protects what follows. Taken after the element's state lock and before an item's lock; no
  // message is posted, no state changed, no pad touched while it is held.
  std::mutex lock;
  Properties properties;
  std::string task_id;         // of the current task, "" before there is one
  std::shared_ptr<Item> item;  // from READY to PAUSED until READY again
  guint serial = 0;            // of the current item; late calls of earlier ones are told by it
  bool async_pending = false;  // ASYNC_START has been posted, ASYNC_DONE not
  bool has_failed = false;
};

}  // namespace

struct _GstAirforceVideoSrc {
  GstBin parent;
  State* state;
};

G_DEFINE_TYPE_WITH_CODE(GstAirforceVideoSrc, gst_airforce_video_src, GST_TYPE_BIN,
                        GST_DEBUG_CATEGORY_INIT(airforce_video_src_debug, "airforcevideosrc", 0,
                                                "Generated video clips"))
GST_ELEMENT_REGISTER_DEFINE(airforcevideosrc, "airforcevideosrc", GST_RANK_NONE,
                            GST_TYPE_AIRFORCE_VIDEO_SRC)

#define parent_class gst_airforce_video_src_parent_class

static GstStaticPadTemplate video_template = GST_STATIC_PAD_TEMPLATE(
    "video_%u", GST_PAD_SRC, GST_PAD_SOMETIMES, GST_STATIC_CAPS("video/x-raw(ANY)"));
static GstStaticPadTemplate audio_template = GST_STATIC_PAD_TEMPLATE(
    "audio_%u", GST_PAD_SRC, GST_PAD_SOMETIMES, GST_STATIC_CAPS("audio/x-raw(ANY)"));

bool State::start() {
  std::shared_ptr<Item> next;
  {
    const std::lock_guard guard(lock);
    has_failed = false;
    task_id.clear();
    next = item = std::make_shared<Item>(++serial, GST_BIN(src), *this, properties);
  }
  try {
    next->start();
  } catch (const std::system_error& error) {
    GST_ELEMENT_ERROR(src, RESOURCE, FAILED, ("No thread can be started."), ("%s", error.what()));
    return false;
  }
  return true;
}

void State::cancel() {
  if (const auto ending = current()) ending->cancel();
}

void State::stop() {
  std::shared_ptr<Item> ending;
  {
    const std::lock_guard guard(lock);
    ++serial;
    ending = std::move(item);
  }
  if (!ending) return;
  ending->cancel();
  if (!ending->is_worker()) {
    ending->join();
    return;
  }
  // An application that stops us from its synchronous bus handler does so in the worker, which
  // can't wait for itself.
  gst_element_call_async(
      GST_ELEMENT(src),
      [](GstElement*, gpointer data) { (*static_cast<std::shared_ptr<Item>*>(data))->join(); },
      new std::shared_ptr<Item>(std::move(ending)),
      [](gpointer data) { delete static_cast<std::shared_ptr<Item>*>(data); });
}

void State::async_start() {
  {
    const std::lock_guard guard(lock);
    async_pending = true;
  }
  GST_BIN_CLASS(parent_class)
      ->handle_message(GST_BIN(src), gst_message_new_async_start(GST_OBJECT(src)));
}

void State::async_done() {
  {
    const std::lock_guard guard(lock);
    if (!async_pending) return;
    async_pending = false;
  }
  GST_DEBUG_OBJECT(src, "posting ASYNC_DONE");
  GST_BIN_CLASS(parent_class)
      ->handle_message(GST_BIN(src),
                       gst_message_new_async_done(GST_OBJECT(src), GST_CLOCK_TIME_NONE));
}

bool State::is_current(guint of_item) {
  const std::lock_guard guard(lock);
  return of_item == serial;
}

std::shared_ptr<Item> State::current() {
  const std::lock_guard guard(lock);
  return item;
}

bool State::claim_failure() {
  const std::lock_guard guard(lock);
  return !std::exchange(has_failed, true);
}

void State::task_changed(guint of_item, GstStructure* task) {
  const char* id = gst_structure_get_string(task, "task-id");
  bool is_new = false;
  {
    const std::lock_guard guard(lock);
    if (of_item != serial) {
      gst_structure_free(task);
      return;
    }
    if (id != nullptr && task_id != id) {
      task_id = id;
      is_new = true;
    }
  }
  if (is_new) {
    GST_INFO_OBJECT(src, "task %s", id);
    g_object_notify(G_OBJECT(src), Properties::name(Property::task_id));
  }
  gst_element_post_message(GST_ELEMENT(src), gst_message_new_element(GST_OBJECT(src), task));
}

void State::exposed(guint of_item, const Item& exposed_item) {
  if (!is_current(of_item)) return;
  if (exposed_item.count("video") + exposed_item.count("audio") == 0) {
    Failure failure;
    failure.charge = "paid";
    failure.phase = "decode";
    failure.text = failure.message =
        "no decoder for the clip is installed; install GStreamer's libav plugin or another decoder "
        "for its streams";
    failed(of_item, failure);
  } else {
    GST_DEBUG_OBJECT(src, "all pads are there");
    if (exposed_item.request().flag(Property::sound) && exposed_item.count("audio") == 0) {
      GST_ELEMENT_WARNING(src, STREAM, FAILED,
                          ("The clip has no sound, though sound was asked for."), (nullptr));
    }
    gst_element_no_more_pads(GST_ELEMENT(src));
  }
  settled(of_item);
}

void State::failed(guint of_item, const Failure& failure) {
  if (!is_current(of_item) || !claim_failure()) return;
  GST_WARNING_OBJECT(src, "failed: %s", failure.what());
  airforce::gst::post_error(GST_ELEMENT(src), failure);
}

void State::settled(guint of_item) {
  if (is_current(of_item)) async_done();
}

static void gst_airforce_video_src_handle_message(GstBin* bin, GstMessage* message) {
  State& state = *GST_AIRFORCE_VIDEO_SRC(bin)->state;
  const bool is_error = GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR;
  if (is_error && !state.claim_failure()) {
    GST_DEBUG_OBJECT(bin, "dropping an error that follows from an earlier one: %" GST_PTR_FORMAT,
                     message);
    gst_message_unref(message);
    return;
  }
  g_autoptr(GstMessage) kept = gst_message_ref(message);
  GST_BIN_CLASS(parent_class)->handle_message(bin, message);
  if (is_error) {
    state.async_done();
  } else if (const auto item = state.current()) {
    item->watch_message(kept);
  }
}

static GstStateChangeReturn gst_airforce_video_src_change_state(GstElement* element,
                                                                GstStateChange transition) {
  State& state = *GST_AIRFORCE_VIDEO_SRC(element)->state;
  // Not only from PAUSED: an error on the way there puts the element back to READY without that
  // change.
  const bool ends = GST_STATE_TRANSITION_NEXT(transition) <= GST_STATE_READY;
  // Before chaining up: streaming threads may wait for the clip, and that waits for them.
  if (ends) state.cancel();
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    state.stop();
    state.async_start();
  }

  GstStateChangeReturn result = GST_ELEMENT_CLASS(parent_class)->change_state(element, transition);

  if (ends) {
    state.stop();
    state.async_done();
  }
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    if (result != GST_STATE_CHANGE_FAILURE && state.start()) return GST_STATE_CHANGE_ASYNC;
    state.async_done();
    return GST_STATE_CHANGE_FAILURE;
  }
  return result;
}

static void gst_airforce_video_src_set_property(GObject* object, guint id, const GValue* value,
                                                GParamSpec*) {
  State& state = *GST_AIRFORCE_VIDEO_SRC(object)->state;
  const std::lock_guard guard(state.lock);
  state.properties.set(static_cast<Property>(id), value);
}

static void gst_airforce_video_src_get_property(GObject* object, guint id, GValue* value,
                                                GParamSpec*) {
  State& state = *GST_AIRFORCE_VIDEO_SRC(object)->state;
  const std::lock_guard guard(state.lock);
  if (static_cast<Property>(id) == Property::task_id && !state.task_id.empty()) {
    g_value_set_string(value, state.task_id.c_str());
    return;
  }
  state.properties.get(static_cast<Property>(id), value);
  // What can be read stands in dot files, presets and the output of gst-launch-1.0 -v.
  if (static_cast<Property>(id) == Property::store && g_value_get_string(value) != nullptr)
    g_value_set_string(value, airforce::gst::without_password(g_value_get_string(value)).c_str());
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
  Properties::install(object_class);

  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_airforce_video_src_change_state;
  gst_element_class_add_static_pad_template(element_class, &video_template);
  gst_element_class_add_static_pad_template(element_class, &audio_template);
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
  self->state = new State(self);
  GST_OBJECT_FLAG_SET(self, GST_ELEMENT_FLAG_SOURCE);
  GST_OBJECT_FLAG_SET(self, GST_BIN_FLAG_STREAMS_AWARE);
  gst_bin_set_suppressed_flags(
      GST_BIN(self), static_cast<GstElementFlags>(GST_ELEMENT_FLAG_SOURCE | GST_ELEMENT_FLAG_SINK));
}
