// SPDX-License-Identifier: LGPL-2.1-or-later
// What an error answer says, whatever its shape.
#include <utility>

#include "values/error.h"
#include "values/json.h"
#include "values/json_fields.h"
#include "values/text.h"

namespace airforce {
namespace {

using Type = JsonValue::Type;

constexpr std::size_t kMaxName = 60;  // of a type, a code or a request's id

// A member as text: strings and whole numbers; "" for anything else.
std::string text_member(const JsonValue& object, const char* name) {
  const JsonValue* member = object.find(name);
  if (member == nullptr) return {};
  if (member->is(Type::String)) return member->text;
  const bool is_whole = member->is(Type::Number) &&
                        member->text.find_first_not_of("-0123456789") == std::string::npos;
  return is_whole ? member->text : std::string();
}

// "body.duration_seconds" of ["body", "duration_seconds"].
std::string location(const JsonValue& object) {
  const JsonValue* parts = object.find("loc");
  if (parts == nullptr) return {};
  std::string path;
  for (const JsonValue& part : parts->items) {
    if (!part.is(Type::String) && !part.is(Type::Number)) continue;
    if (!path.empty()) path += '.';
    path += part.text;
  }
  return path;
}

std::string sentence_of_object(const JsonValue& object) {
  for (const char* name : {"message", "msg", "detail"}) {
    const std::string text = text_member(object, name);
    if (text.empty()) continue;
    const std::string where = location(object);
    return where.empty() ? text : where + ": " + text;
  }
  return {};
}

std::string sentence(const JsonValue* value) {
  if (value == nullptr) return {};
  if (value->is(Type::String)) return value->text;
  if (value->is(Type::Object)) return sentence_of_object(*value);
  constexpr std::size_t kMax = 8;  // more would not be shown
  std::string all;
  for (std::size_t i = 0; i < value->items.size() && i < kMax; ++i) {
    if (value->items[i].is(Type::Array)) continue;
    const std::string one = sentence(&value->items[i]);
    if (!one.empty()) all += (all.empty() ? "" : "; ") + one;
  }
  return all;
}

}  // namespace

ApiError raw_error(const JsonValue& root) {
  ApiError result;
  if (!root.is(Type::Object)) {
    result.message = sentence(&root);
    return result;
  }
  const JsonValue* value = root.find("error");
  if (value == nullptr || value->is(Type::Null)) value = root.find("errors");
  const JsonValue* error = value != nullptr && value->is(Type::Object) ? value : nullptr;
  if (value == nullptr || value->is(Type::Null)) {
    const JsonValue* detail = root.find("detail");
    if (detail != nullptr && detail->is(Type::Object)) error = detail;
  }
  for (const JsonValue* source : {error, &root}) {
    if (source == nullptr) continue;
    if (result.type.empty()) result.type = text_member(*source, "type");
    if (result.code.empty()) result.code = text_member(*source, "code");
    if (result.request_id.empty()) result.request_id = text_member(*source, "request_id");
    const auto wait = JsonFields(*source, "error").number("retry_after");
    if (!result.retry_after_seconds && wait && *wait >= 0) result.retry_after_seconds = wait;
    for (const char* name : {"message", "detail"}) {
      if (result.message.empty()) result.message = sentence(source->find(name));
      if (result.message.empty()) result.message = text_member(*source, name);
    }
  }
  const std::string text = sentence(value);
  if (result.message.empty()) {
    result.message = text;
  } else if (result.type.empty() && error == nullptr) {
    result.type = text;  // {"error": "Bad Request", "message": "..."}
  }
  return result;
}

ApiError shown_error(const ApiError& raw) {
  ApiError shown = raw;
  shown.type = display_message(raw.type, kMaxName);
  shown.code = display_message(raw.code, kMaxName);
  shown.request_id = display_message(raw.request_id, kMaxName);
  shown.message = display_message(raw.message);
  return shown;
}

ApiError read_api_error(std::string_view body) {
  try {
    return shown_error(raw_error(parse_json_value(body, known_fields())));
  } catch (const Error&) {
    ApiError raw;
    raw.message = body.substr(0, 4096);
    return shown_error(raw);
  }
}

}  // namespace airforce
