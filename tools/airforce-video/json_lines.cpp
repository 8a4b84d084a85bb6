// SPDX-License-Identifier: LGPL-2.1-or-later
#include "json_lines.h"

#include "report.h"
#include "values/glib_ptr.h"
#include "values/json.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

using JsonNodePtr = std::unique_ptr<JsonNode, Deleter<json_node_unref>>;

}  // namespace

JsonLine::JsonLine() : object_(json_object_new()) {}

JsonLine::JsonLine(const char* event) : JsonLine() {
  text("event", event);
}

JsonLine& JsonLine::text(const char* name, const std::string& value) {
  json_object_set_string_member(object_.get(), name, valid_utf8(value).c_str());
  return *this;
}

JsonLine& JsonLine::integer(const char* name, std::int64_t value) {
  json_object_set_int_member(object_.get(), name, value);
  return *this;
}

JsonLine& JsonLine::number(const char* name, double value) {
  // 320 rather than 320.0, as the API itself writes it.
  const auto whole = static_cast<std::int64_t>(value);
  if (static_cast<double>(whole) == value) return integer(name, whole);
  json_object_set_double_member(object_.get(), name, value);
  return *this;
}

JsonLine& JsonLine::flag(const char* name, bool value) {
  json_object_set_boolean_member(object_.get(), name, value ? TRUE : FALSE);
  return *this;
}

JsonLine& JsonLine::texts(const char* name, const std::vector<std::string>& values) {
  JsonArray* array = json_array_new();
  for (const std::string& value : values)
    json_array_add_string_element(array, valid_utf8(value).c_str());
  json_object_set_array_member(object_.get(), name, array);
  return *this;
}

JsonLine& JsonLine::objects(const char* name, const std::vector<JsonLine>& values) {
  JsonArray* array = json_array_new();
  for (const JsonLine& value : values)
    json_array_add_object_element(array, json_object_ref(value.object_.get()));
  json_object_set_array_member(object_.get(), name, array);
  return *this;
}

JsonLine& JsonLine::task(const Task& task, bool with_urls) {
  const JsonNodePtr node(json_from_string(write_task(task, with_urls).c_str(), nullptr));
  if (node == nullptr || !JSON_NODE_HOLDS_OBJECT(node.get())) return *this;
  const auto copy = [](JsonObject*, const char* name, JsonNode* value, gpointer data) {
    auto& line = *static_cast<JsonLine*>(data);
    if (JSON_NODE_HOLDS_VALUE(value) && json_node_get_value_type(value) == G_TYPE_DOUBLE) {
      line.number(name, json_node_get_double(value));
    } else {
      json_object_set_member(line.object_.get(), name, json_node_copy(value));
    }
  };
  json_object_foreach_member(json_node_get_object(node.get()), copy, this);
  return *this;
}

std::string JsonLine::str() const {
  const JsonNodePtr node(json_node_alloc());
  json_node_init_object(node.get(), object_.get());
  const GCharPtr json(json_to_string(node.get(), FALSE));
  return printable_json(json.get()) + "\n";
}

std::string json_line(const GenerationEvent& event, const Task* task, double elapsed) {
  const auto seconds = static_cast<std::int64_t>(elapsed);
  switch (event.kind) {
    case GenerationEvent::Kind::Warning:
      return JsonLine("warning")
          .text("text", with_flags(event.text))
          .integer("elapsed_seconds", seconds)
          .str();
    case GenerationEvent::Kind::Task:
      if (task != nullptr)
        return JsonLine("task").task(*task, false).integer("elapsed_seconds", seconds).str();
      break;
    case GenerationEvent::Kind::Progress: break;
  }
  JsonLine line("progress");
  line.text("phase", name_of(event.phase));
  if (event.percent >= 0) line.integer("percent", event.percent);
  if (event.phase == GenerationPhase::Wait && event.place > 0) line.integer("place", event.place);
  if (event.phase == GenerationPhase::Download) {
    line.integer("bytes", event.bytes);
    if (event.total_bytes >= 0) line.integer("total_bytes", event.total_bytes);
  }
  if (event.price_cents >= 0) line.number("price_cents", event.price_cents);
  if (task != nullptr && !task->task_id.empty()) line.text("task_id", task->task_id);
  if (!event.text.empty()) line.text("text", event.text);
  return line.integer("elapsed_seconds", seconds).str();
}

std::string json_line(const Error& error, int exit_code) {
  JsonLine line("error");
  line.text("kind", airforce::name_of(error.kind));
  line.text("step", airforce::name_of(error.step));
  line.text("message", error.message);
  line.text("next_step", error.next_step);
  line.text("charge", airforce::name_of(error.charge));
  line.text("task_id", error.task_id);
  line.integer("http_status", error.http_status);
  line.text("api_type", error.api_type);
  if (!error.api_code.empty()) line.text("api_code", error.api_code);
  if (!error.request_id.empty()) line.text("request_id", error.request_id);
  if (!error.candidates.empty()) line.texts("candidates", error.candidates);
  return line.integer("exit_code", exit_code).str();
}

std::string json_line(const Model& model) {
  JsonLine line("model");
  line.text("id", model.id);
  if (model.caps) {
    line.texts("modes", model.caps->modes);
    line.texts("aspect_ratios", model.caps->aspect_ratios);
    line.texts("qualities", model.caps->qualities);
    if (model.caps->min_duration_s) line.integer("min_duration_s", *model.caps->min_duration_s);
    if (model.caps->max_duration_s) line.integer("max_duration_s", *model.caps->max_duration_s);
    if (model.caps->price_per_second_cents)
      line.number("price_per_second_cents", *model.caps->price_per_second_cents);
  }
  return line.str();
}

}  // namespace airforce::cli
