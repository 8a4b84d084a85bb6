// SPDX-License-Identifier: LGPL-2.1-or-later
// The element's properties, all made from airforce-video-parameters.def.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gst/gst.h>

#include "core.h"

namespace airforce::gst {

// GObject property ids: the rows of the vocabulary from 1 up.
enum class Property : guint {
  none,
#define AIRFORCE_PARAMETER(type, name, ...) name,
#include "airforce-video-parameters.def"
  count
};

// A URI without user and password, for whoever reads it; anything else as it is.
std::string without_password(const std::string& text);

// A text of the core with the names of parameters as properties have them: max-cost-cents. Fields
// of a URI and {placeholders} stay.
std::string in_property_names(const std::string& text);

// One value. Copyable.
class Value {
 public:
  Value() = default;
  Value(const Value& other) { *this = other; }
  Value& operator=(const Value& other);
  ~Value() { clear(); }

  // To be called once, before anything else.
  void init(GParamSpec* spec);
  GValue* get() { return &value_; }
  const GValue* get() const { return &value_; }

 private:
  void clear() {
    if (G_IS_VALUE(&value_)) g_value_unset(&value_);
  }

  GValue value_ = G_VALUE_INIT;
};

// Where a request stands among others: see airforce_settings_set_occurrence() and
// airforce_settings_add_last_frame().
struct Series {
  int occurrence = 1;
  std::shared_ptr<GstBuffer> first_frame;  // an encoded picture; null: the request continues none
  std::string continued_task;
};

// The values of one element. Copyable, not thread-safe.
class Properties {
 public:
  // All with their initial values; after install().
  Properties();

  // Registers the enum types and installs the properties. An api-key can be written, never read.
  static void install(GObjectClass* klass);
  static const char* name(Property property);
  // Those that make sense in a preset: what may stand in a URI, but for the task, which is of one
  // run.
  static std::vector<const char*> preset_names();

  void set(Property property, const GValue* value) { g_value_copy(value, at(property)); }
  void get(Property property, GValue* value) const { g_value_copy(at(property), value); }
  Value value(Property property) const { return values_[static_cast<std::size_t>(property)]; }
  bool flag(Property property) const { return g_value_get_boolean(at(property)) != FALSE; }

  // The airforce:// URI, "" for none. What it says goes before the properties.
  void set_uri(std::string uri) { uri_ = std::move(uri); }
  const std::string& uri() const { return uri_; }

  // Of one of several equal requests in a series, and of one that continues another.
  void set_series(Series series) { series_ = std::move(series); }

  // Those that differ from their initial values, the URI and the series, for the core. Loads it.
  // Throws Failure.
  CoreSettings to_settings() const;

 private:
  GValue* at(Property property) { return values_[static_cast<std::size_t>(property)].get(); }
  const GValue* at(Property property) const {
    return values_[static_cast<std::size_t>(property)].get();
  }

  std::array<Value, static_cast<std::size_t>(Property::count)> values_;
  std::string uri_;
  Series series_;
};

}  // namespace airforce::gst
