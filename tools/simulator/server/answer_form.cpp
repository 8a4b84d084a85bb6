// SPDX-License-Identifier: LGPL-2.1-or-later
#include "server/answer_form.h"

#include <json-glib/json-glib.h>

#include "glib_handles.h"
#include "service/json_text.h"

namespace airforce::simulator {
namespace {

bool changes_json(const Fault& fault) {
  return !fault.dropped_field.empty() || !fault.renamed_field.empty() || !fault.set_field.empty() ||
         !fault.wrapped_in.empty() || !fault.times_as.empty() || !fault.statuses_as.empty() ||
         fault.number_ids;
}

std::string text_of(JsonNode* node) {
  return Text(json_to_string(node, FALSE)).get();
}

std::string string_at(JsonObject* object, const char* name) {
  JsonNode* node = json_object_get_member(object, name);
  const bool text =
      node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING;
  return text ? json_node_get_string(node) : "";
}

/// A colon's two sides.
std::pair<std::string, std::string> sides(const std::string& text) {
  const auto colon = text.find(':');
  return {text.substr(0, colon), text.substr(colon + 1)};
}

void write_time(JsonObject* object, const char* name, const std::string& form) {
  if (!json_object_has_member(object, name)) return;
  const gint64 time = json_object_get_int_member(object, name);
  if (form == "milliseconds")
    json_object_set_int_member(object, name, time * 1000);
  else if (form == "text")
    json_object_set_string_member(object, name, std::to_string(time).c_str());
  else {
    GDateTime* date = g_date_time_new_from_unix_utc(time);
    json_object_set_string_member(object, name, Text(g_date_time_format_iso8601(date)).get());
    g_date_time_unref(date);
  }
}

std::string other_status(const std::string& status, const std::string& form) {
  if (form == "capitals") return Text(g_ascii_strup(status.c_str(), -1)).get();
  static constexpr std::pair<const char*, const char*> kSynonyms[] = {
      {"queued", "pending"},      {"running", "in_progress"}, {"processing", "in_progress"},
      {"completed", "succeeded"}, {"failed", "error"},        {"expired", "cancelled"}};
  for (const auto& [usual, synonym] : kSynonyms)
    if (status == usual) return synonym;
  return status;
}

void reform(JsonObject* object, const Fault& fault) {
  if (!fault.times_as.empty())
    for (const char* name : {"created", "expires_at"}) write_time(object, name, fault.times_as);
  if (const std::string status = string_at(object, "status");
      !fault.statuses_as.empty() && !status.empty())
    json_object_set_string_member(object, "status",
                                  other_status(status, fault.statuses_as).c_str());
  if (!fault.dropped_field.empty()) json_object_remove_member(object, fault.dropped_field.c_str());
  if (!fault.renamed_field.empty()) {
    const auto [name, other] = sides(fault.renamed_field);
    if (JsonNode* node = json_object_dup_member(object, name.c_str())) {
      json_object_remove_member(object, name.c_str());
      json_object_set_member(object, other.c_str(), node);
    }
  }
  if (!fault.set_field.empty()) {
    const auto [name, json] = sides(fault.set_field);
    JsonNode* value = json_from_string(json.c_str(), nullptr);
    if (!value) {  // a word without quotes
      value = json_node_alloc();
      json_node_init_string(value, json.c_str());
    }
    json_object_set_member(object, name.c_str(), value);
  }
}

JsonNodePtr with_wrong_types(JsonNode* node) {
  JsonNodePtr turned;
  if (JSON_NODE_HOLDS_OBJECT(node)) {
    JsonObject* object = json_object_new();
    json_object_foreach_member(
        json_node_get_object(node),
        [](JsonObject*, const char* name, JsonNode* value, gpointer data) {
          json_object_set_member(static_cast<JsonObject*>(data), name,
                                 with_wrong_types(value).release());
        },
        object);
    turned.reset(json_node_new(JSON_NODE_OBJECT));
    json_node_take_object(turned.get(), object);
  } else if (JSON_NODE_HOLDS_ARRAY(node)) {
    JsonArray* array = json_array_new();
    for (guint i = 0; i < json_array_get_length(json_node_get_array(node)); ++i)
      json_array_add_element(
          array, with_wrong_types(json_array_get_element(json_node_get_array(node), i)).release());
    turned.reset(json_node_new(JSON_NODE_ARRAY));
    json_node_take_array(turned.get(), array);
  } else {
    const bool text =
        JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING;
    turned.reset(json_node_alloc());
    if (text)
      json_node_init_int(turned.get(), 7);
    else
      json_node_init_string(turned.get(), "seven");
  }
  return turned;
}

}  // namespace

std::string reformed(const std::string& json, const Fault& fault) {
  if (!changes_json(fault)) return json;
  const JsonNodePtr root(json_from_string(json.c_str(), nullptr));
  if (!root || !JSON_NODE_HOLDS_OBJECT(root.get())) return json;
  JsonObject* object = json_node_get_object(root.get());
  JsonNode* data = json_object_get_member(object, "data");
  if (data && JSON_NODE_HOLDS_ARRAY(data)) {
    json_array_foreach_element(
        json_node_get_array(data),
        [](JsonArray*, guint, JsonNode* entry, gpointer fault_data) {
          if (JSON_NODE_HOLDS_OBJECT(entry))
            reform(json_node_get_object(entry), *static_cast<const Fault*>(fault_data));
        },
        const_cast<Fault*>(&fault));
  } else {
    reform(object, fault);
  }
  const std::string text = text_of(root.get());
  return fault.wrapped_in.empty() ? text : "{\"" + fault.wrapped_in + "\":" + text + "}";
}

std::string with_wrong_types(const std::string& json) {
  const JsonNodePtr root(json_from_string(json.c_str(), nullptr));
  return root ? text_of(with_wrong_types(root.get()).get()) : json;
}

}  // namespace airforce::simulator
