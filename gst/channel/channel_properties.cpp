// SPDX-License-Identifier: LGPL-2.1-or-later
#include "channel/channel_properties.h"

#include <chrono>
#include <cstdlib>
#include <future>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core.h"
#include "gstairforcevideosrc.h"

namespace airforce::gst {
namespace {

// The expected length of a clip while neither its request nor its file says.
constexpr Seconds kExpectedDuration{5};

constexpr int kReuseNever = 2;  // AIRFORCE_CHOICE(reuse, 2, "never", ...)

enum : guint {
  kPropAhead = 1,
  kPropTransition,
  kPropWhenEmpty,
  kPropBudgetCents,
  kPropBudgetCentsPerHour,
  kPropMaxQueued,
  kPropVideoCaps,
  kPropAudioCaps,
  kPropStoryboard,
  kPropContinue,
  kPropQueue,
  kPropDefaults,  // and all after it
};

// A state change waits for it. The thread that reads a pipe without a writer, or a dead mount, is
// left behind.
std::vector<StoryboardShot> read_in_time(const std::string& path, bool continues) {
  constexpr std::chrono::seconds kMaxReading(5);
  std::packaged_task<std::vector<StoryboardShot>()> task(
      [path, continues] { return read_storyboard(path.c_str(), continues); });
  auto result = task.get_future();
  std::thread(std::move(task)).detach();
  if (result.wait_for(kMaxReading) == std::future_status::ready) return result.get();
  Failure failure;
  failure.kind = AIRFORCE_ERROR_SETTINGS;
  failure.step = "settings";
  failure.message = "the storyboard '" + path + "' could not be read within 5 s";
  failure.next_step = "check what is at the other end of it";
  failure.text = failure.message + "; nothing was charged; " + failure.next_step;
  throw Failure(failure);
}

// A shot's fields as a request has them.
Structure request_of(const StoryboardShot& shot) {
  Structure request(gst_structure_new("request", "continue", G_TYPE_BOOLEAN,
                                      static_cast<gboolean>(shot.continues), nullptr));
  std::map<std::string, std::vector<std::string>> values;
  for (const auto& [name, text] : shot.fields) values[name].push_back(text);
  for (auto& [name, texts] : values) {
    std::string field = name;
    for (char& character : field) character = character == '_' ? '-' : character;
    if (RequestDefaults::is_list(field)) {
      GValue list = G_VALUE_INIT;
      g_value_init(&list, GST_TYPE_ARRAY);
      for (const std::string& text : texts) {
        GValue item = G_VALUE_INIT;
        g_value_init(&item, G_TYPE_STRING);
        g_value_set_string(&item, text.c_str());
        gst_value_array_append_and_take_value(&list, &item);
      }
      gst_structure_take_value(request.get(), field.c_str(), &list);
    } else {
      gst_structure_set(request.get(), field.c_str(), G_TYPE_STRING, texts.back().c_str(), nullptr);
    }
  }
  return request;
}

}  // namespace

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
GType channel_when_empty_type() {
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

void ChannelProperties::install(GObjectClass* object_class) {
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
  install(
      kPropWhenEmpty,
      g_param_spec_enum("when-empty", "When empty", "What to show when no clip is ready",
                        channel_when_empty_type(), static_cast<int>(initial.when_empty), flags));
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
   * GstAirforceChannelSrc:storyboard:
   *
   * A storyboard's file (one prompt a line, or JSON Lines), whose shots are queued at the next
   * start, once.
   *
   * Since: 0.2
   */
  install(kPropStoryboard,
          g_param_spec_string("storyboard", "Storyboard",
                              "File of a storyboard whose shots are queued at the start", nullptr,
                              ready_flags));
  /**
   * GstAirforceChannelSrc:continue:
   *
   * Whether an item starts from the last frame of the one before it, unless its request or its
   * shot says otherwise. An item whose predecessor failed continues the one before that.
   *
   * Since: 0.2
   */
  install(kPropContinue,
          g_param_spec_boolean("continue", "Continue",
                               "Whether an item starts from the last frame of the one before it",
                               FALSE, flags));
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

void ChannelProperties::set(guint id, const GValue* value, const GParamSpec* spec) {
  if (id >= kPropDefaults) {
    defaults_.set(spec, value);
    return;
  }
  auto values = values_.lock();
  switch (id) {
    case kPropVideoCaps:
      values->video_caps.reset(static_cast<GstCaps*>(g_value_dup_boxed(value)));
      return;
    case kPropAudioCaps:
      values->audio_caps.reset(static_cast<GstCaps*>(g_value_dup_boxed(value)));
      return;
    case kPropStoryboard: {
      const char* path = g_value_get_string(value);
      values->storyboard = path != nullptr ? path : "";
      values->is_storyboard_queued = false;
      return;
    }
    case kPropContinue: values->continues = g_value_get_boolean(value) != FALSE; return;
    default: break;
  }
  channel_.change([&](ChannelSettings& settings) {
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

void ChannelProperties::get(guint id, GValue* value, GParamSpec* spec) const {
  const ChannelSettings settings = channel_.settings();
  const auto values = values_.lock();
  switch (id) {
    case kPropAhead: g_value_set_double(value, settings.ahead.count()); break;
    case kPropTransition: g_value_set_double(value, settings.transition.count()); break;
    case kPropWhenEmpty: g_value_set_enum(value, static_cast<int>(settings.when_empty)); break;
    case kPropBudgetCents: g_value_set_double(value, settings.budget_cents); break;
    case kPropBudgetCentsPerHour: g_value_set_double(value, settings.budget_cents_per_hour); break;
    case kPropMaxQueued: g_value_set_uint(value, settings.max_queued); break;
    case kPropVideoCaps: g_value_set_boxed(value, values->video_caps.get()); break;
    case kPropAudioCaps: g_value_set_boxed(value, values->audio_caps.get()); break;
    case kPropStoryboard: g_value_set_string(value, values->storyboard.c_str()); break;
    case kPropContinue: g_value_set_boolean(value, values->continues ? TRUE : FALSE); break;
    case kPropQueue: channel_.list(value); break;
    default: defaults_.get(spec, value); break;
  }
}

Caps ChannelProperties::wanted_caps(bool video) const {
  const auto values = values_.lock();
  const Caps& caps = video ? values->video_caps : values->audio_caps;
  return Caps(caps ? gst_caps_ref(caps.get()) : nullptr);
}

ItemRequest ChannelProperties::request(const char* prompt, const GstStructure* fields) const {
  ItemRequest request;
  request.prompt = prompt != nullptr ? prompt : "";
  request.continues = values_.lock()->continues;
  int duration = defaults_.integer("duration-seconds");
  if (fields != nullptr) {
    gboolean continues = FALSE;
    if (gst_structure_get_boolean(fields, "continue", &continues)) request.continues = continues;
    if (const char* text = gst_structure_get_string(fields, "duration-seconds"); text != nullptr) {
      duration = std::atoi(text);
    } else {
      gst_structure_get_int(fields, "duration-seconds", &duration);
    }
    const char* task_id = gst_structure_get_string(fields, "task-id");
    if (task_id != nullptr) request.task_id = task_id;
    request.fields.reset(gst_structure_copy(fields));
  }
  request.duration = duration > 0 ? Seconds(duration) : kExpectedDuration;
  return request;
}

GstElement* ChannelProperties::new_source(const ItemRequest& request, Series series) const {
  GstElement* source = gst_element_factory_make("airforcevideosrc", nullptr);
  defaults_.apply(source, request.fields.get());
  int reuse = 0;
  g_object_get(source, "reuse", &reuse, nullptr);
  // What was bought for this very item is no reuse.
  const std::string& task =
      request.task_id.empty() && reuse == kReuseNever ? request.made_task : request.task_id;
  if (!task.empty()) {
    g_object_set(source, "task-id", task.c_str(), nullptr);
    return source;
  }
  g_object_set(source, "prompt", request.prompt.c_str(), nullptr);
  set_series(source, std::move(series));
  return source;
}

GstElement* ChannelProperties::new_source_of(const std::string& task_id) const {
  GstElement* source = gst_element_factory_make("airforcevideosrc", nullptr);
  defaults_.apply(source, nullptr);
  g_object_set(source, "task-id", task_id.c_str(), nullptr);
  return source;
}

void ChannelProperties::queue_storyboard() {
  std::string path;
  bool continues = false;
  {
    auto values = values_.lock();
    if (values->storyboard.empty() || values->is_storyboard_queued) return;
    path = values->storyboard;
    continues = values->continues;
  }
  for (const StoryboardShot& shot : read_in_time(path, continues)) {
    const Structure fields = request_of(shot);
    channel_.enqueue(request(gst_structure_get_string(fields.get(), "prompt"), fields.get()));
  }
  values_.lock()->is_storyboard_queued = true;
}

}  // namespace airforce::gst
