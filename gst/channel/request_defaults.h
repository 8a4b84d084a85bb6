// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <string>

#include <gst/gst.h>

#include "properties.h"
#include "values/guarded.h"

namespace airforce::gst {

// The properties of airforcevideosrc that a channel has too, as defaults of every item's request.
class RequestDefaults {
 public:
  // Installs copies of them from `first_id` up, but for those that only one clip can have (prompt,
  // task, location, pads). Returns the next free id.
  static guint install(GObjectClass* klass, guint first_id);

  void set(const GParamSpec* spec, const GValue* value);
  void get(GParamSpec* spec, GValue* value) const;
  // The value of a number.
  int integer(const char* name) const;
  // Whether this property of airforcevideosrc is a list.
  static bool is_list(const std::string& name);
  // Those that were set go to `source`, then those of `request` (may be null). Names that the
  // source lacks are left out.
  void apply(GstElement* source, const GstStructure* request) const;

 private:
  Guarded<std::map<std::string, Value>> values_;
};

}  // namespace airforce::gst
