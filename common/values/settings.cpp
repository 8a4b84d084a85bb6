// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/settings.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <optional>

#include <glib.h>

#include "values/error.h"
#include "values/image.h"
#include "values/text.h"
#include "vocabulary/close_match.h"

namespace airforce {
namespace {

// --- The table ---------------------------------------------------------------------------------

#define AIRFORCE_INITIAL_STRING(initial) 0
#define AIRFORCE_INITIAL_LIST(initial) 0
#define AIRFORCE_INITIAL_BOOL(initial) initial
#define AIRFORCE_INITIAL_INT(initial) initial
#define AIRFORCE_INITIAL_INT64(initial) initial
#define AIRFORCE_INITIAL_DOUBLE(initial) initial
#define AIRFORCE_INITIAL_CHOICE(initial) initial

#define AIRFORCE_TYPE_STRING ParameterType::String
#define AIRFORCE_TYPE_LIST ParameterType::List
#define AIRFORCE_TYPE_BOOL ParameterType::Bool
#define AIRFORCE_TYPE_INT ParameterType::Int
#define AIRFORCE_TYPE_INT64 ParameterType::Int64
#define AIRFORCE_TYPE_DOUBLE ParameterType::Double
#define AIRFORCE_TYPE_CHOICE ParameterType::Choice

std::vector<ChoiceInfo> all_choices() {
  return {
#define AIRFORCE_CHOICE(parameter, value, name, help) {Parameter::parameter, value, name, help},
#include "airforce-video-parameters.def"
  };
}

std::vector<ParameterInfo> all_parameters() {
  std::vector<ParameterInfo> rows = {
#define AIRFORCE_PARAMETER(type, name, traits, ffmpeg_name, flag, initial, minimum, maximum, unit, \
                           help)                                                                   \
  {Parameter::name,                                                                                \
   AIRFORCE_TYPE_##type,                                                                           \
   #name,                                                                                          \
   traits,                                                                                         \
   ffmpeg_name,                                                                                    \
   flag,                                                                                           \
   static_cast<double>(AIRFORCE_INITIAL_##type(initial)),                                          \
   static_cast<double>(minimum),                                                                   \
   static_cast<double>(maximum),                                                                   \
   unit,                                                                                           \
   help},
#include "airforce-video-parameters.def"
  };
  for (ParameterInfo& row : rows) {
    if (row.type == ParameterType::Choice)
      row.maximum = static_cast<double>(choices(row.id).size()) - 1;
  }
  return rows;
}

Settings::Value initial_value(const ParameterInfo& parameter) {
  switch (parameter.type) {
    case ParameterType::String: return std::string();
    case ParameterType::List: return std::vector<std::string>();
    case ParameterType::Double: return parameter.initial;
    case ParameterType::Bool:
    case ParameterType::Int:
    case ParameterType::Int64:
    case ParameterType::Choice: break;
  }
  return static_cast<std::int64_t>(parameter.initial);
}

// --- What is allowed, in words -----------------------------------------------------------------

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::vector<std::string> choice_names(Parameter parameter) {
  std::vector<std::string> names;
  for (const ChoiceInfo& choice : choices(parameter)) names.emplace_back(choice.name);
  return names;
}

// Of a number; the largest int64 is no limit that anybody needs to read.
std::string range_text(const ParameterInfo& parameter) {
  const std::string unit = *parameter.unit == '\0' ? "" : std::string(" ") + parameter.unit;
  const bool has_maximum = parameter.maximum < static_cast<double>(INT64_MAX);
  return has_maximum ? "from " + text_of(parameter, parameter.minimum) + " to " +
                           text_of(parameter, parameter.maximum) + unit
                     : "from " + text_of(parameter, parameter.minimum) + unit + " up";
}

std::string allowed_text(const ParameterInfo& parameter) {
  switch (parameter.type) {
    case ParameterType::String: return "UTF-8 text";
    case ParameterType::List: return "a list of UTF-8 texts";
    case ParameterType::Bool: return "true, false, 1 or 0";
    case ParameterType::Int:
    case ParameterType::Int64: return "a whole number " + range_text(parameter);
    case ParameterType::Double: return "a number " + range_text(parameter);
    case ParameterType::Choice: return "one of " + joined(choice_names(parameter.id));
  }
  return {};
}

std::string quoted(const ParameterInfo& parameter, std::string_view value) {
  constexpr std::size_t kMaxQuote = 60;
  if ((parameter.traits & AIRFORCE_SECRET) != 0) return "the given value";
  return "'" + display_text(value, kMaxQuote) + "'";
}

Error wrong_value(const ParameterInfo& parameter, std::string_view value,
                  std::string next_step = {}) {
  return Error(ErrorKind::Settings, Step::Settings,
               std::string(parameter.name) + " must be " + allowed_text(parameter) + ", not " +
                   quoted(parameter, value),
               std::move(next_step));
}

// --- Text to value -----------------------------------------------------------------------------

// The whole of `text` as a number, as C writes it in any locale.
template <typename Number>
std::optional<Number> number_in(std::string_view text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return value;
}

template <typename Number>
Number ranged(const ParameterInfo& parameter, std::string_view text) {
  const std::optional<Number> value = number_in<Number>(text);
  if (!value) throw wrong_value(parameter, text);
  const double approximate = static_cast<double>(*value);
  const bool inside =
      approximate >= parameter.minimum && approximate <= parameter.maximum;  // false for a NaN
  if (!inside) throw wrong_value(parameter, text);
  return *value;
}

std::int64_t boolean(const ParameterInfo& parameter, std::string_view text) {
  if (text == "true" || text == "1") return 1;
  if (text == "false" || text == "0") return 0;
  throw wrong_value(parameter, text);
}

std::int64_t choice_value(const ParameterInfo& parameter, std::string_view text) {
  for (const ChoiceInfo& choice : choices(parameter.id)) {
    if (text == choice.name) return choice.value;
  }
  const std::string meant = close_match(text, choice_names(parameter.id));
  throw wrong_value(parameter, text, meant.empty() ? "" : "did you mean '" + meant + "'?");
}

std::string checked_string(const ParameterInfo& parameter, std::string_view text) {
  std::string value(text);
  if (value.find('\0') != std::string::npos) {
    throw Error(ErrorKind::Settings, Step::Settings,
                std::string(parameter.name) + " holds a NUL character");
  }
  // What goes into JSON must be UTF-8; the name of a file may be anything.
  const bool is_sent =
      parameter.type == ParameterType::String && (parameter.traits & AIRFORCE_BODY) != 0;
  if (is_sent && !g_utf8_validate_len(value.data(), value.size(), nullptr)) {
    throw Error(ErrorKind::Settings, Step::Settings, std::string(parameter.name) + " is not UTF-8",
                "convert it to UTF-8, for example with iconv");
  }
  return value;
}

std::vector<std::string> list_of(const ParameterInfo& parameter, std::string_view text) {
  if (text.empty()) return {};
  return {checked_string(parameter, text)};
}

Settings::Value parsed(const ParameterInfo& parameter, std::string_view text) {
  switch (parameter.type) {
    case ParameterType::String: return checked_string(parameter, text);
    case ParameterType::List: return list_of(parameter, text);
    case ParameterType::Bool: return boolean(parameter, text);
    case ParameterType::Int: return static_cast<std::int64_t>(ranged<int>(parameter, text));
    case ParameterType::Int64: return ranged<std::int64_t>(parameter, text);
    case ParameterType::Double: return ranged<double>(parameter, text);
    case ParameterType::Choice: return choice_value(parameter, text);
  }
  return {};
}

const ParameterInfo& known_parameter(std::string_view name) {
  if (const ParameterInfo* parameter = find_parameter(name)) return *parameter;
  std::vector<std::string> names;
  for (const ParameterInfo& parameter : parameters()) names.emplace_back(parameter.name);
  const std::string meant = close_match(name, names);
  throw Error(
      ErrorKind::Settings, Step::Settings, "there is no parameter '" + display_text(name, 60) + "'",
      meant.empty() ? "the parameters are " + joined(names) : "did you mean '" + meant + "'?");
}

}  // namespace

const std::vector<ParameterInfo>& parameters() {
  // Lives as long as the process: other threads may still be at work when static objects are
  // destroyed.
  static const auto* const rows = new std::vector<ParameterInfo>(all_parameters());
  return *rows;
}

const ParameterInfo& info(Parameter parameter) {
  return parameters()[static_cast<std::size_t>(parameter)];
}

const ParameterInfo* find_parameter(std::string_view name) {
  std::string underscored(name);
  std::replace(underscored.begin(), underscored.end(), '-', '_');
  for (const ParameterInfo& parameter : parameters()) {
    if (underscored == parameter.name) return &parameter;
  }
  return nullptr;
}

std::vector<ChoiceInfo> choices(Parameter parameter) {
  static const auto* const rows = new std::vector<ChoiceInfo>(all_choices());  // like those above
  std::vector<ChoiceInfo> own;
  std::copy_if(rows->begin(), rows->end(), std::back_inserter(own),
               [parameter](const ChoiceInfo& row) { return row.parameter == parameter; });
  return own;
}

std::string text_of(const ParameterInfo& parameter, double value) {
  if (parameter.type == ParameterType::Bool) return value != 0 ? "true" : "false";
  if (parameter.type == ParameterType::Choice)
    return choices(parameter.id).at(static_cast<std::size_t>(value)).name;
  return number_text(value);
}

std::string last_frame_of(std::string_view task_id) {
  return "last frame of " + std::string(task_id);
}

Settings::Settings() {
  for (const ParameterInfo& parameter : parameters()) values_.push_back(initial_value(parameter));
}

Settings Settings::for_order() {
  Settings settings;
#define AIRFORCE_ORDER_INITIAL(parameter, initial) \
  settings.values_[static_cast<std::size_t>(Parameter::parameter)] = std::int64_t{initial};
#include "airforce-video-parameters.def"
  return settings;
}

void Settings::set(std::string_view name, std::string_view text) {
  const ParameterInfo& parameter = known_parameter(name);
  values_[static_cast<std::size_t>(parameter.id)] = parsed(parameter, text);
}

void Settings::add(std::string_view name, std::string_view text) {
  const ParameterInfo& parameter = known_parameter(name);
  if (parameter.type != ParameterType::List) {
    throw Error(ErrorKind::Settings, Step::Settings,
                std::string(parameter.name) + " holds one value, so that none can be added");
  }
  if (text.empty()) {
    throw Error(ErrorKind::Settings, Step::Settings,
                "an item of " + std::string(parameter.name) + " is empty");
  }
  std::get<std::vector<std::string>>(values_[static_cast<std::size_t>(parameter.id)])
      .push_back(checked_string(parameter, text));
}

void Settings::add_image(std::string_view bytes, std::string_view identity) {
  check_image(bytes, "the image from memory");
  std::string copy;
  copy.reserve(base64_size(bytes.size()));
  copy = bytes;
  images_.push_back(image_of_bytes(std::move(copy), std::string(identity)));
}

void Settings::reset(std::string_view name) {
  const ParameterInfo& parameter = known_parameter(name);
  values_[static_cast<std::size_t>(parameter.id)] = initial_value(parameter);
}

bool Settings::is_initial(Parameter parameter) const {
  return values_[static_cast<std::size_t>(parameter)] == initial_value(info(parameter));
}

const std::string& Settings::string(Parameter parameter) const {
  return std::get<std::string>(values_[static_cast<std::size_t>(parameter)]);
}

const std::vector<std::string>& Settings::list(Parameter parameter) const {
  return std::get<std::vector<std::string>>(values_[static_cast<std::size_t>(parameter)]);
}

std::int64_t Settings::integer(Parameter parameter) const {
  return std::get<std::int64_t>(values_[static_cast<std::size_t>(parameter)]);
}

double Settings::number(Parameter parameter) const {
  return std::get<double>(values_[static_cast<std::size_t>(parameter)]);
}

std::vector<std::string> Settings::texts(Parameter parameter) const {
  const ParameterInfo& row = info(parameter);
  switch (row.type) {
    case ParameterType::String: return {string(parameter)};
    case ParameterType::List: return list(parameter);
    case ParameterType::Double: return {airforce::text_of(row, number(parameter))};
    case ParameterType::Int:
    case ParameterType::Int64: return {std::to_string(integer(parameter))};
    case ParameterType::Bool:
    case ParameterType::Choice: break;
  }
  return {airforce::text_of(row, static_cast<double>(integer(parameter)))};
}

}  // namespace airforce
