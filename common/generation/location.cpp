// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/location.h"

#include <glib.h>

namespace airforce {
namespace {

constexpr std::string_view kTaskId = "{task_id}";

// An id may hold anything: no '/' or leading '.' of it may lead elsewhere.
std::string as_file_name(std::string_view task_id) {
  std::string name(task_id);
  for (char& c : name) {
    if (!g_ascii_isalnum(c) && c != '-' && c != '_' && c != '.') c = '_';
  }
  if (name.starts_with('.')) name.front() = '_';
  return name;
}

}  // namespace

std::string expanded_location(std::string_view location, std::string_view task_id) {
  std::string result(location);
  const std::string name = as_file_name(task_id);
  for (std::size_t at = result.find(kTaskId); at != std::string::npos;
       at = result.find(kTaskId, at + name.size()))
    result.replace(at, kTaskId.size(), name);
  return result;
}

}  // namespace airforce
