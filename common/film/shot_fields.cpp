// SPDX-License-Identifier: LGPL-2.1-or-later
#include "film/shot_fields.h"

#include <cmath>
#include <string>
#include <vector>

#include "film/storyboard.h"
#include "values/error.h"
#include "values/json_document.h"
#include "values/text.h"
#include "vocabulary/close_match.h"

namespace airforce {
namespace {

constexpr const char* kContinue = "continue";

Error wrong_field(const std::string& message, const std::string& next_step = {}) {
  return {ErrorKind::Settings, Step::Settings, message, next_step};
}

// What a shot may set: the request, how it is bought, and where its clip goes; not whose account
// pays, nor what runs on this machine.
bool is_shot_field(const ParameterInfo& parameter) {
  switch (parameter.id) {
    case Parameter::location:
    case Parameter::task_id:
    case Parameter::max_cost_cents:
    case Parameter::timeout: return true;
    default: return (parameter.traits & AIRFORCE_BODY) != 0;
  }
}

const ParameterInfo& known_field(std::string_view name) {
  const ParameterInfo* found = find_parameter(name);
  if (found != nullptr && is_shot_field(*found)) return *found;
  if (found != nullptr)
    throw wrong_field(std::string(found->name) + " cannot be set for a single shot",
                      "set it beside the storyboard");
  std::vector<std::string> names{kContinue};
  std::string list = kContinue;
  for (const ParameterInfo& parameter : parameters()) {
    if (!is_shot_field(parameter)) continue;
    names.emplace_back(parameter.name);
    list += ", " + names.back();
  }
  const std::string meant = close_match(name, names);
  throw wrong_field("a shot has no field '" + display_text(name, 60) + "'",
                    meant.empty() ? "its fields are " + list : "did you mean '" + meant + "'?");
}

// The text form of a JSON value; "" for null.
std::string text_of_value(const std::string& name, JsonNode* node) {
  if (JSON_NODE_HOLDS_NULL(node)) return {};
  // An object is kept as JSON, for the one field that holds it (extra).
  if (JSON_NODE_HOLDS_OBJECT(node)) return GCharPtr(json_to_string(node, FALSE)).get();
  if (!JSON_NODE_HOLDS_VALUE(node))
    throw wrong_field(name + " is " + json_type_name(node) + " where a single value is expected");
  const GType type = json_node_get_value_type(node);
  if (type == G_TYPE_STRING) return json_node_get_string(node);
  if (type == G_TYPE_BOOLEAN) return json_node_get_boolean(node) != FALSE ? "true" : "false";
  if (type == G_TYPE_INT64) return std::to_string(json_node_get_int(node));
  return number_text(json_node_get_double(node));
}

void set_list(Shot& shot, const std::string& name, JsonNode* node) {
  shot.settings.reset(name);
  if (!JSON_NODE_HOLDS_ARRAY(node)) {
    shot.settings.set(name, text_of_value(name, node));
    return;
  }
  JsonArray* array = json_node_get_array(node);
  for (guint i = 0; i < json_array_get_length(array); ++i)
    shot.settings.add(name, text_of_value(name, json_array_get_element(array, i)));
}

void set_value(Shot& shot, const std::string& name, JsonNode* node) {
  if (name == kContinue) {
    const bool is_boolean =
        JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_BOOLEAN;
    if (!is_boolean) throw wrong_field("continue must be true or false");
    shot.continues = json_node_get_boolean(node) != FALSE;
    return;
  }
  const ParameterInfo& parameter = known_field(name);
  if (JSON_NODE_HOLDS_NULL(node)) {
    shot.settings.reset(parameter.name);
  } else if (parameter.type == ParameterType::List) {
    set_list(shot, parameter.name, node);
  } else {
    const bool is_text =
        JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING;
    if (parameter.type == ParameterType::String && !is_text && !JSON_NODE_HOLDS_OBJECT(node))
      throw wrong_field(name + " is " + json_type_name(node) + " where a string is expected");
    shot.settings.set(parameter.name, text_of_value(name, node));
  }
}

}  // namespace

void set_shot_field(Shot& shot, std::string_view name, std::string_view text) {
  shot.settings.set(known_field(name).name, text);
}

void set_shot_fields(Shot& shot, std::string_view object) {
  JsonNodePtr root;
  try {
    root = parse_json(object);
  } catch (const Error&) {
    throw wrong_field("not a JSON object", "write one object a line");
  }
  if (!JSON_NODE_HOLDS_OBJECT(root.get()))
    throw wrong_field(std::string(json_type_name(root.get())) + " where an object is expected");
  JsonObject* fields = json_node_get_object(root.get());
  JsonObjectIter iterator;
  json_object_iter_init_ordered(&iterator, fields);
  const char* name = nullptr;
  JsonNode* node = nullptr;
  while (json_object_iter_next_ordered(&iterator, &name, &node)) {
    set_value(shot, name, node);
    shot.fields += (shot.fields.empty() ? "" : " ") + std::string(name);
  }
}

}  // namespace airforce
