// SPDX-License-Identifier: LGPL-2.1-or-later
#include "server/task_json.h"

namespace airforce::simulator {

std::string TaskJson::url(const Task& task, const char* extension) const {
  const std::string path = "/video/" + task.id + extension;
  return cdn_origin_() + path + "?" +
         signer_.query(path, unix_seconds(task.expires_at), task.url_generation);
}

JsonObjectText TaskJson::describe(const Task& task, const TaskView& view) const {
  JsonObjectText json;
  json.set("task_id", task.id).set("status", view.status);
  if (view.progress) json.set("progress", *view.progress);
  if (view.status == "completed" && task.clip) {
    json.set("result_url", url(task, ".mp4"));
    if (!task.clip->thumbnail.empty()) json.set("thumbnail_url", url(task, ".jpg"));
  }
  if (view.status == "failed")
    json.set(
        "error",
        JsonObjectText().set("type", task.plan.error_type).set("message", task.plan.error_message));
  return json.set("model", task.request.model->id)
      .set("created", unix_seconds(task.created))
      .set("duration_seconds", task.request.duration_seconds)
      .set("expires_at", unix_seconds(task.expires_at))
      .set("cost_cents", task.cost_cents);
}

TaskView distorted(TaskView view, const std::optional<Fault>& fault) {
  if (!fault || view.status != "running") return view;
  if (!fault->unknown_status.empty()) view.status = fault->unknown_status;
  if (fault->backwards && view.progress) view.progress = 96 - *view.progress;
  return view;
}

}  // namespace airforce::simulator
