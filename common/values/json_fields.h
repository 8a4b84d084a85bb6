// SPDX-License-Identifier: LGPL-2.1-or-later
// The fields of a foreign object, read tolerantly: a field of a type that makes no sense is as if
// it were absent, and reported to report_odd() by its name. Private to common/values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "values/json.h"
#include "values/json_value.h"

namespace airforce {

class JsonFields {
 public:
  // Borrows `value`. `what` names it in reports: "task". A value that is no object has no fields.
  JsonFields(const JsonValue& value, std::string_view what) : value_(value), what_(what) {}

  // A string, or a number as it is spelled; "" otherwise.
  std::string text(const char* name) const;
  // The same, and a whole number without the point of a double: 7.0 is "7".
  std::string id(const char* name) const;
  // A number, or a string that holds one, perhaps with a sign of per cent; finite.
  std::optional<double> number(const char* name) const;
  // The whole number next to it, if it is not negative and an int.
  std::optional<int> count(const char* name) const;
  // Unix seconds: of seconds, milli-, micro- or nanoseconds since 1970, as number or string, or of
  // ISO 8601. A time before 1970 or after 9999 is absent.
  std::optional<std::int64_t> time(const char* name) const;
  // The strings and numbers of an array; a single one is taken for a list of one.
  std::vector<std::string> texts(const char* name) const;
  // An object; nullptr otherwise.
  const JsonValue* object(const char* name) const;
  // The field itself; nullptr if it is missing or null.
  const JsonValue* value(const char* name) const;

 private:
  void odd(const char* name, const JsonValue& value, const char* expected) const;

  const JsonValue& value_;
  std::string_view what_;
};

// The names of all fields that readers of answers ask for.
const std::vector<std::string_view>& known_fields();

// What an error value says: a string; {message}; FastAPI's {loc, msg}; or several of them. Not yet
// fit to be shown.
ApiError raw_error(const JsonValue& root);
// The same, fit to be shown.
ApiError shown_error(const ApiError& raw);

}  // namespace airforce
