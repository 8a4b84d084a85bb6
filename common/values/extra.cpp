// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/extra.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "values/error.h"
#include "values/glib_ptr.h"
#include "values/settings.h"
#include "values/text.h"

namespace airforce {
namespace {

constexpr std::size_t kMaxBytes = 64 * 1024;
constexpr int kMaxDepth = 32;

using NodePtr = std::unique_ptr<JsonNode, Deleter<json_node_unref>>;

Error bad(const std::string& what) {
  return {ErrorKind::Settings, Step::Settings, "extra " + what,
          "write a JSON object, for example {\"negative_prompt\":\"rain\"}"};
}

// json-glib recurses, so that the nesting is looked at before.
int depth_of(const std::string& text) {
  int depth = 0;
  int deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

// A number that json-glib would hand on as another one: an integer beyond 64 bits, a float beyond
// a double. "": none.
std::string number_out_of_range(const std::string& text) {
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') in_string = !in_string;
    if (in_string && c == '\\') ++i;
    if (in_string || (c != '-' && !g_ascii_isdigit(c))) continue;
    const std::size_t end = std::min(text.find_first_not_of("+-.0123456789Ee", i), text.size());
    const std::string number = text.substr(i, end - i);
    errno = 0;
    if (number.find_first_of(".eE") == std::string::npos)
      g_ascii_strtoll(number.c_str(), nullptr, 10);
    else if (std::isfinite(g_ascii_strtod(number.c_str(), nullptr)))
      errno = 0;  // ERANGE as well for what is next to zero
    if (errno == ERANGE) return number;
    i = end - 1;
  }
  return {};
}

// Names are compared as services may read them: without their case.
std::string lower_case(const std::string& name) {
  const GCharPtr lower(g_ascii_strdown(name.c_str(), -1));
  return lower.get();
}

std::vector<std::string> sorted_names(JsonObject* object) {
  std::vector<std::string> names;
  const std::unique_ptr<GList, Deleter<g_list_free>> members(json_object_get_members(object));
  for (const GList* item = members.get(); item != nullptr; item = item->next)
    names.emplace_back(static_cast<const char*>(item->data));
  std::sort(names.begin(), names.end());
  return names;
}

void add_value(JsonBuilder* builder, JsonNode* node);

void add_members(JsonBuilder* builder, JsonObject* object) {
  for (const std::string& name : sorted_names(object)) {
    json_builder_set_member_name(builder, name.c_str());
    add_value(builder, json_object_get_member(object, name.c_str()));
  }
}

void add_value(JsonBuilder* builder, JsonNode* node) {
  if (JSON_NODE_HOLDS_OBJECT(node)) {
    json_builder_begin_object(builder);
    add_members(builder, json_node_get_object(node));
    json_builder_end_object(builder);
  } else if (JSON_NODE_HOLDS_ARRAY(node)) {
    json_builder_begin_array(builder);
    JsonArray* array = json_node_get_array(node);
    for (guint i = 0; i < json_array_get_length(array); ++i)
      add_value(builder, json_array_get_element(array, i));
    json_builder_end_array(builder);
  } else {
    json_builder_add_value(builder, json_node_copy(node));
  }
}

}  // namespace

void add_extra(JsonBuilder* builder, const std::string& extra) {
  if (extra.empty()) return;
  if (extra.size() > kMaxBytes) throw bad("is larger than " + std::to_string(kMaxBytes) + " bytes");
  if (!g_utf8_validate_len(extra.data(), extra.size(), nullptr)) throw bad("is not UTF-8");
  if (depth_of(extra) > kMaxDepth) throw bad("is nested too deeply");
  if (const std::string number = number_out_of_range(extra); !number.empty())
    throw bad("has the number " + display_text(number, 60) + ", which is out of range");
  GErrorSlot error;
  const NodePtr root(json_from_string(extra.c_str(), error));
  if (!root || !JSON_NODE_HOLDS_OBJECT(root.get())) throw bad("is not a JSON object");
  JsonObject* object = json_node_get_object(root.get());
  for (const std::string& name : sorted_names(object)) {
    const ParameterInfo* parameter = find_parameter(lower_case(name));
    if (parameter == nullptr) continue;
    const bool is_secret = (parameter->traits & AIRFORCE_SECRET) != 0;
    throw Error(ErrorKind::Settings, Step::Settings,
                "extra has a field '" + display_text(name, 60) + "', which is a parameter",
                is_secret ? "leave it out, and keep the key in AIRFORCE_API_KEY"
                          : std::string("leave it out, and set ") + parameter->name);
  }
  add_members(builder, object);
}

}  // namespace airforce
