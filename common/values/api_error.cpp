// SPDX-License-Identifier: LGPL-2.1-or-later
// read_api_error(): what an error answer says, whatever its shape.
#include <utility>

#include "values/error.h"
#include "values/json.h"
#include "values/json_document.h"
#include "values/text.h"

namespace airforce {
namespace {

constexpr std::size_t kMaxName = 60;  // of a type or a code

bool is_string(JsonNode* node) {
  return JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING;
}

// A member as text: strings and numbers; "" for anything else.
std::string text_member(JsonObject* object, const char* name) {
  JsonNode* node = json_object_get_member(object, name);
  if (node == nullptr || !JSON_NODE_HOLDS_VALUE(node)) return {};
  if (is_string(node)) return json_node_get_string(node);
  return json_node_get_value_type(node) == G_TYPE_INT64 ? std::to_string(json_node_get_int(node))
                                                        : std::string();
}

std::string sentence(JsonNode* node);

// "body.duration_seconds" of ["body", "duration_seconds"].
std::string location(JsonObject* object) {
  JsonNode* node = json_object_get_member(object, "loc");
  if (node == nullptr || !JSON_NODE_HOLDS_ARRAY(node)) return {};
  std::string path;
  JsonArray* parts = json_node_get_array(node);
  for (guint i = 0; i < json_array_get_length(parts); ++i) {
    JsonNode* part = json_array_get_element(parts, i);
    if (!JSON_NODE_HOLDS_VALUE(part)) continue;
    const std::string name =
        is_string(part) ? json_node_get_string(part) : std::to_string(json_node_get_int(part));
    if (!path.empty()) path += '.';
    path += name;
  }
  return path;
}

std::string sentence_of_object(JsonObject* object) {
  for (const char* name : {"message", "msg", "detail"}) {
    const std::string text = text_member(object, name);
    if (text.empty()) continue;
    const std::string where = location(object);
    return where.empty() ? text : where + ": " + text;
  }
  return {};
}

// What a node says: a string; {message}; FastAPI's {loc, msg}; or several of them.
std::string sentence(JsonNode* node) {
  if (node == nullptr) return {};
  if (is_string(node)) return json_node_get_string(node);
  if (JSON_NODE_HOLDS_OBJECT(node)) return sentence_of_object(json_node_get_object(node));
  if (!JSON_NODE_HOLDS_ARRAY(node)) return {};
  constexpr guint kMax = 8;  // more would not be shown
  std::string all;
  JsonArray* array = json_node_get_array(node);
  for (guint i = 0; i < json_array_get_length(array) && i < kMax; ++i) {
    JsonNode* element = json_array_get_element(array, i);
    if (JSON_NODE_HOLDS_ARRAY(element)) continue;
    const std::string one = sentence(element);
    if (!one.empty()) all += (all.empty() ? "" : "; ") + one;
  }
  return all;
}

ApiError error_in(JsonObject* object) {
  JsonNode* node = json_object_get_member(object, "error");
  JsonObject* error =
      node != nullptr && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : nullptr;
  ApiError result;
  for (JsonObject* source : {error, object}) {
    if (source == nullptr) continue;
    if (result.type.empty()) result.type = text_member(source, "type");
    if (result.code.empty()) result.code = text_member(source, "code");
    for (const char* name : {"message", "detail"}) {
      if (result.message.empty()) result.message = sentence(json_object_get_member(source, name));
    }
  }
  const std::string text = sentence(node);
  if (result.message.empty()) {
    result.message = text;
  } else if (result.type.empty() && error == nullptr) {
    result.type = text;  // {"error": "Bad Request", "message": "..."}
  }
  return result;
}

ApiError read_raw(std::string_view body) {
  JsonNodePtr root;
  try {
    root = parse_json(body);
  } catch (const Error&) {
    return {"", "", std::string(body)};
  }
  if (JSON_NODE_HOLDS_OBJECT(root.get())) return error_in(json_node_get_object(root.get()));
  return {"", "", sentence(root.get())};
}

}  // namespace

ApiError read_api_error(std::string_view body) {
  const ApiError raw = read_raw(body);
  return {display_message(raw.type, kMaxName), display_message(raw.code, kMaxName),
          display_message(raw.message)};
}

}  // namespace airforce
