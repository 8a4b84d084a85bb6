// SPDX-License-Identifier: LGPL-2.1-or-later
// What the API tells: a task and a model. Readers are liberal: unknown fields are ignored, a
// missing or null one is unset, a field of the wrong type is an error that names it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace airforce {

enum class TaskStatus { Queued, Running, Completed, Failed, Expired, Unknown };

TaskStatus task_status_of(std::string_view text);
// Completed, failed and expired are final; an unknown status is not.
bool is_final(TaskStatus status);

struct Task {
  std::string task_id;
  TaskStatus status = TaskStatus::Unknown;
  std::string status_text;  // as the API spells it
  std::string model;
  std::string prompt;                      // where the API echoes it
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
  std::optional<VideoCaps> caps;  // unset: nothing can be validated, the price is unknown

  bool makes_video() const;
};

}  // namespace airforce
