// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints the documentation comments of the properties and choices that the element has from the
// vocabulary, as hotdoc reads them.
#include <algorithm>
#include <cstdio>
#include <string>

#include "values/settings.h"

namespace {

using airforce::ChoiceInfo;
using airforce::ParameterInfo;
using airforce::ParameterType;

constexpr const char* kElement = "GstAirforceVideoSrc";

const char* const kIntroduction =
    R"(/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Documentation of what airforcevideosrc has from the vocabulary, made from common/vocabulary/airforce-video-parameters.def.
 */
)";

// The version in which a row came. One that comes later is named here.
const char* since(const ParameterInfo&) {
  return "0.1";
}

// "duration_seconds" is the property "duration-seconds" and belongs to "DurationSeconds".
std::string dashed(std::string name) {
  for (char& character : name) character = character == '_' ? '-' : character;
  return name;
}

std::string camel_case(const std::string& name) {
  std::string result;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '_') continue;
    const bool begins = i == 0 || name[i - 1] == '_';
    result += begins ? static_cast<char>(name[i] - 'a' + 'A') : name[i];
  }
  return result;
}

// Names of other parameters become links to their properties.
std::string linked(const std::string& help) {
  constexpr const char* kNameCharacters = "abcdefghijklmnopqrstuvwxyz_";
  std::string result;
  for (std::size_t at = 0; at < help.size();) {
    const std::size_t end = std::min(help.find_first_not_of(kNameCharacters, at), help.size());
    const std::string word = help.substr(at, end - at);
    const bool is_name =
        word.find('_') != std::string::npos && airforce::find_parameter(word) != nullptr;
    result += is_name ? "#" + std::string(kElement) + ":" + dashed(word) : word;
    if (end == at) result += help[at];
    at = std::max(end, at + 1);
  }
  return result;
}

void print_comment(const std::string& symbol, const std::string& meaning, const char* version) {
  std::printf("\n/**\n * %s:\n *\n * %s.\n *\n * Since: %s\n */\n", symbol.c_str(), meaning.c_str(),
              version);
}

void print_parameter(const ParameterInfo& parameter) {
  const std::string unit = *parameter.unit == '\0' ? "" : std::string(" (") + parameter.unit + ")";
  print_comment(std::string(kElement) + ":" + dashed(parameter.name), linked(parameter.help) + unit,
                since(parameter));
  if (parameter.type != ParameterType::Choice) return;
  const std::string type = kElement + camel_case(parameter.name);
  print_comment(type, linked(parameter.help), since(parameter));
  for (const ChoiceInfo& choice : airforce::choices(parameter.id)) {
    print_comment(type + "::" + choice.name, choice.help, since(parameter));
  }
}

// A channel has the same properties as defaults of every item, but for those of one clip
// (gst/channel/request_defaults.cpp).
void print_default(const ParameterInfo& parameter) {
  const std::string name = parameter.name;
  if (name == "prompt" || name == "prompt_file" || name == "task_id" || name == "location") return;
  print_comment("GstAirforceChannelSrc:" + dashed(name),
                "Default of every item: see #" + std::string(kElement) + ":" + dashed(name), "0.2");
}

}  // namespace

int main() {
  std::printf("%s", kIntroduction);
  for (const ParameterInfo& parameter : airforce::parameters()) print_parameter(parameter);
  for (const ParameterInfo& parameter : airforce::parameters()) print_default(parameter);
  return std::fflush(stdout) == 0 ? 0 : 1;
}
