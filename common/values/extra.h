// SPDX-License-Identifier: LGPL-2.1-or-later
// The parameter `extra`. Private to common/values.
#pragma once

#include <string>

#include <json-glib/json-glib.h>

namespace airforce {

// Adds the fields of this JSON object to the object that is being built, in alphabetical order at
// every level. "" adds nothing. Throws Error{Settings} for what is no JSON object, is nested too
// deeply, or has a field that is a parameter.
void add_extra(JsonBuilder* builder, const std::string& extra);

}  // namespace airforce
