// SPDX-License-Identifier: LGPL-2.1-or-later
#include "film/output_template.h"

#include <algorithm>

#include <glib.h>

#include "values/error.h"
#include "values/glib_ptr.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

constexpr std::size_t kMaxSlug = 40;    // characters
constexpr std::size_t kMaxPrompt = 80;  // of a name, characters

// As a part of a name: no separator, no control character, no dot or dash in front.
std::string part_of_name(const std::string& text) {
  std::string name = display_text(text, kMaxPrompt);
  std::replace(name.begin(), name.end(), '/', '_');
  while (name.starts_with('.') || name.starts_with('-')) name.erase(0, 1);
  return name;
}

std::string numbered(std::size_t index, const std::string& format) {
  std::string number = std::to_string(index);
  if (format.empty()) return number;
  const bool is_width = format.size() == 2 && format[0] == '0' && g_ascii_isdigit(format[1]);
  if (!is_width) return {};
  const auto width = static_cast<std::size_t>(format[1] - '0');
  if (number.size() < width) number.insert(0, width - number.size(), '0');
  return number;
}

std::string value_of(const std::string& name, const std::string& format, const Settings& settings,
                     const OutputNames& names, bool& known) {
  known = true;
  if (name == "index") {
    const std::string number = numbered(names.index, format);
    known = !number.empty();
    return number;
  }
  if (!format.empty()) known = false;
  if (name == "slug") return slug_of(settings.string(Parameter::prompt));
  if (name == "prompt") return part_of_name(settings.string(Parameter::prompt));
  if (name == "model") return part_of_name(settings.string(Parameter::model));
  if (name == "seed")
    return settings.is_initial(Parameter::seed) ? "none"
                                                : std::to_string(settings.integer(Parameter::seed));
  if (name == "date") return names.date;
  if (name == "task_id") return "{task_id}";
  known = false;
  return {};
}

}  // namespace

std::string slug_of(const std::string& prompt) {
  std::string slug;
  for (const char* at = prompt.c_str(); *at != '\0'; at = g_utf8_next_char(at)) {
    const gunichar character = g_unichar_tolower(g_utf8_get_char(at));
    if (g_utf8_strlen(slug.c_str(), -1) >= static_cast<glong>(kMaxSlug)) break;
    if (g_unichar_isalnum(character)) {
      char bytes[6];
      slug.append(bytes, static_cast<std::size_t>(g_unichar_to_utf8(character, bytes)));
    } else if (!slug.empty() && !slug.ends_with('-')) {
      slug += '-';
    }
  }
  while (slug.ends_with('-')) slug.pop_back();
  return slug.empty() ? "clip" : slug;
}

std::string expanded_template(const std::string& text, const Settings& settings,
                              const OutputNames& names) {
  std::string path;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = std::min(text.find('{', at), text.size());
    path += text.substr(at, open - at);
    if (open == text.size()) break;
    const std::size_t close = text.find('}', open);
    const std::string inside = close == std::string::npos ? text.substr(open + 1)
                                                          : text.substr(open + 1, close - open - 1);
    const std::size_t colon = std::min(inside.find(':'), inside.size());
    bool known = false;
    path += value_of(inside.substr(0, colon), colon < inside.size() ? inside.substr(colon + 1) : "",
                     settings, names, known);
    if (!known || close == std::string::npos)
      throw Error(
          ErrorKind::Settings, Step::Settings,
          "--output has no placeholder {" + display_text(inside, 40) + "}",
          "use {index}, {index:03}, {slug}, {prompt}, {model}, {seed}, {date} or {task_id}");
    at = close + 1;
  }
  return path;
}

}  // namespace airforce::cli
