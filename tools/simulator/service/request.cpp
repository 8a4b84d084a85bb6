// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/request.h"

#include <algorithm>

#include "service/api_error.h"

namespace airforce::simulator {
namespace {

/// The fields of the body, each read with the type it must have. null counts as left out.
class Fields {
 public:
  explicit Fields(JsonObject* object) : object_(object) {}

  [[nodiscard]] std::optional<std::string> string(const char* name) const {
    JsonNode* node = member(name);
    if (!node) return std::nullopt;
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_STRING)
      throw bad_request(std::string(name) + " must be a string");
    return json_node_get_string(node);
  }
  [[nodiscard]] std::optional<int64_t> integer(const char* name) const {
    JsonNode* node = member(name);
    if (!node) return std::nullopt;
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_INT64)
      throw bad_request(std::string(name) + " must be an integer");
    return json_node_get_int(node);
  }
  [[nodiscard]] std::optional<bool> boolean(const char* name) const {
    JsonNode* node = member(name);
    if (!node) return std::nullopt;
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_BOOLEAN)
      throw bad_request(std::string(name) + " must be true or false");
    return json_node_get_boolean(node) != FALSE;
  }
  [[nodiscard]] JsonArray* array(const char* name) const {
    JsonNode* node = member(name);
    if (!node) return nullptr;
    if (!JSON_NODE_HOLDS_ARRAY(node)) throw bad_request(std::string(name) + " must be an array");
    return json_node_get_array(node);
  }

 private:
  [[nodiscard]] JsonNode* member(const char* name) const {
    JsonNode* node = json_object_get_member(object_, name);
    return node && !JSON_NODE_HOLDS_NULL(node) ? node : nullptr;
  }
  JsonObject* object_;
};

std::string required(const Fields& fields, const char* name) {
  auto value = fields.string(name);
  if (!value || value->empty()) throw bad_request(std::string(name) + " is required");
  return *value;
}

std::string joined(const std::vector<std::string>& values) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "" : ", ") + value;
  return text;
}

/// The value, or the first of the allowed ones where it was left out.
std::string one_of(const char* name, const std::optional<std::string>& value,
                   const std::vector<std::string>& allowed, const Model& model) {
  if (!value) return allowed.front();
  if (std::find(allowed.begin(), allowed.end(), *value) == allowed.end())
    throw unprocessable(std::string(name) + " " + *value + " is not supported by " + model.id +
                        "; allowed: " + joined(allowed));
  return *value;
}

int duration(const std::optional<int64_t>& value, const Model& model) {
  if (!value) return model.min_seconds;
  if (*value < model.min_seconds || *value > model.max_seconds)
    throw unprocessable("duration_seconds " + std::to_string(*value) + " is out of range for " +
                        model.id + "; allowed: " + std::to_string(model.min_seconds) + " to " +
                        std::to_string(model.max_seconds));
  return static_cast<int>(*value);
}

InputImage parse_image(JsonNode* node, const std::string& where) {
  if (!JSON_NODE_HOLDS_OBJECT(node)) throw bad_request(where + " must be an object");
  const Fields fields(json_node_get_object(node));
  const auto url = fields.string("url");
  const auto base64 = fields.string("b64_json");
  if (url.has_value() == base64.has_value())
    throw bad_request(where + " must have exactly one of url and b64_json");
  if (url) return {.url = *url, .bytes = {}};

  const bool plain = std::all_of(base64->begin(), base64->end(), [](unsigned char c) {
    return g_ascii_isalnum(c) || c == '+' || c == '/' || c == '=';
  });
  if (!plain || base64->empty() || base64->size() % 4 != 0)
    throw bad_request(where + ".b64_json must be plain base64, without a data: prefix");
  gsize size = 0;
  const std::unique_ptr<guchar, decltype(&g_free)> bytes(g_base64_decode(base64->c_str(), &size),
                                                         g_free);
  return {.url = {}, .bytes = std::string(reinterpret_cast<char*>(bytes.get()), size)};
}

