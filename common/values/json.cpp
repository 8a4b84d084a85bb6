// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/json.h"

#include <limits>
#include <utility>

#include "values/error.h"
#include "values/json_document.h"
#include "values/text.h"

namespace airforce {
namespace {

constexpr std::int64_t kLastSecond =
    253402300799;  // of the year 9999: a later one is nonsense that must not overflow sums

std::optional<int> to_int(const JsonFields& fields, const char* name) {
  const std::optional<std::int64_t> value = fields.integer(name);
  if (!value) return std::nullopt;
  if (*value < 0 || *value > std::numeric_limits<int>::max()) {
    throw Error(ErrorKind::Protocol, Step::Follow,
                "the field '" + fields.path_of(name) + "' of the answer is out of range");
  }
  return static_cast<int>(*value);
}

// An object {type, message}, or the message alone.
void read_task_error(const JsonFields& fields, Task& task) {
  JsonNode* node = fields.node("error");
  if (node == nullptr) return;
  if (JSON_NODE_HOLDS_VALUE(node)) {
    task.error_message = display_message(fields.string("error"));
    return;
  }
  const JsonFields error(node, fields.path_of("error"));
  task.error_type = display_message(error.string("type"), 60);
  task.error_message = display_message(error.string("message"));
}

Task task_in(JsonNode* node, const std::string& path) {
  const JsonFields fields(node, path);
  Task task;
  task.task_id = fields.string("task_id");
  task.status_text = display_text(fields.string("status"), 60);
  task.status = task_status_of(task.status_text);
  task.model = fields.string("model");
  task.prompt = fields.string("prompt");
  // A fraction of a per cent or of a second, or a progress of 101, is no reason to give up a clip
  // that is paid for.
  if (const auto progress = fields.clamped("progress", 0, 100))
    task.progress = static_cast<int>(*progress);
  task.created = fields.clamped("created", 0, kLastSecond);
  task.expires_at = fields.clamped("expires_at", 0, kLastSecond);
  task.cost_cents = fields.number("cost_cents");
  task.duration_seconds = to_int(fields, "duration_seconds");
  task.result_url = fields.string("result_url");
  task.thumbnail_url = fields.string("thumbnail_url");
  read_task_error(fields, task);
  return task;
}

VideoCaps caps_in(const JsonFields& fields) {
  VideoCaps caps;
  caps.aspect_ratios = fields.strings("aspect_ratios");
  caps.qualities = fields.strings("qualities");
  caps.modes = fields.strings("modes");
  caps.min_duration_s = to_int(fields, "min_duration_s");
  caps.max_duration_s = to_int(fields, "max_duration_s");
  caps.price_per_second_cents = fields.number("price_per_second_cents");
  return caps;
}

Model model_in(JsonNode* node, const std::string& path) {
  const JsonFields fields(node, path);
  Model model;
  model.id = fields.string("id");
  model.output_modalities = fields.strings("output_modalities");
  if (const auto caps = fields.object("video_caps")) model.caps = caps_in(*caps);
  return model;
}

// The array of a list and the path to it.
std::pair<JsonArray*, std::string> list_in(JsonNode* root) {
  if (JSON_NODE_HOLDS_ARRAY(root)) return {json_node_get_array(root), ""};
  const JsonFields fields(root, "");
  for (const char* name : {"data", "tasks", "models"}) {
    JsonNode* node = fields.node(name);
    if (node != nullptr && JSON_NODE_HOLDS_ARRAY(node)) return {json_node_get_array(node), name};
  }
  throw Error(
      ErrorKind::Protocol, Step::List,
      "the answer holds no list: it is no array, nor has it one as 'data', 'tasks' or 'models'");
}

template <typename Read>
auto read_list(std::string_view json, Read read) {
  const JsonNodePtr root = parse_json(json);
  const auto [array, path] = list_in(root.get());
  std::vector<decltype(read(root.get(), path))> items;
  for (guint i = 0; i < json_array_get_length(array); ++i) {
    items.push_back(read(json_array_get_element(array, i), path + "[" + std::to_string(i) + "]"));
  }
  return items;
}

void add(JsonObject* object, const char* name, const std::string& value) {
  if (!value.empty()) json_object_set_string_member(object, name, valid_utf8(value).c_str());
}

template <typename Integer>
void add_integer(JsonObject* object, const char* name, const std::optional<Integer>& value) {
  if (value) json_object_set_int_member(object, name, *value);
}

}  // namespace

Task read_task(std::string_view json) {
  return task_in(parse_json(json).get(), "");
}

std::vector<Task> read_tasks(std::string_view json) {
  return read_list(json, task_in);
}

std::vector<Model> read_models(std::string_view json) {
  return read_list(json, model_in);
}

std::string write_task(const Task& task, bool with_urls) {
  JsonObject* object = json_object_new();
  JsonNodePtr node(json_node_alloc());
  json_node_take_object(json_node_init(node.get(), JSON_NODE_OBJECT), object);
  add(object, "task_id", task.task_id);
  add(object, "status", task.status_text);
  add(object, "model", task.model);
  add(object, "prompt", task.prompt);
  add_integer(object, "progress", task.progress);
  add_integer(object, "created", task.created);
  add_integer(object, "expires_at", task.expires_at);
  if (task.cost_cents) json_object_set_double_member(object, "cost_cents", *task.cost_cents);
  add_integer(object, "duration_seconds", task.duration_seconds);
  if (with_urls) {
    add(object, "result_url", task.result_url);
    add(object, "thumbnail_url", task.thumbnail_url);
  }
  if (!task.error_type.empty() || !task.error_message.empty()) {
    JsonObject* error = json_object_new();
    add(error, "type", task.error_type);
    add(error, "message", task.error_message);
    json_object_set_object_member(object, "error", error);
  }
  return GCharPtr(json_to_string(node.get(), FALSE)).get();
}

}  // namespace airforce
