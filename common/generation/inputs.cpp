// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/inputs.h"

#include <glib.h>

#include "generation/files.h"
#include "http/url.h"
#include "values/error.h"
#include "values/image.h"
#include "values/trim.h"

namespace airforce {
namespace {

constexpr std::size_t kMaxPrompt = 64 * 1024;
constexpr std::size_t kSummaryCharacters = 40;

Error bad(const std::string& what, const std::string& next_step) {
  return {ErrorKind::Settings, Step::Settings, what, next_step};
}

// What a picture needs before it is sent, or "".
std::string image_warning(const std::string& name, std::string_view bytes) {
  const int orientation = image_orientation(bytes);
  if (orientation == 1) return {};
  return "the image '" + name + "' is stored turned (EXIF orientation " +
         std::to_string(orientation) + "), and a model may show it so: turn its pixels first";
}

InputImage load_image(const std::string& name, const ReadLimits& limits,
                      std::vector<std::string>& warnings) {
  if (!http::origin_of(name).empty()) return image_of_url(name);
  std::string bytes = read_input_file(name, "the image", kMaxImage, FileKind::Regular, limits);
  check_whole_image(bytes, "the image '" + name + "'");
  if (const std::string warning = image_warning(name, bytes); !warning.empty())
    warnings.push_back(warning);
  return image_of_bytes(std::move(bytes));
}

std::string summary_of(const std::string& prompt) {
  std::string summary;
  const char* end = prompt.c_str();
  for (std::size_t count = 0; count < kSummaryCharacters && *end != '\0'; ++count)
    end = g_utf8_next_char(end);
  for (const char c :
       std::string_view(prompt.c_str(), static_cast<std::size_t>(end - prompt.c_str())))
    summary += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return summary;
}

}  // namespace

std::string load_prompt(const Settings& settings, const ReadLimits& limits) {
  const std::string& file = settings.string(Parameter::prompt_file);
  std::string prompt = settings.string(Parameter::prompt);
  if (!file.empty()) {
    if (!prompt.empty()) throw bad("prompt and prompt_file are both set", "set one of them");
    prompt = read_input_file(file, "the prompt file", kMaxPrompt, FileKind::RegularOrPipe, limits);
  }
  prompt = canonical_prompt(std::move(prompt));
  if (prompt.find_first_not_of(" \t\r\n") == std::string::npos)
    throw bad("no prompt", "set a prompt");
  if (!g_utf8_validate(prompt.data(), static_cast<gssize>(prompt.size()), nullptr))
    throw bad("the prompt is not valid UTF-8", "convert it");
  return prompt;
}

std::string stored_request(const std::string& account, const Inputs& inputs) {
  return sha256(account + "\n" + inputs.request_hash);
}

std::string canonical_prompt(std::string prompt) {
  prompt = std::string(without_byte_order_mark(prompt));
  std::string lines;
  lines.reserve(prompt.size());
  for (std::size_t i = 0; i < prompt.size(); ++i) {
    if (prompt[i] == '\r' && i + 1 < prompt.size() && prompt[i + 1] == '\n') continue;
    lines += prompt[i];
  }
  while (lines.ends_with('\n') || lines.ends_with('\r')) lines.pop_back();
  return lines;
}

Inputs load_inputs(const Settings& settings, const ReadLimits& limits) {
  Inputs inputs;
  inputs.prompt = load_prompt(settings, limits);
  for (const std::string& name : settings.list(Parameter::input_images))
    inputs.images.push_back(load_image(name, limits, inputs.warnings));
  inputs.images.insert(inputs.images.end(), settings.images().begin(), settings.images().end());
  inputs.mode = resolve_mode(settings.choice<Mode>(Parameter::mode), inputs.images.size());
  if (inputs.mode == Mode::Text && !inputs.images.empty())
    throw bad("mode=text takes no input images",
              "leave the images out, or set mode to image or reference");
  if (inputs.mode != Mode::Text && inputs.images.empty())
    throw bad(std::string("mode=") + (inputs.mode == Mode::Image ? "image" : "reference") +
                  " needs an input image",
              "set input_images");
  if (inputs.mode == Mode::Image && inputs.images.size() > 1)
    throw bad("mode=image takes one input image, not " + std::to_string(inputs.images.size()),
              "give one, or set mode=reference");
  inputs.body = write_create_request(settings, inputs.prompt, inputs.images);
  inputs.request_hash = request_hash(settings, inputs.prompt, inputs.images);
  inputs.summary = summary_of(inputs.prompt);
  return inputs;
}

}  // namespace airforce