std::vector<InputImage> parse_images(JsonArray* array, const Request& request) {
  std::vector<InputImage> images;
  const guint count = array ? json_array_get_length(array) : 0;
  if (request.mode == "text" && count > 0)
    throw unprocessable("input_images need mode image or reference");
  if (request.mode != "text" && count == 0)
    throw unprocessable("input_images is required for mode " + request.mode);
  const guint most = request.mode == "image" ? 1 : request.model->max_images;
  if (count > most)
    throw unprocessable("input_images: mode " + request.mode + " of " + request.model->id +
                        " takes at most " + std::to_string(most));
  for (guint i = 0; i < count; ++i)
    images.push_back(
        parse_image(json_array_get_element(array, i), "input_images[" + std::to_string(i) + "]"));
  return images;
}

/// json-glib parses by recursion, so that its stack bounds what it can read.
constexpr int kMaxDepth = 64;
// Of each text that is kept with the task, in bytes.
constexpr size_t kMaxText = 1 << 20;

/// Whether arrays and objects are nested deeper than that.
bool is_too_deep(std::string_view json) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

/// The fields that the API has no name for, as JSON.
std::string extra_fields(JsonObject* object) {
  const std::unique_ptr<JsonObject, decltype(&json_object_unref)> extra(json_object_new(),
                                                                        json_object_unref);
  const std::unique_ptr<GList, decltype(&g_list_free)> names(json_object_get_members(object),
                                                             g_list_free);
  for (const GList* name = names.get(); name; name = name->next) {
    const auto* text = static_cast<const char*>(name->data);
    static constexpr std::string_view kKnown[] = {
        "model",        "prompt", "mode", "duration_seconds", "aspect_ratio", "quality",
        "input_images", "seed",   "sound"};
    if (std::find(std::begin(kKnown), std::end(kKnown), text) == std::end(kKnown))
      json_object_set_member(extra.get(), text, json_object_dup_member(object, text));
  }
  if (json_object_get_size(extra.get()) == 0) return {};
  const JsonNodePtr node(json_node_new(JSON_NODE_OBJECT));
  json_node_set_object(node.get(), extra.get());
  const std::unique_ptr<char, decltype(&g_free)> text(json_to_string(node.get(), FALSE), g_free);
  return text.get();
}

const Model& model_named(const std::string& name, Dialect dialect) {
  const Model* model = find_video_model(name);
  if (!model && dialect == Dialect::kSdk && is_in_catalogue(name))
    throw ApiError(400, "unknown_model", name + " is not a video model");
  if (!model) throw ApiError(404, "model_not_found", "there is no video model named " + name);
  if (model->gated) throw ApiError(403, "free_tier_gated", name + " needs a paid plan");
  return *model;
}

}  // namespace

Request parse_request(std::string_view body, Dialect dialect) {
  if (is_too_deep(body)) throw bad_request("the body is nested too deeply");
  const std::unique_ptr<JsonParser, decltype(&g_object_unref)> parser(json_parser_new(),
                                                                      g_object_unref);
  if (!json_parser_load_from_data(parser.get(), body.data(), static_cast<gssize>(body.size()),
                                  nullptr))
    throw bad_request("the body is not valid JSON");
  JsonNode* root = json_parser_get_root(parser.get());
  if (!root || !JSON_NODE_HOLDS_OBJECT(root)) throw bad_request("the body must be a JSON object");
  const Fields fields(json_node_get_object(root));

  Request request;
  const std::string model = required(fields, "model");
  request.prompt = required(fields, "prompt");
  request.extra = extra_fields(json_node_get_object(root));
  if (request.prompt.size() > kMaxText || request.extra.size() > kMaxText)
    throw bad_request("the prompt, or the fields that are passed on, are longer than 1 MiB");
  request.model = &model_named(model, dialect);
  const Model& caps = *request.model;
  const auto mode = fields.string("mode");
  request.mode = one_of("mode", mode, caps.modes, caps);
  request.duration_seconds = duration(fields.integer("duration_seconds"), caps);
  request.aspect_ratio =
      one_of("aspect_ratio", fields.string("aspect_ratio"), caps.aspect_ratios, caps);
  request.quality = one_of("quality", fields.string("quality"), caps.qualities, caps);
  request.images = parse_images(fields.array("input_images"), request);
  request.seed = fields.integer("seed");
  // As the service does: a model that makes no sound ignores the wish.
  request.sound = fields.boolean("sound").value_or(false) && caps.sound;
  return request;
}

}  // namespace airforce::simulator
