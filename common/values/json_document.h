// SPDX-License-Identifier: LGPL-2.1-or-later
// JSON of a user (storyboards, extra fields), parsed safely and whole. What the service answers is
// read by json_value.h, which keeps only what is asked for.
#pragma once

#include <memory>
#include <string_view>

#include <json-glib/json-glib.h>

#include "values/glib_ptr.h"

namespace airforce {

using JsonNodePtr = std::unique_ptr<JsonNode, Deleter<json_node_unref>>;

// The root of `text`. Throws Error{Protocol} that says what came instead of JSON, without quoting
// it. Invalid UTF-8 is replaced; of equal keys the last one counts. json-glib alone would overflow
// the stack on deep nesting (before 1.10), wrap large integers, and read C comments and octal
// numbers: all that is refused or repaired here.
JsonNodePtr parse_json(std::string_view text);

// "a string", "null", "an array": what a node is, for messages.
const char* json_type_name(JsonNode* node);

}  // namespace airforce
