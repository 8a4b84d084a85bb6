// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints docs/reference-parameters.md from the vocabulary. `ninja -C build reference` writes it; a
// test compares.
#include <cstdio>
#include <string>

#include "values/settings.h"

namespace {

using airforce::ChoiceInfo;
using airforce::ParameterInfo;
using airforce::ParameterType;
using airforce::Settings;

const char* const kIntroduction =
    R"(# Parameters

<!-- Made by docs/generate-reference.cpp from common/vocabulary/airforce-video-parameters.def: edit that, then
     `ninja -C build reference`. -->

Every parameter means the same in GStreamer (property), FFmpeg (option of the lavfi source), on the command line (flag) and in an
[airforce:// URI](uri.md) (field). A dash says that this front end does not have it. What is sent to the service has the name of its URI
field there too.

A list is a `GstValueArray` in GStreamer, has `|` between its items in FFmpeg, and is a flag or field that repeats elsewhere.

)";

std::string code(const std::string& text) {
  return "`" + text + "`";
}

bool has(const ParameterInfo& parameter, unsigned trait) {
  return (parameter.traits & trait) != 0;
}

std::string property_name(const ParameterInfo& parameter) {
  std::string name = parameter.name;
  for (char& character : name) character = character == '_' ? '-' : character;
  return name;
}

// A '|' would end the cell.
std::string cell(const std::string& text) {
  std::string escaped;
  for (const char character : text)
    escaped += character == '|' ? std::string("\\|") : std::string(1, character);
  return escaped;
}

std::string flag_text(const ParameterInfo& parameter) {
  const bool is_positional = parameter.id == airforce::Parameter::prompt;
  return parameter.flag == nullptr ? "-"
                                   : code(std::string("--") + parameter.flag) +
                                         (is_positional ? ", or the argument" : "");
}

std::string type_text(const ParameterInfo& parameter) {
  switch (parameter.type) {
    case ParameterType::String:
      return has(parameter, AIRFORCE_SECRET) ? "string, write-only" : "string";
    case ParameterType::List: return "list of strings";
    case ParameterType::Bool: return "boolean";
    case ParameterType::Int: return "integer";
    case ParameterType::Int64: return "64-bit integer";
    case ParameterType::Double: return "number";
    case ParameterType::Choice: return "choice";
  }
  return {};
}

std::string with_unit(const ParameterInfo& parameter, double value) {
  const std::string unit = *parameter.unit == '\0' ? "" : std::string(" ") + parameter.unit;
  return text_of(parameter, value) + unit;
}

bool is_number(const ParameterInfo& parameter) {
  return parameter.type == ParameterType::Int || parameter.type == ParameterType::Int64 ||
         parameter.type == ParameterType::Double;
}

std::string range_text(const ParameterInfo& parameter) {
  if (!is_number(parameter)) return {};
  const bool has_maximum = parameter.maximum < static_cast<double>(INT64_MAX);
  return ", " + text_of(parameter, parameter.minimum) +
         (has_maximum ? " to " + with_unit(parameter, parameter.maximum) : " and up");
}

std::string default_text(const ParameterInfo& parameter) {
  if (parameter.type == ParameterType::String || parameter.type == ParameterType::List) return {};
  std::string text = ", default " + code(text_of(parameter, parameter.initial));
  if (parameter.type == ParameterType::Choice) {
    const double of_order = static_cast<double>(Settings::for_order().integer(parameter.id));
    if (of_order != parameter.initial)
      text += " (of `airforce-video generate`: " + code(text_of(parameter, of_order)) + ")";
  }
  return text;
}

void print_names() {
  std::printf("%s## Names\n\n", kIntroduction);
  std::printf(
      "| GStreamer | FFmpeg | command line | URI | sent to the service |\n|---|---|---|---|---|\n");
  for (const ParameterInfo& parameter : airforce::parameters()) {
    const std::string option = parameter.ffmpeg_name == nullptr ? "-" : code(parameter.ffmpeg_name);
    const std::string field = has(parameter, AIRFORCE_URI) ? code(parameter.name) : "-";
    const std::string sent = has(parameter, AIRFORCE_BODY) ? "yes" : "-";
    std::printf("| [%s](#%s) | %s | %s | %s | %s |\n", code(property_name(parameter)).c_str(),
                property_name(parameter).c_str(), option.c_str(), flag_text(parameter).c_str(),
                field.c_str(), sent.c_str());
  }
}

void print_parameter(const ParameterInfo& parameter) {
  std::printf("\n### %s\n%s.\n\n", property_name(parameter).c_str(), parameter.help);
  std::printf("Type: %s%s%s.\n", type_text(parameter).c_str(), range_text(parameter).c_str(),
              default_text(parameter).c_str());
  const std::vector<ChoiceInfo> rows = choices(parameter.id);
  if (rows.empty()) return;
  std::printf("\n| value | meaning |\n|---|---|\n");
  for (const ChoiceInfo& row : rows)
    std::printf("| %s | %s |\n", code(row.name).c_str(), cell(row.help).c_str());
}

}  // namespace

int main() {
  print_names();
  std::printf("\n## Meanings\n");
  for (const ParameterInfo& parameter : airforce::parameters()) print_parameter(parameter);
  return std::fflush(stdout) == 0 ? 0 : 1;
}
