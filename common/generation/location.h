// SPDX-License-Identifier: LGPL-2.1-or-later
// Names of output files, from a pattern with placeholders.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "store/history.h"
#include "values/settings.h"
#include "values/task.h"

namespace airforce {

// What a clip can be named after.
struct NameFields {
  std::string task_id;  // from the service
  std::string model;
  std::string prompt;
  std::int64_t seed = -1;  // -1: none
  int index = 1;           // among the clips of one command
  std::int64_t time = 0;   // Unix seconds, for {date}; by the local time zone
};

// What the clip of `settings` is named after, as far as this machine knows: a request by its
// settings and its `prompt` as it is sent, an existing task (task_id) by `known`, its entry in the
// history.
NameFields known_name_fields(const Settings& settings, const std::string& prompt,
                             const HistoryEntry& known, std::int64_t unix_seconds);

// The same with what the service shows of the task, where nothing was known.
NameFields completed_by(NameFields fields, const Task& task);

// `pattern` with its placeholders replaced:
//   {task_id} {model} {seed}   as they are; a seed that is not set is "noseed"
//   {index}, {index:03}        with leading zeros up to that width
//   {date}                     2026-01-31
//   {prompt}                   the prompt, up to 100 characters
//   {slug}                     the prompt's words in small letters, "red-fox-in-the-snow", up to 40
// Other braces stay. No value can lead to another directory: what does not belong in a file name
// becomes '_'. A name that would be longer than 255 bytes gets a shorter prompt or slug.
std::string expanded_location(std::string_view pattern, const NameFields& fields);

// Whether the name can only be known when there is a task.
bool needs_task_id(std::string_view pattern);

}  // namespace airforce
