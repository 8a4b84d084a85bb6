// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/request.h"

#include <string_view>

#include "values/error.h"
#include "values/extra.h"
#include "values/json_document.h"

namespace airforce {
namespace {

enum class Form { Sent, Hashed };

// Pictures are large: the JSON is written with a mark in place of each, and has them as parts.
std::string mark_of(const std::string& token, std::size_t image) {
  return token + "-" + std::to_string(image) + ".";
}

RequestBody with_images(std::string_view json, const std::vector<InputImage>& images,
                        const std::string& token) {
  RequestBody body;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const std::string mark = mark_of(token, i);
    const std::size_t at = json.find(mark);
    if (at == std::string_view::npos) continue;  // its URL is sent
    body.add(std::string(json.substr(0, at)));
    body.add(images[i].base64);
    json.remove_prefix(at + mark.size());
  }
  body.add(std::string(json));
  return body;
}

void add_member(JsonBuilder* builder, const char* name, const std::string& value) {
  json_builder_set_member_name(builder, name);
  json_builder_add_string_value(builder, value.c_str());
}

void add_images(JsonBuilder* builder, const char* name, const std::vector<InputImage>& images,
                Form form, const std::string& token) {
  json_builder_set_member_name(builder, name);
  json_builder_begin_array(builder);
  for (std::size_t i = 0; i < images.size(); ++i) {
    const InputImage& image = images[i];
    json_builder_begin_object(builder);
    if (!image.url.empty()) {
      add_member(builder, "url", image.url);
    } else if (form == Form::Sent) {
      add_member(builder, "b64_json", mark_of(token, i));
    } else if (!image.identity.empty()) {
      add_member(builder, "identity", image.identity);
    } else {
      add_member(builder, "sha256", image.sha256);
    }
    json_builder_end_object(builder);
  }
  json_builder_end_array(builder);
}

// A parameter that is sent as it is set.
void add_parameter(JsonBuilder* builder, const ParameterInfo& parameter, const Settings& settings) {
  json_builder_set_member_name(builder, parameter.name);
  switch (parameter.type) {
    case ParameterType::String:
      json_builder_add_string_value(builder, settings.string(parameter.id).c_str());
      break;
    case ParameterType::Bool:
      json_builder_add_boolean_value(builder, settings.flag(parameter.id));
      break;
    case ParameterType::Int:
    case ParameterType::Int64:
      json_builder_add_int_value(builder, settings.integer(parameter.id));
      break;
    case ParameterType::Double:
      json_builder_add_double_value(builder, settings.number(parameter.id));
      break;
    case ParameterType::Choice:
      json_builder_add_string_value(
          builder,
          choices(parameter.id).at(static_cast<std::size_t>(settings.integer(parameter.id))).name);
      break;
    case ParameterType::List:
      json_builder_begin_array(builder);
      for (const std::string& item : settings.list(parameter.id))
        json_builder_add_string_value(builder, item.c_str());
      json_builder_end_array(builder);
      break;
  }
}

void add_mode(JsonBuilder* builder, const char* name, Mode mode, bool has_images) {
  // Text is the service's default. Said only where the images could suggest another, so that `auto`
  // and `text` are one request.
  if (mode == Mode::Text && !has_images) return;
  add_member(builder, name, choices(Parameter::mode).at(static_cast<std::size_t>(mode)).name);
}

// The JSON; where it is sent, with marks that begin with `token` in place of pictures.
std::string write(const Settings& settings, const std::string& prompt,
                  const std::vector<InputImage>& images, Form form, const std::string& token) {
  if (!g_utf8_validate_len(prompt.data(), prompt.size(), nullptr)) {
    throw Error(ErrorKind::Settings, Step::Settings, "the prompt is not UTF-8",
                "convert it to UTF-8, for example with iconv");
  }
  const GObjectPtr<JsonBuilder> builder(json_builder_new_immutable());
  json_builder_begin_object(builder.get());
  for (const ParameterInfo& parameter : parameters()) {
    if ((parameter.traits & AIRFORCE_BODY) == 0) continue;
    switch (parameter.id) {
      case Parameter::prompt: add_member(builder.get(), parameter.name, prompt); break;
      case Parameter::mode:
        add_mode(builder.get(), parameter.name,
                 resolve_mode(settings.choice<Mode>(parameter.id), images.size()), !images.empty());
        break;
      case Parameter::input_images:
        if (!images.empty()) add_images(builder.get(), parameter.name, images, form, token);
        break;
      default:
        if (!settings.is_initial(parameter.id)) add_parameter(builder.get(), parameter, settings);
        break;
    }
  }
  if (form == Form::Hashed && settings.occurrence() > 1) {
    json_builder_set_member_name(builder.get(), "occurrence");
    json_builder_add_int_value(builder.get(), settings.occurrence());
  }
  add_extra(builder.get(), settings.string(Parameter::extra));
  json_builder_end_object(builder.get());
  const JsonNodePtr root(json_builder_get_root(builder.get()));
  const GCharPtr json(json_to_string(root.get(), FALSE));
  return json.get();
}

}  // namespace

Mode resolve_mode(Mode mode, std::size_t images) {
  if (mode != Mode::Auto) return mode;
  if (images == 0) return Mode::Text;
  return images == 1 ? Mode::Image : Mode::Reference;
}

RequestBody write_create_request(const Settings& settings, const std::string& prompt,
                                 const std::vector<InputImage>& images) {
  const GCharPtr token(g_uuid_string_random());  // stands nowhere else in the text
  return with_images(write(settings, prompt, images, Form::Sent, token.get()), images, token.get());
}

std::string request_hash(const Settings& settings, const std::string& prompt,
                         const std::vector<InputImage>& images) {
  return sha256(write(settings, prompt, images, Form::Hashed, {}));
}

}  // namespace airforce
