// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/json_fields.h"

#include <cmath>
#include <limits>

#include <glib.h>

#include "values/glib_ptr.h"
#include "values/odd.h"
#include "values/trim.h"

namespace airforce {
namespace {

using Type = JsonValue::Type;
using GDateTimePtr = std::unique_ptr<GDateTime, Deleter<g_date_time_unref>>;

constexpr double kLastSecond = 253402300799;  // of the year 9999

// A finite decimal number, and nothing else.
std::optional<double> parse_number(std::string_view text) {
  const std::string number(trimmed(text));
  // strtod takes hexadecimal numbers and "nan" as well.
  if (number.empty() || number.find_first_not_of("0123456789+-.eE") != std::string::npos)
    return std::nullopt;
  char* end = nullptr;
  const double value = g_ascii_strtod(number.c_str(), &end);
  if (*end != '\0' || !std::isfinite(value)) return std::nullopt;
  return value;
}

// Nothing that happens here is after the year 5138.
constexpr double kMaxSeconds = 1e11;

std::optional<double> iso_seconds(std::string_view text) {
  static const GTimeZone* const utc = g_time_zone_new_utc();
  const GDateTimePtr time(g_date_time_new_from_iso8601(std::string(trimmed(text)).c_str(),
                                                       const_cast<GTimeZone*>(utc)));
  if (!time) return std::nullopt;
  const auto seconds = static_cast<double>(g_date_time_to_unix(time.get()));
  return seconds < kMaxSeconds ? std::optional(seconds) : std::nullopt;
}

// Seconds of a count of seconds or of a smaller unit: nothing that happens here was before March
// 1973, when milliseconds reached this limit.
double in_seconds(double count) {
  for (int unit = 0; unit < 3 && count >= kMaxSeconds; ++unit) count /= 1000;
  return count;
}

// 7.0 as "7"; what a double can't hold stays as it is spelled.
std::string whole_number(const std::string& spelled) {
  constexpr double kExact = 9007199254740992;  // 2^53
  if (spelled.find_first_not_of("-0123456789") == std::string::npos) return spelled;
  const double value = g_ascii_strtod(spelled.c_str(), nullptr);
  if (std::trunc(value) != value || std::abs(value) >= kExact) return spelled;
  return std::to_string(static_cast<std::int64_t>(value));
}

}  // namespace

const JsonValue* JsonFields::value(const char* name) const {
  const JsonValue* field = value_.find(name);
  return field == nullptr || field->is(Type::Null) ? nullptr : field;
}

void JsonFields::odd(const char* name, const JsonValue& value, const char* expected) const {
  report_odd("the field '" + std::string(name) + "' of a " + std::string(what_) + " is " +
             json_type_name(value.type) + " where " + expected + " is expected");
}

std::string JsonFields::text(const char* name) const {
  const JsonValue* field = value(name);
  if (field == nullptr) return {};
  if (field->is(Type::String) || field->is(Type::Number)) return field->text;
  odd(name, *field, "a string");
  return {};
}

std::string JsonFields::id(const char* name) const {
  const JsonValue* field = value(name);
  return field != nullptr && field->is(Type::Number) ? whole_number(field->text) : text(name);
}

std::optional<double> JsonFields::number(const char* name) const {
  const JsonValue* field = value(name);
  if (field == nullptr) return std::nullopt;
  std::optional<double> number;
  if (field->is(Type::Number) || field->is(Type::String)) {
    std::string_view text = trimmed(field->text);
    if (text.ends_with('%')) text.remove_suffix(1);
    number = parse_number(text);
  }
  if (!number) odd(name, *field, "a number");
  return number;
}

std::optional<int> JsonFields::count(const char* name) const {
  const std::optional<double> value = number(name);
  if (!value) return std::nullopt;
  const double rounded = std::round(*value);
  if (rounded < 0 || rounded > std::numeric_limits<int>::max()) {
    report_odd("the field '" + std::string(name) + "' of a " + std::string(what_) +
               " is out of range");
    return std::nullopt;
  }
  return static_cast<int>(rounded);
}

std::optional<std::int64_t> JsonFields::time(const char* name) const {
  const JsonValue* field = value(name);
  if (field == nullptr) return std::nullopt;
  std::optional<double> seconds;
  if (field->is(Type::Number) || field->is(Type::String)) {
    seconds = parse_number(field->text);
    if (seconds) {
      seconds = in_seconds(*seconds);
    } else if (field->is(Type::String)) {
      seconds = iso_seconds(field->text);
    }
  }
  if (!seconds || *seconds < 0 || *seconds > kLastSecond) {
    odd(name, *field, "a time");
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*seconds);
}

std::vector<std::string> JsonFields::texts(const char* name) const {
  const JsonValue* field = value(name);
  if (field == nullptr) return {};
  if (field->is(Type::String) && !field->text.empty()) return {field->text};
  if (!field->is(Type::Array)) {
    odd(name, *field, "a list");
    return {};
  }
  std::vector<std::string> values;
  for (const JsonValue& item : field->items) {
    if (item.is(Type::String) || item.is(Type::Number)) {
      values.push_back(item.text);
    } else {
      odd(name, item, "a list of strings");
    }
  }
  return values;
}

const JsonValue* JsonFields::object(const char* name) const {
  const JsonValue* field = value(name);
  if (field == nullptr) return nullptr;
  if (field->is(Type::Object)) return field;
  odd(name, *field, "an object");
  return nullptr;
}

const std::vector<std::string_view>& known_fields() {
  static const std::vector<std::string_view>* const names = new std::vector<std::string_view>{
      // of a task
      "task_id", "id", "status", "model", "prompt", "mode", "aspect_ratio", "quality", "progress",
      "created", "created_at", "expires_at", "cost_cents", "duration_seconds", "result_url",
      "thumbnail_url",
      // of a model
      "output_modalities", "media_type", "video_caps", "aspect_ratios", "qualities", "modes",
      "min_duration_s", "max_duration_s", "price_per_second_cents",
      // of what holds them
      "data", "task", "tasks", "models",
      // of a deletion
      "deleted",
      // of an error
      "error", "errors", "type", "code", "message", "msg", "detail", "loc", "retry_after",
      "request_id"};
  return *names;
}

}  // namespace airforce
