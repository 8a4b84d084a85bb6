// SPDX-License-Identifier: LGPL-2.1-or-later
// Foreign JSON, parsed safely, and its fields read by type. Private to common/values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <json-glib/json-glib.h>

#include "values/glib_ptr.h"

namespace airforce {

using JsonNodePtr = std::unique_ptr<JsonNode, Deleter<json_node_unref>>;

// The root of `text`. Throws Error{Protocol} that says what came instead of JSON, without quoting
// it. Invalid UTF-8 is replaced; of equal keys the last one counts. json-glib alone would overflow
// the stack on deep nesting (before 1.10), wrap large integers, and read C comments and octal
// numbers: all that is refused or repaired here.
JsonNodePtr parse_json(std::string_view text);

// An object whose fields are read by name. A missing or null field is unset; one of another type
// throws Error{Protocol} that names it with its path ("data[3].video_caps.modes"). Borrows the
// node.
class JsonFields {
 public:
  // `path` is "" for the root. Throws if `node` is no object.
  JsonFields(JsonNode* node, std::string path);

  std::string string(const char* name) const;  // "" if unset
  std::optional<double> number(const char* name) const;
  // A whole number, also as 12.0.
  std::optional<std::int64_t> integer(const char* name) const;
  // The whole part of a number, kept within the limits.
  std::optional<std::int64_t> clamped(const char* name, std::int64_t minimum,
                                      std::int64_t maximum) const;
  std::vector<std::string> strings(const char* name) const;
  std::optional<JsonFields> object(const char* name) const;
  // The field itself; nullptr if it is missing or null.
  JsonNode* node(const char* name) const;
  std::string path_of(const char* name) const;

 private:
  JsonObject* object_;
  std::string path_;
};

// "a string", "null", "an array": what a node is, for messages.
const char* json_type_name(JsonNode* node);

}  // namespace airforce
