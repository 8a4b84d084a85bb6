// SPDX-License-Identifier: LGPL-2.1-or-later
#include "properties.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace airforce::gst {
namespace {

constexpr std::size_t kCount = static_cast<std::size_t>(Property::count);

constexpr std::array<const char*, kCount> kNames = {
    nullptr,
#define AIRFORCE_PARAMETER(type, name, ...) #name,
#include "airforce-video-parameters.def"
};

constexpr std::array<unsigned, kCount> kTraits = {
    0,
#define AIRFORCE_PARAMETER(type, name, traits, ...) traits,
#include "airforce-video-parameters.def"
};

// Filled by install(), once for the class.
std::array<GParamSpec*, kCount> specs;

// GObject's spelling of a name.
std::string dashed(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

// "Duration seconds"
std::string nick(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  name[0] = g_ascii_toupper(name[0]);
  return name;
}

// "DurationSeconds"
std::string camel_case(const std::string& name) {
  std::string result;
  bool upper = true;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    result += upper ? g_ascii_toupper(c) : c;
    upper = false;
  }
  return result;
}

std::string blurb(const std::string& help, const std::string& unit) {
  const std::string result = in_property_names(help);
  return unit.empty() ? result : result + " (" + unit + ")";
}

struct Texts {
  const char* name;
  const char* nick;
  const char* blurb;
};

Texts texts(const char* name, const char* help, const char* unit) {
  return {g_intern_string(dashed(name).c_str()), g_intern_string(nick(name).c_str()),
          g_intern_string(blurb(help, unit).c_str())};
}

GParamFlags flags(unsigned traits) {
  const int access = (traits & AIRFORCE_SECRET) != 0 ? G_PARAM_WRITABLE : G_PARAM_READWRITE;
  return static_cast<GParamFlags>(access | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
}

// The GEnum of a choice, made from its rows.
GType choice_type(const std::string& parameter) {
  static const std::map<std::string, std::vector<GEnumValue>> rows = [] {
    std::map<std::string, std::vector<GEnumValue>> result;
#define AIRFORCE_CHOICE(parameter, value, name, help) \
  result[#parameter].push_back({value, help, name});
#include "airforce-video-parameters.def"
    for (auto& [name, values] : result) values.push_back({0, nullptr, nullptr});
    return result;
  }();
  const std::string name = "GstAirforceVideoSrc" + camel_case(parameter);
  GType type = g_type_from_name(name.c_str());
  if (type == 0) {
    type = g_enum_register_static(g_intern_string(name.c_str()), rows.at(parameter).data());
    gst_type_mark_as_plugin_api(type, static_cast<GstPluginAPIFlags>(0));
  }
  return type;
}

// One function for each type that a row can have.
GParamSpec* make_STRING(const char*, const Texts& t, GParamFlags f, const char* initial, int, int) {
  return g_param_spec_string(t.name, t.nick, t.blurb, initial, f);
}
GParamSpec* make_LIST(const char*, const Texts& t, GParamFlags f, const char*, int, int) {
  return gst_param_spec_array(t.name, t.nick, t.blurb,
                              g_param_spec_string("item", "Item", "One item", nullptr, f), f);
}
GParamSpec* make_BOOL(const char*, const Texts& t, GParamFlags f, gboolean initial, int, int) {
  return g_param_spec_boolean(t.name, t.nick, t.blurb, initial, f);
}
GParamSpec* make_INT(const char*, const Texts& t, GParamFlags f, int initial, int minimum,
                     int maximum) {
  return g_param_spec_int(t.name, t.nick, t.blurb, minimum, maximum, initial, f);
}
GParamSpec* make_INT64(const char*, const Texts& t, GParamFlags f, gint64 initial, gint64 minimum,
                       gint64 maximum) {
  return g_param_spec_int64(t.name, t.nick, t.blurb, minimum, maximum, initial, f);
}
GParamSpec* make_DOUBLE(const char*, const Texts& t, GParamFlags f, double initial, double minimum,
                        double maximum) {
  return g_param_spec_double(t.name, t.nick, t.blurb, minimum, maximum, initial, f);
}
GParamSpec* make_CHOICE(const char* parameter, const Texts& t, GParamFlags f, int initial, int,
                        int) {
  return g_param_spec_enum(t.name, t.nick, t.blurb, choice_type(parameter), initial, f);
}

std::string number_text(double number) {
  std::array<char, G_ASCII_DTOSTR_BUF_SIZE> buffer;
  return g_ascii_dtostr(buffer.data(), buffer.size(), number);
}

// The text form that the core reads.
std::string text_form(const GValue* value) {
  if (G_VALUE_HOLDS_BOOLEAN(value)) return g_value_get_boolean(value) ? "true" : "false";
  if (G_VALUE_HOLDS_INT(value)) return std::to_string(g_value_get_int(value));
  if (G_VALUE_HOLDS_INT64(value)) return std::to_string(g_value_get_int64(value));
  if (G_VALUE_HOLDS_DOUBLE(value)) return number_text(g_value_get_double(value));
  if (G_VALUE_HOLDS_ENUM(value)) {
    auto* klass = static_cast<GEnumClass*>(g_type_class_peek(G_VALUE_TYPE(value)));
    return g_enum_get_value(klass, g_value_get_enum(value))->value_nick;
  }
  return g_value_get_string(value);
}

}  // namespace

std::string in_property_names(const std::string& text) {
  constexpr const char* kNameCharacters = "abcdefghijklmnopqrstuvwxyz_";
  std::string result = text;
  std::size_t end = 0;
  for (std::size_t at = 0; (at = text.find_first_of(kNameCharacters, end)) != std::string::npos;) {
    end = std::min(text.find_first_not_of(kNameCharacters, at), text.size());
    if (at > 0 && std::string_view("{?&/'").find(text[at - 1]) != std::string_view::npos) continue;
    const std::string word = text.substr(at, end - at);
    if (std::find(kNames.begin() + 1, kNames.end(), word) != kNames.end()) {
      result.replace(at, word.size(), dashed(word));
    }
  }
  return result;
}

std::string without_password(const std::string& text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string::npos) return text;
  // The last '@', as a password that was not escaped may have one in it, too. Rather a path that is
  // shown too short than a password.
  const std::size_t at = text.rfind('@');
  if (at == std::string::npos || at < scheme) return text;
  return text.substr(0, scheme + 3) + text.substr(at + 1);
}

Value& Value::operator=(const Value& other) {
  if (this == &other) return *this;
  clear();
  if (G_IS_VALUE(&other.value_)) {
    g_value_init(&value_, G_VALUE_TYPE(&other.value_));
    g_value_copy(&other.value_, &value_);
  }
  return *this;
}

void Value::init(GParamSpec* spec) {
  g_value_init(&value_, G_PARAM_SPEC_VALUE_TYPE(spec));
  g_param_value_set_default(spec, &value_);
}

Properties::Properties() {
  for (std::size_t id = 1; id < kCount; ++id) values_[id].init(specs[id]);
}

void Properties::install(GObjectClass* klass) {
  const std::vector<GParamSpec*> made = {
#define AIRFORCE_PARAMETER(type, name, traits, ffmpeg_name, flag, initial, minimum, maximum, unit, \
                           help)                                                                   \
  make_##type(#name, texts(#name, help, unit), flags(traits), initial, minimum, maximum),
#include "airforce-video-parameters.def"
  };
  std::copy(made.begin(), made.end(), specs.begin() + 1);
  g_object_class_install_properties(klass, specs.size(), specs.data());
}

