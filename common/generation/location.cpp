// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/location.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <optional>

#include <glib.h>

#include "values/text.h"

namespace airforce {
namespace {

constexpr std::size_t kMaxName = 255;  // bytes, of every usual file system
constexpr int kMaxWidth = 18;
constexpr std::size_t kMaxSlug = 40;         // characters
constexpr std::size_t kMaxPromptPart = 100;  // characters

// An id may hold anything: no '/' or leading '.' of it may lead elsewhere.
std::string as_file_name(std::string_view text) {
  std::string name(text);
  for (char& c : name) {
    if (!g_ascii_isalnum(c) && c != '-' && c != '_' && c != '.') c = '_';
  }
  if (name.starts_with('.')) name.front() = '_';
  return name;
}

// Keeps every script, but nothing that a file system or a terminal takes for something else.
std::string prompt_name(const std::string& prompt, std::size_t most) {
  const std::string shown = display_text(prompt, SIZE_MAX / 2);
  std::string name;
  std::size_t count = 0;
  for (const char* at = shown.c_str(); *at != '\0' && count < most; at = g_utf8_next_char(at)) {
    const gunichar c = g_utf8_get_char(at);
    const bool refused = c < 0x20 || c == 0x7f ||
                         (c < 0x80 && std::string_view("/\\:*?\"<>|").find(static_cast<char>(c)) !=
                                          std::string_view::npos);
    if (refused) {
      name += '_';
    } else {
      name.append(at, static_cast<const char*>(g_utf8_next_char(at)));
    }
    ++count;
  }
  while (name.ends_with(' ') || name.ends_with('.')) name.pop_back();
  if (name.starts_with('.') || name.starts_with('-')) name.front() = '_';
  return name.empty() ? "clip" : name;
}

bool is_of_word(gunichar c) {
  return g_unichar_isalnum(c) || g_unichar_ismark(c);
}

// Where `rest` continues the slug's last word and that is not the only one.
void cut_last_word(std::string& slug, const char* rest) {
  const std::size_t end = slug.rfind('-');
  if (end != std::string::npos && is_of_word(g_utf8_get_char(rest))) slug.resize(end);
}

std::string slug_of(const std::string& prompt, std::size_t most) {
  const std::string valid = valid_utf8(prompt);
  std::string slug;
  std::size_t count = 0;
  for (const char* at = valid.c_str(); *at != '\0'; at = g_utf8_next_char(at)) {
    if (count == most) {
      cut_last_word(slug, at);
      break;
    }
    const gunichar c = g_unichar_tolower(g_utf8_get_char(at));
    std::array<char, 6> bytes{};
    if (is_of_word(c)) {
      slug.append(bytes.data(), static_cast<std::size_t>(g_unichar_to_utf8(c, bytes.data())));
      ++count;
    } else if (!slug.empty() && !slug.ends_with('-')) {
      slug += '-';
      ++count;
    }
  }
  while (slug.ends_with('-')) slug.pop_back();
  return slug.empty() ? "clip" : slug;
}

std::string date_of(std::int64_t unix_seconds) {
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm local{};
  std::array<char, 32> text{};
  if (localtime_r(&seconds, &local) != nullptr)
    std::strftime(text.data(), text.size(), "%Y-%m-%d", &local);
  return text.data();
}

// "index" and "index:03"; nullopt for another name.
std::optional<std::string> index_text(std::string_view name, int index) {
  if (!name.starts_with("index")) return std::nullopt;
  name.remove_prefix(5);
  int width = 0;
  if (!name.empty()) {
    if (name.size() < 2 || name.front() != ':' || name.size() > 4) return std::nullopt;
    for (const char c : name.substr(1)) {
      if (!g_ascii_isdigit(c)) return std::nullopt;
      width = width * 10 + (c - '0');
    }
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%0*d", std::min(width, kMaxWidth), index);
  return text.data();
}

std::optional<std::string> value_of(std::string_view name, const NameFields& fields,
                                    std::size_t most) {
  if (name == "task_id") return as_file_name(fields.task_id);
  if (name == "model") return as_file_name(fields.model);
  if (name == "seed") return fields.seed < 0 ? "noseed" : std::to_string(fields.seed);
  if (name == "date") return date_of(fields.time);
  if (name == "prompt") return prompt_name(fields.prompt, std::min(most, kMaxPromptPart));
  if (name == "slug") return slug_of(fields.prompt, std::min(most, kMaxSlug));
  return index_text(name, fields.index);
}

std::string expanded(std::string_view pattern, const NameFields& fields, std::size_t most) {
  std::string result;
  while (!pattern.empty()) {
    const std::size_t open = pattern.find('{');
    result += pattern.substr(0, open);
    if (open == std::string_view::npos) break;
    pattern.remove_prefix(open);
    const std::size_t close = pattern.find('}');
    const auto value = close == std::string_view::npos
                           ? std::nullopt
                           : value_of(pattern.substr(1, close - 1), fields, most);
    if (value) {
      result += *value;
      pattern.remove_prefix(close + 1);
    } else {
      result += '{';
      pattern.remove_prefix(1);
    }
  }
  return result;
}

std::size_t longest_name(const std::string& path) {
  std::size_t longest = 0;
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    longest = std::max(longest, end - begin);
    begin = end + 1;
  }
  return longest;
}

}  // namespace

NameFields known_name_fields(const Settings& settings, const std::string& prompt,
                             const HistoryEntry& known, std::int64_t unix_seconds) {
  NameFields fields;
  fields.task_id = settings.string(Parameter::task_id);
  const bool is_request = fields.task_id.empty();
  fields.model = is_request ? settings.string(Parameter::model) : known.model;
  fields.prompt = is_request ? prompt : known.prompt;
  fields.seed = settings.integer(Parameter::seed);
  fields.index = settings.occurrence();
  fields.time = unix_seconds;
  return fields;
}

NameFields completed_by(NameFields fields, const Task& task) {
  if (fields.task_id.empty()) fields.task_id = task.task_id;
  if (fields.model.empty()) fields.model = task.model;
  if (fields.prompt.empty()) fields.prompt = task.prompt;
  return fields;
}

std::string expanded_location(std::string_view pattern, const NameFields& fields) {
  std::string result = expanded(pattern, fields, kMaxPromptPart);
  for (std::size_t most = kMaxPromptPart / 2; most > 4 && longest_name(result) > kMaxName;
       most /= 2)
    result = expanded(pattern, fields, most);
  return result;
}

bool needs_task_id(std::string_view pattern) {
  return pattern.find("{task_id}") != std::string_view::npos;
}

}  // namespace airforce
