// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/task.h"

#include <algorithm>

#include <glib.h>

#include "values/glib_ptr.h"

namespace airforce {

namespace {

struct Spelling {
  std::string_view text;
  TaskStatus status;
};

constexpr Spelling kSpellings[] = {
    {"queued", TaskStatus::Queued},       {"pending", TaskStatus::Queued},
    {"running", TaskStatus::Running},     {"processing", TaskStatus::Running},
    {"in_progress", TaskStatus::Running}, {"completed", TaskStatus::Completed},
    {"complete", TaskStatus::Completed},  {"succeeded", TaskStatus::Completed},
    {"success", TaskStatus::Completed},   {"done", TaskStatus::Completed},
    {"finished", TaskStatus::Completed},  {"failed", TaskStatus::Failed},
    {"failure", TaskStatus::Failed},      {"error", TaskStatus::Failed},
    {"cancelled", TaskStatus::Failed},    {"canceled", TaskStatus::Failed},
    {"expired", TaskStatus::Expired},
};

// Lower case, without space around it, '_' between words.
std::string normalized(std::string_view text) {
  std::string result;
  for (const char character : text)
    result += character == ' ' || character == '-' ? '_' : g_ascii_tolower(character);
  const std::size_t first = result.find_first_not_of("_\t\r\n");
  if (first == std::string::npos) return {};
  return result.substr(first, result.find_last_not_of("_\t\r\n") - first + 1);
}

bool is_id_letter(char character) {
  return character >= 'a' && character <= 'z';
}

bool is_id_digit(char character) {
  return character >= '0' && character <= '9';
}

bool are_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_id_digit);
}

// An id, or a part of it, in lower case without its separators and, of a number, leading zeros.
struct PlainId {
  std::string prefix;  // the letters before the first separator; "" without one
  std::string rest;
  std::string separators;  // each character of the rest that is no letter or digit, with its place

  std::string all() const { return prefix + rest; }
};

PlainId plain_id(std::string_view id) {
  const GCharPtr lower(g_ascii_strdown(id.data(), static_cast<gssize>(id.size())));
  std::string_view text(lower.get());
  const auto is_separator = [](char character) {
    return static_cast<signed char>(character) >= 0 && !is_id_letter(character) &&
           !is_id_digit(character);
  };
  PlainId result;
  const auto letters = static_cast<std::size_t>(
      std::find_if_not(text.begin(), text.end(), is_id_letter) - text.begin());
  if (letters > 0 && letters + 1 < text.size() && is_separator(text[letters])) {
    result.prefix = text.substr(0, letters);
    text.remove_prefix(letters + 1);
  }
  for (const char character : text) {
    if (is_separator(character))
      result.separators += std::to_string(result.rest.size()) + character;
    else
      result.rest += character;
  }
  if (are_digits(result.rest))
    result.rest.erase(0, std::min(result.rest.find_first_not_of('0'), result.rest.size() - 1));
  return result;
}

// Long enough that no two tasks have it by chance.
constexpr std::size_t kMinTelling = 6;

// Whether `longer` is `shorter` behind letters.
bool adds_letters(const std::string& longer, const std::string& shorter) {
  if (longer.size() <= shorter.size() || shorter.empty() || !is_id_digit(shorter.front()))
    return false;
  const auto begin = longer.end() - static_cast<std::ptrdiff_t>(shorter.size());
  return std::equal(begin, longer.end(), shorter.begin()) &&
         std::all_of(longer.begin(), begin, is_id_letter);
}

bool is_video(const std::string& kind) {
  return g_ascii_strcasecmp(kind.c_str(), "video") == 0;
}

}  // namespace

TaskStatus parse_task_status(std::string_view text) {
  const std::string status = normalized(text);
  for (const Spelling& spelling : kSpellings) {
    if (spelling.text == status) return spelling.status;
  }
  return TaskStatus::Unknown;
}

bool is_cancelled(std::string_view status_text) {
  const std::string status = normalized(status_text);
  return status == "cancelled" || status == "canceled";
}

bool is_task_id(std::string_view id) {
  constexpr std::size_t kMaxBytes = 255;
  return !id.empty() && id.size() <= kMaxBytes && id != "." && id != ".." &&
         id.find('/') == std::string_view::npos && id.find('\0') == std::string_view::npos &&
         id.find("\uFFFD") == std::string_view::npos &&
         g_utf8_validate_len(id.data(), id.size(), nullptr);
}

bool is_same_task(std::string_view id, std::string_view other) {
  const PlainId a = plain_id(id);
  const PlainId b = plain_id(other);
  if (a.all() == b.all()) return true;
  if (a.rest == b.rest) {
    // Two prefixes may as well be two kinds of things that are counted.
    return a.prefix.empty() || b.prefix.empty() || a.rest.size() >= kMinTelling;
  }
  return adds_letters(a.all(), b.all()) || adds_letters(b.all(), a.all());
}

bool names_another_task(std::string_view asked, std::string_view answered) {
  if (answered.empty() || is_same_task(asked, answered)) return false;
  const PlainId a = plain_id(asked);
  const PlainId b = plain_id(answered);
  if (!a.prefix.empty() || !b.prefix.empty()) return a.prefix == b.prefix;
  if (are_digits(a.rest) && are_digits(b.rest)) return true;
  return a.rest.size() == b.rest.size() && a.rest.size() >= kMinTelling &&
         a.separators == b.separators;
}

bool is_final(TaskStatus status) {
  return status == TaskStatus::Completed || status == TaskStatus::Failed ||
         status == TaskStatus::Expired;
}

bool Model::makes_video() const {
  return caps || is_video(media_type) ||
         std::any_of(output_modalities.begin(), output_modalities.end(), is_video);
}

}  // namespace airforce
