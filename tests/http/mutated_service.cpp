// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mutated_service.h"

#include "support/simulator.h"
#include "values/mutations.h"

namespace airforce::test {
namespace {

constexpr const char* kTasks = "/v1/video/tasks";
constexpr const char* kClip = "/clip.mp4";

// Of an answer of mutations.h.
std::string about(std::string json, const std::string& task_id) {
  const auto replace = [&](const std::string& from, const std::string& to) {
    if (const std::size_t at = json.find(from); at != std::string::npos)
      json.replace(at, from.size(), to);
  };
  replace("vid_1", task_id);
  replace(kMutatedUrl, kClip);
  return json;
}

bool decides(const std::string& field) {
  return field == "task_id" || field == "status" || field == "result_url" || field == "id" ||
         field == "video_caps";
}

}  // namespace

MutatedService::MutatedService()
    : server_([this](LocalServer&, SoupServerMessage* message) { handle(message); }) {
  const std::lock_guard lock(mutex_);  // the server's thread is there already
  for_each_mutation(task_answers(), [&](const std::string& field, const std::string& json) {
    if (decides(field)) return;
    completed_.push_back("vid_" + std::to_string(completed_.size()));
    answers_.push_back(json);
  });
  for (const Fields& fields : task_answers()) {
    for (std::size_t field = 0; field < fields.size(); ++field) {
      live_.push_back("live_" + std::to_string(live_.size()));
      std::string events = event_of("progress", about(json_of(fields, field, {}), live_.back()));
      for (const std::string& value : other_values())
        events += event_of("state", about(json_of(fields, field, value), live_.back()));
      event_streams_.push_back(events);
    }
  }
  for_each_mutation(model_answers(), [&](const std::string& field, const std::string& json) {
    if (!decides(field)) model_answers_.push_back(json);
  });
}

int MutatedService::creates() const {
  const std::lock_guard lock(mutex_);
  return creates_;
}

std::string MutatedService::answer_about(const std::string& task_id) const {
  const std::size_t number = std::stoul(task_id.substr(task_id.find('_') + 1));
  if (task_id.starts_with("vid_")) return about(answers_.at(number), task_id);
  const auto streamed = has_streamed_.find(task_id);
  if (streamed == has_streamed_.end() || !streamed->second)
    return R"({"task_id":")" + task_id + R"(","status":"running","progress":50})";
  return about(answers_.at(number * other_values().size() % answers_.size()), task_id);
}

void MutatedService::handle(SoupServerMessage* message) {
  const std::string path = g_uri_get_path(soup_server_message_get_uri(message));
  const std::string method = soup_server_message_get_method(message);
  const std::lock_guard lock(mutex_);
  if (path == kClip) return answer(message, 200, "video/mp4", fake_clip(20'000));
  if (method == "POST") {
    const std::string& id = live_.at(static_cast<std::size_t>(creates_++) % live_.size());
    return answer_json(message, about(answers_.at(static_cast<std::size_t>(creates_)), id));
  }
  if (path == "/v1/models" || path == kTasks) {
    std::string list;
    const bool of_tasks = path == kTasks;
    const auto& items = of_tasks ? answers_ : model_answers_;
    for (std::size_t i = 0; i < items.size(); ++i)
      list += (i == 0 ? "" : ",") + (of_tasks ? about(items[i], completed_[i]) : items[i]);
    return answer_json(message, "{\"data\":[" + list + "]}");
  }
  std::string id = path.substr(std::string(kTasks).size() + 1);
  const bool is_stream = id.ends_with("/stream");
  id = id.substr(0, id.find('/'));
  if (!is_stream) return answer_json(message, answer_about(id));
  has_streamed_[id] = true;
  const std::size_t number = std::stoul(id.substr(id.find('_') + 1));
  answer(message, 200, "text/event-stream", event_streams_.at(number));
}

}  // namespace airforce::test
