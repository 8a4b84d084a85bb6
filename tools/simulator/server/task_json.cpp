// SPDX-License-Identifier: LGPL-2.1-or-later
#include "server/task_json.h"

namespace airforce::simulator {
namespace {

void set_id(JsonObjectText& json, const Task& task, const std::optional<Fault>& fault) {
  if (fault && fault->number_ids)
    json.set("task_id", task.number);
  else
    json.set("task_id", task.id);
}

}  // namespace

std::string TaskJson::url(const Task& task, const char* extension) const {
  const std::string path = "/video/" + task.id + extension;
  const std::string target =
      path + "?" + signer_.query(path, unix_seconds(task.expires_at), task.url_generation);
  const std::string origin = cdn_origin_();
  if (task.plan.url_form == "relative") return target;  // this port serves it, too
  if (task.plan.url_form == "scheme-relative") return origin.substr(origin.find("//")) + target;
  return origin + target;
}

void TaskJson::set_cost(JsonObjectText& json, const Task& task) const {
  if (dialect_ == Dialect::kSdk && !task.charged)
    json.set_null("cost_cents");
  else
    json.set("cost_cents", task.cost_cents);
}

JsonObjectText TaskJson::created(const Task& task, const std::optional<Fault>& fault) const {
  JsonObjectText json;
  set_id(json, task, fault);
  json.set("status", "queued")
      .set("model", task.request.model->id)
      .set("created", unix_seconds(task.created))
      .set("expires_at", unix_seconds(task.expires_at));
  set_cost(json, task);
  return json;
}

void TaskJson::describe_reference(JsonObjectText& json, const Task& task,
                                  const TaskView& view) const {
  json.set("status", view.status);
  if (view.progress) json.set("progress", *view.progress);
  if (view.has_result && task.clip) {
    json.set("result_url", url(task, ".mp4"));
    if (!task.clip->thumbnail.empty()) json.set("thumbnail_url", url(task, ".jpg"));
  }
  if (view.status == "failed")
    json.set(
        "error",
        JsonObjectText().set("type", task.plan.error_type).set("message", task.plan.error_message));
}

void TaskJson::describe_sdk(JsonObjectText& json, const Task& task, const TaskView& view) const {
  json.set("status", view.status == "running" ? "processing" : view.status);
  for (const char* unknown : {"progress", "result_url", "error", "input_image_url"})
    json.set_null(unknown);
  if (view.progress) json.set("progress", *view.progress);
  if (view.has_result && task.clip) json.set("result_url", url(task, ".mp4"));
  if (view.status == "failed") json.set("error", task.plan.error_message);
  const Request& request = task.request;
  json.set("prompt", request.prompt)
      .set("mode", request.mode)
      .set("aspect_ratio", request.aspect_ratio)
      .set("quality", request.quality);
  if (!task.image_url.empty()) json.set("input_image_url", task.image_url);
}

JsonObjectText TaskJson::describe(const Task& task, const TaskView& view,
                                  const std::optional<Fault>& fault) const {
  JsonObjectText json;
  set_id(json, task, fault);
  if (dialect_ == Dialect::kSdk)
    describe_sdk(json, task, view);
  else
    describe_reference(json, task, view);
  json.set("model", task.request.model->id)
      .set("created", unix_seconds(task.created))
      .set("duration_seconds", task.request.duration_seconds)
      .set("expires_at", unix_seconds(task.expires_at));
  set_cost(json, task);
  return json;
}

TaskView distorted(TaskView view, const std::optional<Fault>& fault) {
  if (!fault || view.status != "running") return view;
  if (!fault->unknown_status.empty()) view.status = fault->unknown_status;
  if (fault->backwards && view.progress) view.progress = 96 - *view.progress;
  return view;
}

}  // namespace airforce::simulator
