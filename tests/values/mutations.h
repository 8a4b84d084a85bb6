// SPDX-License-Identifier: LGPL-2.1-or-later
// Answers of either public description of the service, and every other value in place of each
// field.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace airforce::test {

using Fields = std::vector<std::pair<std::string, std::string>>;  // names and JSON

inline constexpr const char* kMutatedUrl = "https://cdn.example/vid_1.mp4?sig=1";

// Answers about a completed task.
inline const std::vector<Fields>& task_answers() {
  static const std::vector<Fields> answers = {
      // reference
      {{"task_id", "\"vid_1\""},
       {"status", "\"completed\""},
       {"progress", "100"},
       {"result_url", '"' + std::string(kMutatedUrl) + '"'},
       {"thumbnail_url", "\"https://cdn.example/vid_1.jpg\""},
       {"model", "\"wan-2.6\""},
       {"duration_seconds", "8"},
       {"created", "1715000000"},
       {"expires_at", "1715086400"},
       {"cost_cents", "320"},
       {"error", "null"}},
      // sdk
      {{"task_id", "\"vid_1\""},
       {"status", "\"completed\""},
       {"progress", "null"},
       {"result_url", '"' + std::string(kMutatedUrl) + '"'},
       {"error", "null"},
       {"cost_cents", "null"},
       {"prompt", "\"a fox\""},
       {"mode", "\"text\""},
       {"model", "\"wan-2.6\""},
       {"aspect_ratio", "\"16:9\""},
       {"quality", "\"720p\""},
       {"input_image_url", "null"},
       {"duration_seconds", "8"},
       {"created", "1715000000"},
       {"expires_at", "1715086400"}}};
  return answers;
}

inline const std::vector<std::string>& other_values() {
  static const std::vector<std::string> values = {
      "null",
      "true",
      "false",
      "\"\"",
      "\"x\"",
      "\"COMPLETED\"",
      "\"12\"",
      "\"2026-01-31T12:00:00Z\"",
      "0",
      "-1",
      "7",
      "1.5",
      "1e999",
      "-1e999",
      "123456789012345678901234567890",
      "NaN",
      "[]",
      "[1]",
      "[\"x\",{}]",
      "{}",
      "{\"message\":\"x\"}",
      "{\"task_id\":\"other\",\"status\":\"failed\"}",
      "\"" + std::string(100'000, 'x') + "\"",
      "[" + std::string(5000, '[') + std::string(5000, ']') + "]",
      R"("\ud800")",
      R"("\u0000")",
      "\"\xFF\"",
      "\"a\nb\""};
  return values;
}

// `fields` with the one at `changed` replaced, or left out where there is no value.
inline std::string json_of(const Fields& fields, std::size_t changed,
                           const std::optional<std::string>& value) {
  std::string json;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i == changed && !value) continue;
    json += (json.empty() ? "{\"" : ",\"") + fields[i].first +
            "\":" + (i == changed ? *value : fields[i].second);
  }
  return json + "}";
}

// Answers about a video model.
inline const std::vector<Fields>& model_answers() {
  static const std::vector<Fields> answers = {
      // reference
      {{"id", "\"wan-2.6\""},
       {"object", "\"model\""},
       {"output_modalities", "[\"video\"]"},
       {"video_caps",
        R"({"modes":["text"],"qualities":["480p"],"min_duration_s":5,"max_duration_s":10})"}},
      // sdk
      {{"id", "\"wan-2.6\""},
       {"output_modalities", "null"},
       {"media_type", "\"video\""},
       {"video_caps", R"({"modes":["text"],"qualities":["480p"],"price_per_second_cents":40})"},
       {"image_caps", "null"},
       {"pricepermilliontokens", "null"}}};
  return answers;
}

// An event of a task's stream; what has line ends of its own takes several lines.
inline std::string event_of(const std::string& name, const std::string& json) {
  std::string event = "event: " + name + "\ndata: ";
  for (const char character : json) {
    event += character;
    if (character == '\n') event += "data: ";
  }
  return event + "\n\n";
}

// Calls `check(name of the field, JSON)` for every mutation of `answers`.
template <typename Check>
void for_each_mutation(const std::vector<Fields>& answers, Check check) {
  for (const Fields& fields : answers) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      check(fields[i].first, json_of(fields, i, std::nullopt));
      for (const std::string& value : other_values())
        check(fields[i].first, json_of(fields, i, value));
    }
  }
}

}  // namespace airforce::test
