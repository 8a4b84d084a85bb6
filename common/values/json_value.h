// SPDX-License-Identifier: LGPL-2.1-or-later
// Foreign JSON, read within bounds: only members that a reader asks for are kept, so that an answer
// costs little more than its own size, however many values it holds. Private to common/values.
//
// No library fits: json-glib and others build a tree of everything (16 MB took 690 MB), and the
// event-driven ones (yajl, RapidJSON, nlohmann) give up a whole answer for one lone surrogate, raw
// control character, byte that is not UTF-8, NaN, or number out of range in a field that nobody
// reads.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace airforce {

struct JsonValue {
  enum class Type { Null, Boolean, Number, String, Array, Object };
  Type type = Type::Null;
  bool boolean = false;
  // The characters of a string, as UTF-8 without NUL; the spelling of a number.
  std::string text;
  std::vector<JsonValue> items;    // of an array; of an object, its values
  std::vector<std::string> names;  // of an object, each once, in the order of `items`

  // nullptr if there is none, or if this is no object.
  const JsonValue* find(std::string_view name) const;
  // Of an object: what had this name is replaced.
  void set(std::string_view name, JsonValue&& value);
  bool is(Type wanted) const { return type == wanted; }
};

// How much of an answer is kept. What exceeds it is left out, as if it were not there, and reported
// to report_odd().
struct JsonLimits {
  std::size_t values = 40'000;          // in all
  std::size_t string_bytes = 1u << 18;  // of one string; a longer one is cut
  int depth = 16;
};

// The root of `text`, with those members of its objects (at any depth) whose names are in `names`.
// Of equal names the last one counts. Takes what is harmless and refuses what is ambiguous: bytes
// that are not UTF-8, lone surrogates and NUL become U+FFFD, NaN and infinities become null,
// control characters in strings are taken as they are; comments, trailing commas, octal numbers and
// text after the end are errors. Throws Error{Protocol} that says what came instead of JSON,
// without quoting it.
JsonValue parse_json_value(std::string_view text, const std::vector<std::string_view>& names,
                           const JsonLimits& limits = {});

// "a string", "null", "an array": what a value is, for messages.
const char* json_type_name(JsonValue::Type type);

}  // namespace airforce