const char* Properties::name(Property property) {
  return specs[static_cast<std::size_t>(property)]->name;
}

std::vector<const char*> Properties::preset_names() {
  std::vector<const char*> names;
  for (std::size_t id = 1; id < kCount; ++id) {
    if ((kTraits[id] & AIRFORCE_URI) == 0 || static_cast<Property>(id) == Property::task_id) {
      continue;
    }
    names.push_back(specs[id]->name);
  }
  return names;
}

CoreSettings Properties::to_settings() const {
  CoreSettings settings;
  for (std::size_t id = 1; id < kCount; ++id) {
    const GValue* value = values_[id].get();
    if (g_param_value_defaults(specs[id], value)) continue;
    if (!GST_VALUE_HOLDS_ARRAY(value)) {
      settings.set(kNames[id], text_form(value).c_str());
      continue;
    }
    for (guint i = 0; i < gst_value_array_get_size(value); ++i) {
      const char* item = g_value_get_string(gst_value_array_get_value(value, i));
      if (item != nullptr) settings.add(kNames[id], item);
    }
  }
  if (!uri_.empty()) settings.set_uri(uri_.c_str());
  settings.set_occurrence(series_.occurrence);
  GstMapInfo map;
  if (series_.first_frame && gst_buffer_map(series_.first_frame.get(), &map, GST_MAP_READ)) {
    const std::unique_ptr<GstBuffer, std::function<void(GstBuffer*)>> unmap(
        series_.first_frame.get(), [&map](GstBuffer* buffer) { gst_buffer_unmap(buffer, &map); });
    settings.add_last_frame({map.data, map.size}, series_.continued_task);
  }
  return settings;
}

}  // namespace airforce::gst
