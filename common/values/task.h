// SPDX-License-Identifier: LGPL-2.1-or-later
// A task and a model, as the service describes them. A field that is missing, null or of a type
// that makes no sense is unset (values/json.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace airforce {

enum class TaskStatus { Queued, Running, Completed, Failed, Expired, Unknown };

// Compared without case; "processing", "succeeded", "canceled" and the like are synonyms of what
// the API documents. Unknown for what nobody knows.
TaskStatus parse_task_status(std::string_view text);
// One that failed because somebody cancelled it at the service.
bool is_cancelled(std::string_view status_text);
// Completed, failed and expired are final; an unknown status is not.
bool is_final(TaskStatus status);

// Whether this can be one segment of a URL's path and a file's name: at most 255 bytes, UTF-8
// without NUL, no '/', not "." or "..".
bool is_task_id(std::string_view id);

// Whether two ids name one task: in another case, with another prefix, or as a number ("VID_7",
// "7" and "vid-007" are "vid_7").
bool is_same_task(std::string_view id, std::string_view other);
// Whether an answer that has the id `answered` is about another task than `asked`: it names another
// one in the same form. What has another form ("x", a number, a request's id) is an odd echo, as
// answers about one task need no id at all.
bool names_another_task(std::string_view asked, std::string_view answered);

struct Task {
  std::string task_id;
  std::string other_id;  // of the field "id", where "task_id" has another
  TaskStatus status = TaskStatus::Unknown;
  std::string status_text;  // as the API spells it
  std::string model;
  std::string prompt;  // this and the next three: where the API echoes it
  std::string mode;
  std::string aspect_ratio;
  std::string quality;
  std::optional<int> progress;             // 0..100
  std::optional<std::int64_t> created;     // Unix seconds
  std::optional<std::int64_t> expires_at;  // Unix seconds
  std::optional<double> cost_cents;
  std::optional<int> duration_seconds;
  std::string result_url;     // a secret: pre-signed
  std::string thumbnail_url;  // a secret: pre-signed
  std::string error_type;
  std::string error_message;
};

struct VideoCaps {
  std::vector<std::string> aspect_ratios;
  std::vector<std::string> qualities;
  std::vector<std::string> modes;
  std::optional<int> min_duration_s;
  std::optional<int> max_duration_s;
  std::optional<double> price_per_second_cents;
};

struct Model {
  std::string id;
  std::vector<std::string> output_modalities;
  std::string media_type;
  std::optional<VideoCaps> caps;  // unset: nothing can be validated, the price is unknown

  // "video" in output_modalities, media_type "video", or caps.
  bool makes_video() const;
};

}  // namespace airforce
