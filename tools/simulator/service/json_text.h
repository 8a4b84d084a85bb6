// SPDX-License-Identifier: LGPL-2.1-or-later
// JSON objects and arrays written field by field, on json-glib.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <json-glib/json-glib.h>

namespace airforce::simulator {

struct JsonNodeUnref {
  void operator()(JsonNode* node) const { json_node_unref(node); }
};
using JsonNodePtr = std::unique_ptr<JsonNode, JsonNodeUnref>;

class JsonArrayText;

/// An object under construction. Fields keep the order in which they were set.
class JsonObjectText {
 public:
  JsonObjectText() : object_(json_object_new(), json_object_unref) {}

  JsonObjectText& set(const char* name, std::string_view value) {
    json_object_set_string_member(object_.get(), name, std::string(value).c_str());
    return *this;
  }
  JsonObjectText& set(const char* name, const char* value) {
    return set(name, std::string_view(value));
  }
  JsonObjectText& set(const char* name, bool value) {
    json_object_set_boolean_member(object_.get(), name, value);
    return *this;
  }
  template <typename Number>
  requires std::is_arithmetic_v<Number> JsonObjectText& set(const char* name, Number value) {
    if constexpr (std::is_floating_point_v<Number>)
      json_object_set_double_member(object_.get(), name, value);
    else
      json_object_set_int_member(object_.get(), name, static_cast<gint64>(value));
    return *this;
  }
  JsonObjectText& set(const char* name, const JsonObjectText& value) {
    json_object_set_object_member(object_.get(), name, json_object_ref(value.object_.get()));
    return *this;
  }
  JsonObjectText& set(const char* name, const JsonArrayText& value);
  JsonObjectText& set_null(const char* name) {
    json_object_set_null_member(object_.get(), name);
    return *this;
  }

  [[nodiscard]] std::string text() const {
    JsonNodePtr node(json_node_new(JSON_NODE_OBJECT));
    json_node_set_object(node.get(), object_.get());
    return std::unique_ptr<char, decltype(&g_free)>(json_to_string(node.get(), FALSE), g_free)
        .get();
  }

 private:
  friend class JsonArrayText;
  std::shared_ptr<JsonObject> object_;
};

/// An array under construction.
class JsonArrayText {
 public:
  JsonArrayText() : array_(json_array_new(), json_array_unref) {}
  explicit JsonArrayText(const std::vector<std::string>& strings) : JsonArrayText() {
    for (const auto& string : strings) json_array_add_string_element(array_.get(), string.c_str());
  }
  JsonArrayText& add(const JsonObjectText& value) {
    json_array_add_object_element(array_.get(), json_object_ref(value.object_.get()));
    return *this;
  }

 private:
  friend class JsonObjectText;
  std::shared_ptr<JsonArray> array_;
};

inline JsonObjectText& JsonObjectText::set(const char* name, const JsonArrayText& value) {
  json_object_set_array_member(object_.get(), name, json_array_ref(value.array_.get()));
  return *this;
}

}  // namespace airforce::simulator
