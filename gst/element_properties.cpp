// SPDX-License-Identifier: LGPL-2.1-or-later
#include "element_properties.h"

#include <string>
#include <utility>

#include <gst/gst.h>

#include "properties.h"
#include "state.h"

namespace airforce::gst {
namespace {

// After those of the vocabulary: what only GStreamer has.
enum : guint {
  kPropOutput = static_cast<guint>(Property::count),
  kPropStartNow,
  kPropTask,
  kPropStoryboard,
  kPropPrompts,
  kPropContinue,
  kPropCurrentShot
};

/**
 * GstAirforceVideoSrcOutput:
 *
 * What the pads carry.
 *
 * Since: 0.1
 */
/**
 * GstAirforceVideoSrcOutput::raw:
 *
 * Decoded picture and sound.
 *
 * Since: 0.1
 */
/**
 * GstAirforceVideoSrcOutput::encoded:
 *
 * Elementary streams as they are in the clip, parsed.
 *
 * Since: 0.1
 */
/**
 * GstAirforceVideoSrcOutput::container:
 *
 * The clip's file as it is, on one pad.
 *
 * Since: 0.1
 */
GType gst_airforce_video_src_output_get_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(Output::Raw), "Decoded picture and sound", "raw"},
      {static_cast<int>(Output::Encoded), "Elementary streams as they are in the clip, parsed",
       "encoded"},
      {static_cast<int>(Output::Container), "The clip's file as it is, on one pad", "container"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_enum_register_static("GstAirforceVideoSrcOutput", values);
  return type;
}

void set_film_property(State& state, guint id, const GValue* value) {
  FilmSettings film = state.film();
  if (id == kPropStoryboard) {
    const char* file = g_value_get_string(value);
    film.storyboard = file != nullptr ? file : "";
  } else if (id == kPropContinue) {
    film.continues = g_value_get_boolean(value) != FALSE;
  } else {
    film.prompts.clear();
    for (guint i = 0; i < gst_value_array_get_size(value); ++i) {
      const char* prompt = g_value_get_string(gst_value_array_get_value(value, i));
      film.prompts.emplace_back(prompt != nullptr ? prompt : "");
    }
  }
  state.set_film(std::move(film));
}

}  // namespace

void install_element_properties(GObjectClass* object_class) {
  Properties::install(object_class);

  /**
   * GstAirforceVideoSrc:output:
   *
   * What the pads carry. With `encoded`, a clip is muxed or streamed again without decoding it.
   * With `container` its file is kept as it is, or left to another demuxer: seeks are in bytes
   * then, and start-now has no effect.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, kPropOutput,
      g_param_spec_enum("output", "Output", "What the pads carry",
                        gst_airforce_video_src_output_get_type(), static_cast<int>(Output::Raw),
                        static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                                 GST_PARAM_MUTABLE_READY)));
  /**
   * GstAirforceVideoSrc:start-now:
   *
   * For live pipelines, which play while the clip is made: the clip begins when its first pad
   * appears, not at running time 0, where all of it would be late.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, kPropStartNow,
      g_param_spec_boolean("start-now", "Start now",
                           "Begin the clip when it comes, not at running time 0", FALSE,
                           static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                                    GST_PARAM_MUTABLE_READY)));
  /**
   * GstAirforceVideoSrc:task:
   *
   * What is known of the current task, with the fields of `airforce-task` messages; %NULL before
   * there is one.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, kPropTask,
      g_param_spec_boxed("task", "Task", "What is known of the current task", GST_TYPE_STRUCTURE,
                         static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));

  constexpr auto kSettable = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                                      GST_PARAM_MUTABLE_READY);
  /**
   * GstAirforceVideoSrc:storyboard:
   *
   * A file with the shots of a film: a prompt a line, or JSON Lines. The other properties are
   * defaults of every shot, and max-cost-cents is the ceiling of the film.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, kPropStoryboard,
      g_param_spec_string("storyboard", "Storyboard",
                          "File with the shots of a film: a prompt a line, or JSON Lines", nullptr,
                          kSettable));
  /**
   * GstAirforceVideoSrc:prompts:
   *
   * The shots of a film as a list of prompts, where there is no storyboard.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, kPropPrompts,
      gst_param_spec_array("prompts", "Prompts", "Prompts of the shots of a film",
                           g_param_spec_string("item", "Item", "One prompt", nullptr, kSettable),
                           kSettable));
  /**
   * GstAirforceVideoSrc:continue:
   *
   * Whether each shot of a film starts from the last frame of the one before it, unless its
   * storyboard says otherwise.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, kPropContinue,
      g_param_spec_boolean("continue", "Continue",
                           "Each shot starts from the last frame of the one before it", FALSE,
                           kSettable));
  /**
   * GstAirforceVideoSrc:current-shot:
   *
   * The shot of a film that leaves the element, counted from 1; 0 before the first one, and for a
   * single clip.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, kPropCurrentShot,
      g_param_spec_uint("current-shot", "Current shot", "The shot of a film that plays, from 1", 0,
                        G_MAXUINT, 0,
                        static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));

  gst_type_mark_as_plugin_api(gst_airforce_video_src_output_get_type(),
                              static_cast<GstPluginAPIFlags>(0));
}

void set_element_property(State& state, guint id, const GValue* value) {
  if (id == kPropOutput) {
    state.set_output(static_cast<Output>(g_value_get_enum(value)));
  } else if (id == kPropStartNow) {
    state.set_start_now(g_value_get_boolean(value) != FALSE);
  } else if (id == kPropStoryboard || id == kPropPrompts || id == kPropContinue) {
    set_film_property(state, id, value);
  } else {
    state.set_property(static_cast<Property>(id), value);
  }
}

void get_element_property(State& state, guint id, GValue* value) {
  switch (id) {
    case kPropOutput: g_value_set_enum(value, static_cast<int>(state.output())); break;
    case kPropStartNow: g_value_set_boolean(value, state.start_now()); break;
    case kPropTask: g_value_take_boxed(value, state.task()); break;
    case kPropStoryboard: g_value_set_string(value, state.film().storyboard.c_str()); break;
    case kPropPrompts:
      for (const std::string& prompt : state.film().prompts) {
        GValue item = G_VALUE_INIT;
        g_value_init(&item, G_TYPE_STRING);
        g_value_set_string(&item, prompt.c_str());
        gst_value_array_append_and_take_value(value, &item);
      }
      break;
    case kPropContinue: g_value_set_boolean(value, state.film().continues); break;
    case kPropCurrentShot: g_value_set_uint(value, state.current_shot()); break;
    default: state.get_property(static_cast<Property>(id), value);
  }
}

}  // namespace airforce::gst
