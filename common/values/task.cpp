// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/task.h"

#include <algorithm>

#include <glib.h>

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

bool is_video(const std::string& kind) {
  return g_ascii_strcasecmp(kind.c_str(), "video") == 0;
}

}  // namespace

TaskStatus task_status_of(std::string_view text) {
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

bool is_final(TaskStatus status) {
  return status == TaskStatus::Completed || status == TaskStatus::Failed ||
         status == TaskStatus::Expired;
}

bool Model::makes_video() const {
  return caps || is_video(media_type) ||
         std::any_of(output_modalities.begin(), output_modalities.end(), is_video);
}

}  // namespace airforce
