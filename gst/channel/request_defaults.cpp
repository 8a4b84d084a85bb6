// SPDX-License-Identifier: LGPL-2.1-or-later
#include "channel/request_defaults.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "gstairforcevideosrc.h"

namespace airforce::gst {
namespace {

// Of one clip, or decided by the channel.
constexpr std::array<std::string_view, 11> kNotShared = {
    "prompt", "prompt-file", "task-id", "location", "output",      "start-now",
    "task",   "storyboard",  "prompts", "continue", "current-shot"};

// A GParamSpec belongs to one class, so that another class needs its own. Null for a type that no
// parameter has.
GParamSpec* copy_of(GParamSpec* spec) {
  const char* name = spec->name;
  const char* nick = g_param_spec_get_nick(spec);
  const char* blurb = g_param_spec_get_blurb(spec);
  const GParamFlags flags = spec->flags;
  if (G_IS_PARAM_SPEC_STRING(spec)) {
    return g_param_spec_string(name, nick, blurb, G_PARAM_SPEC_STRING(spec)->default_value, flags);
  }
  if (G_IS_PARAM_SPEC_BOOLEAN(spec)) {
    return g_param_spec_boolean(name, nick, blurb, G_PARAM_SPEC_BOOLEAN(spec)->default_value,
                                flags);
  }
  if (G_IS_PARAM_SPEC_INT(spec)) {
    const auto* number = G_PARAM_SPEC_INT(spec);
    return g_param_spec_int(name, nick, blurb, number->minimum, number->maximum,
                            number->default_value, flags);
  }
  if (G_IS_PARAM_SPEC_INT64(spec)) {
    const auto* number = G_PARAM_SPEC_INT64(spec);
    return g_param_spec_int64(name, nick, blurb, number->minimum, number->maximum,
                              number->default_value, flags);
  }
  if (G_IS_PARAM_SPEC_DOUBLE(spec)) {
    const auto* number = G_PARAM_SPEC_DOUBLE(spec);
    return g_param_spec_double(name, nick, blurb, number->minimum, number->maximum,
                               number->default_value, flags);
  }
  if (G_IS_PARAM_SPEC_ENUM(spec)) {
    return g_param_spec_enum(name, nick, blurb, G_PARAM_SPEC_VALUE_TYPE(spec),
                             G_PARAM_SPEC_ENUM(spec)->default_value, flags);
  }
  if (GST_IS_PARAM_SPEC_ARRAY_LIST(spec)) {
    return gst_param_spec_array(
        name, nick, blurb, g_param_spec_string("item", "Item", "One item", nullptr, flags), flags);
  }
  return nullptr;
}

}  // namespace

guint RequestDefaults::install(GObjectClass* klass, guint first_id) {
  auto* source = static_cast<GObjectClass*>(g_type_class_ref(GST_TYPE_AIRFORCE_VIDEO_SRC));
  guint count = 0;
  g_autofree GParamSpec** specs = g_object_class_list_properties(source, &count);
  guint id = first_id;
  for (guint i = 0; i < count; ++i) {
    const bool shared =
        std::find(kNotShared.begin(), kNotShared.end(), specs[i]->name) == kNotShared.end();
    if (specs[i]->owner_type != GST_TYPE_AIRFORCE_VIDEO_SRC || !shared) continue;
    GParamSpec* copy = copy_of(specs[i]);
    if (copy != nullptr) g_object_class_install_property(klass, id++, copy);
  }
  g_type_class_unref(source);
  return id;
}

void RequestDefaults::set(const GParamSpec* spec, const GValue* value) {
  auto values = values_.lock();
  Value& kept = (*values)[spec->name];
  if (!G_IS_VALUE(kept.get())) g_value_init(kept.get(), G_VALUE_TYPE(value));
  g_value_copy(value, kept.get());
}

void RequestDefaults::get(GParamSpec* spec, GValue* value) const {
  const auto values = values_.lock();
  const auto found = values->find(spec->name);
  if (found == values->end()) {
    g_param_value_set_default(spec, value);
  } else {
    g_value_copy(found->second.get(), value);
  }
}

int RequestDefaults::integer(const char* name) const {
  const auto values = values_.lock();
  const auto found = values->find(name);
  return found != values->end() ? g_value_get_int(found->second.get()) : 0;
}

bool RequestDefaults::is_list(const std::string& name) {
  auto* klass = static_cast<GObjectClass*>(g_type_class_ref(GST_TYPE_AIRFORCE_VIDEO_SRC));
  const GParamSpec* spec = g_object_class_find_property(klass, name.c_str());
  const bool is_list = spec != nullptr && GST_IS_PARAM_SPEC_ARRAY_LIST(spec);
  g_type_class_unref(klass);
  return is_list;
}

void RequestDefaults::apply(GstElement* source, const GstStructure* request) const {
  {
    const auto values = values_.lock();
    for (const auto& [name, value] : *values) {
      g_object_set_property(G_OBJECT(source), name.c_str(), value.get());
    }
  }
  if (request == nullptr) return;
  for (int i = 0; i < gst_structure_n_fields(request); ++i) {
    const char* name = gst_structure_nth_field_name(request, static_cast<guint>(i));
    GObjectClass* klass = G_OBJECT_GET_CLASS(source);
    const bool shared = std::find(kNotShared.begin(), kNotShared.end(), name) == kNotShared.end();
    GParamSpec* spec = shared ? g_object_class_find_property(klass, name) : nullptr;
    if (spec == nullptr) continue;
    GValue value = G_VALUE_INIT;
    g_value_init(&value, G_PARAM_SPEC_VALUE_TYPE(spec));
    const GValue* given = gst_structure_get_value(request, name);
    if (g_value_transform(given, &value) ||
        (G_VALUE_HOLDS_STRING(given) && gst_value_deserialize(&value, g_value_get_string(given)))) {
      g_object_set_property(G_OBJECT(source), name, &value);
    } else {
      GST_WARNING_OBJECT(source, "the request's field %s has a type that does not fit", name);
    }
    g_value_unset(&value);
  }
}

}  // namespace airforce::gst
