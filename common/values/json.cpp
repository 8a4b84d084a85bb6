// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/json.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include <glib.h>

#include "values/json_document.h"
#include "values/json_fields.h"
#include "values/odd.h"
#include "values/text.h"
#include "values/trim.h"

namespace airforce {
namespace {

// No price: what writes numbers may spell those above as nothing that reads them understands.
constexpr double kMaxCents = 1e15;

using Type = JsonValue::Type;

constexpr int kMaxWrappers = 4;

std::string shown(const std::string& text) {
  return display_text(text, 60);
}

// An id that can be used, of the first of these fields that has one.
std::string usable_id(const JsonFields& fields, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const std::string id = fields.id(name);
    if (is_task_id(id)) return id;
    if (!id.empty())
      report_odd(std::string("the field '") + name + "' of a task can't be part of a URL's path");
  }
  return {};
}

void read_task_error(const JsonValue& value, Task& task) {
  const JsonValue* error = value.find("error");
  if (error != nullptr && !error->is(Type::Null)) {
    JsonValue only;
    only.type = Type::Object;
    only.set("error", JsonValue(*error));
    const ApiError words = shown_error(raw_error(only));
    task.error_type = words.type.empty() ? words.code : words.type;
    task.error_message = words.message;
  }
  if (is_cancelled(task.status_text) && task.error_type.empty() && task.error_message.empty())
    task.error_message = "cancelled at the service";
}

Task task_in(const JsonValue& value) {
  const JsonFields fields(value, "task");
  Task task;
  task.task_id = usable_id(fields, {"task_id", "id"});
  task.other_id = usable_id(fields, {"id"});
  if (task.other_id == task.task_id) task.other_id.clear();
  task.status_text = shown(fields.text("status"));
  task.status = parse_task_status(task.status_text);
  task.model = fields.text("model");
  task.prompt = fields.text("prompt");
  task.mode = fields.text("mode");
  task.aspect_ratio = fields.text("aspect_ratio");
  task.quality = fields.text("quality");
  if (const auto progress = fields.number("progress"))
    task.progress = static_cast<int>(std::clamp(*progress, 0.0, 100.0));
  task.created = fields.time("created");
  if (!task.created) task.created = fields.time("created_at");
  task.expires_at = fields.time("expires_at");
  if (const auto cost = fields.number("cost_cents"); cost && *cost >= kMaxCents)
    report_odd("the field 'cost_cents' of a task is out of range");
  else if (cost && *cost >= 0)
    task.cost_cents = cost;
  task.duration_seconds = fields.count("duration_seconds");
  task.result_url = trimmed(fields.text("result_url"));
  task.thumbnail_url = trimmed(fields.text("thumbnail_url"));
  read_task_error(value, task);
  return task;
}

VideoCaps caps_in(const JsonValue& value) {
  const JsonFields fields(value, "model");
  VideoCaps caps;
  caps.aspect_ratios = fields.texts("aspect_ratios");
  caps.qualities = fields.texts("qualities");
  caps.modes = fields.texts("modes");
  caps.min_duration_s = fields.count("min_duration_s");
  caps.max_duration_s = fields.count("max_duration_s");
  if (const auto price = fields.number("price_per_second_cents"); price && *price >= 0)
    caps.price_per_second_cents = price;
  return caps;
}

Model model_in(const JsonValue& value) {
  const JsonFields fields(value, "model");
  Model model;
  model.id = fields.id("id");
  model.output_modalities = fields.texts("output_modalities");
  model.media_type = fields.text("media_type");
  if (const JsonValue* caps = fields.object("video_caps")) model.caps = caps_in(*caps);
  return model;
}

bool has_error(const JsonValue& root) {
  for (const char* name : {"error", "errors"}) {
    const JsonValue* value = root.find(name);
    if (value == nullptr || value->is(Type::Null)) continue;
    if (!value->is(Type::Boolean) || value->boolean) return true;
  }
  return false;
}

// Throws ErrorAnswer if `root` is an error rather than what was asked for.
void check_no_error(const JsonValue& root) {
  ApiError error = shown_error(raw_error(root));
  if (has_error(root) || !error.message.empty()) throw ErrorAnswer(std::move(error));
}

bool has_any(const JsonValue& value, std::initializer_list<const char*> names) {
  return std::any_of(names.begin(), names.end(),
                     [&](const char* name) { return value.find(name) != nullptr; });
}

// A status alone may be that of the request: {"status": "error", "message": "..."}, or an HTTP
// status.
bool is_task(const JsonValue& value) {
  if (has_any(value, {"task_id", "id"})) return true;
  const JsonValue* status = value.find("status");
  if (status == nullptr || !status->is(Type::String)) return false;
  return g_ascii_strcasecmp(status->text.c_str(), "error") != 0 ||
         has_any(value, {"model", "progress", "created", "expires_at", "result_url"});
}

// What `root` wraps, which may have an id and a status of its own.
const JsonValue& unwrapped(const JsonValue& root) {
  const JsonValue* value = &root;
  for (int wrappers = 0; wrappers < kMaxWrappers; ++wrappers) {
    if (value->find("task_id") != nullptr) break;
    const JsonValue* inner = nullptr;
    for (const char* name : {"task", "data"}) {
      const JsonValue* candidate = value->find(name);
      if (candidate != nullptr && candidate->is(Type::Array) && candidate->items.size() == 1)
        candidate = &candidate->items.front();
      if (inner == nullptr && candidate != nullptr && candidate->is(Type::Object))
        inner = candidate;
    }
    if (inner == nullptr) break;
    if (is_task(*value) && !is_task(*inner) && inner->find("data") == nullptr) break;
    value = inner;
  }
  return *value;
}

const JsonValue* list_in(const JsonValue& value, int wrappers = 0) {
  if (value.is(Type::Array)) return &value;
  if (wrappers == kMaxWrappers) return nullptr;
  for (const char* name : {"data", "tasks", "models"}) {
    const JsonValue* member = value.find(name);
    if (member == nullptr || member->is(Type::Null)) continue;
    if (const JsonValue* list = list_in(*member, wrappers + 1)) return list;
  }
  return nullptr;
}

template <typename Item>
std::vector<Item> read_list(std::string_view json, const char* what,
                            Item (*read)(const JsonValue& value)) {
  const JsonValue root = parse_json_value(json, known_fields());
  const JsonValue* list = list_in(root);
  if (list == nullptr) {
    check_no_error(root);
    throw Error(ErrorKind::Protocol, Step::List,
                std::string("the answer is ") + json_type_name(root.type) +
                    " where an array, or an object with an array 'data', 'tasks' or 'models' is "
                    "expected");
  }
  std::vector<Item> items;
  items.reserve(list->items.size());
  for (const JsonValue& value : list->items) {
    if (value.is(Type::Object)) {
      items.push_back(read(value));
    } else {
      report_odd(std::string("an entry of the list of ") + what + " is " +
                 json_type_name(value.type) + " where an object is expected");
    }
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
  const JsonValue root = parse_json_value(json, known_fields());
  const JsonValue& value = unwrapped(root);
  if (!is_task(value)) {
    check_no_error(root);
    check_no_error(value);
  }
  if (!value.is(Type::Object))
    throw Error(ErrorKind::Protocol, Step::Follow,
                std::string("the answer is ") + json_type_name(value.type) +
                    " where an object is expected");
  return task_in(value);
}

std::vector<Task> read_tasks(std::string_view json) {
  return read_list(json, "tasks", task_in);
}

std::vector<Model> read_models(std::string_view json) {
  std::vector<Model> models = read_list(json, "models", model_in);
  if (std::erase_if(models, [](const Model& model) { return model.id.empty(); }) > 0)
    report_odd("a model of the list has no id");
  return models;
}

std::string check_deleted(std::string_view json) {
  JsonValue root;
  try {
    root = parse_json_value(json, known_fields());
  } catch (const Error&) {
    return {};
  }
  if (!root.is(Type::Object)) return {};
  const JsonValue& value = unwrapped(root);
  for (const JsonValue* object : {&std::as_const(root), &value}) {
    // A message alone may say that it was deleted, and a task that failed has its own error.
    if (has_error(*object) && !is_task(*object)) throw ErrorAnswer(shown_error(raw_error(*object)));
    const std::string words = shown_error(raw_error(*object)).message;
    const JsonValue* deleted = object->find("deleted");
    if (deleted != nullptr && deleted->is(Type::Boolean) && !deleted->boolean)
      throw Error(
          ErrorKind::Protocol, Step::Delete,
          "the service says that the task was not deleted" + (words.empty() ? words : ": " + words),
          "ask for its status, and try again");
  }
  return value.is(Type::Object) ? usable_id(JsonFields(value, "task"), {"task_id", "id"})
                                : std::string();
}

std::string write_task(const Task& task, bool with_urls) {
  JsonObject* object = json_object_new();
  JsonNodePtr node(json_node_alloc());
  json_node_take_object(json_node_init(node.get(), JSON_NODE_OBJECT), object);
  add(object, "task_id", task.task_id);
  add(object, "status", task.status_text);
  add(object, "model", task.model);
  add(object, "prompt", task.prompt);
  add(object, "mode", task.mode);
  add(object, "aspect_ratio", task.aspect_ratio);
  add(object, "quality", task.quality);
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
  return printable_json(GCharPtr(json_to_string(node.get(), FALSE)).get());
}

}  // namespace airforce
