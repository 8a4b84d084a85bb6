// SPDX-License-Identifier: LGPL-2.1-or-later
#include "server/api.h"

#include <algorithm>

#include <strings.h>

#include "server/event_stream.h"
#include "service/api_error.h"
#include "service/models.h"
#include "service/request.h"

namespace airforce::simulator {
namespace {

constexpr char kTasks[] = "/v1/video/tasks";
constexpr size_t kDefaultLimit = 50;
constexpr size_t kMaxLimit = 200;
constexpr size_t kSdkLimit = 100;

struct Route {
  std::string step;  ///< empty: there is no such endpoint
  std::string id;
  bool wrong_method = false;
};

Route route(const std::string& method, const std::string& path) {
  const auto only = [&](const char* wanted, const char* step, std::string id = {}) {
    return method == wanted ? Route{.step = step, .id = std::move(id)}
                            : Route{.step = {}, .id = {}, .wrong_method = true};
  };
  if (path == "/v1/models" || path == "/models") return only("GET", "models");
  if (path == "/v1/video/generations") return only("POST", "create");
  if (path == kTasks) return only("GET", "list");
  if (!path.starts_with(std::string(kTasks) + "/")) return {};
  std::string id = path.substr(sizeof kTasks);
  if (id.ends_with("/stream")) return only("GET", "stream", id.substr(0, id.size() - 7));
  if (id.find('/') != std::string::npos) return {};
  if (method == "DELETE") return only("DELETE", "delete", id);
  return only("GET", "poll", id);
}

size_t limit_of(const Exchange& exchange) {
  const auto text = exchange.query("limit");
  if (!text) return kDefaultLimit;
  char* end = nullptr;
  const gint64 limit = g_ascii_strtoll(text->c_str(), &end, 10);
  if (text->empty() || *end != '\0' || limit < 1)
    throw bad_request("limit must be a whole number from 1 to 200");
  return std::min(static_cast<size_t>(limit), kMaxLimit);
}

std::string status_of(const Exchange& exchange) {
  std::string status = exchange.query("status").value_or("");
  for (const char* known : {"", "queued", "running", "completed", "failed", "expired"})
    if (status == known) return status;
  throw bad_request("status must be one of queued, running, completed, failed, expired");
}

std::vector<std::string> described(const std::vector<InputImage>& images) {
  std::vector<std::string> texts;
  for (const InputImage& image : images) {
    const std::unique_ptr<char, decltype(&g_free)> hash(
        g_compute_checksum_for_data(G_CHECKSUM_SHA256,
                                    reinterpret_cast<const guchar*>(image.bytes.data()),
                                    image.bytes.size()),
        g_free);
    texts.push_back(image.url.empty() ? hash.get() : image.url);
  }
  return texts;
}

/// How a new task is going to go.
Plan plan_of(const std::optional<Fault>& fault) {
  Plan plan;
  if (!fault) return plan;
  if (fault->expired) plan.ending = "expired";
  if (fault->failed) {
    plan.ending = "failed";
    plan.error_type = fault->error_type.empty() ? "generation_error" : fault->error_type;
    plan.error_message =
        fault->error_message.empty() ? "the model could not make this clip" : fault->error_message;
  }
  plan.shown_status = fault->unknown_status;
  plan.backwards = fault->backwards;
  if (fault->charge) plan.charge = static_cast<int>(*fault->charge);
  if (!fault->refund.empty()) plan.refund = fault->refund;
  plan.url_late = fault->url_late;
  plan.url_form = fault->url_form;
  return plan;
}

}  // namespace

std::string bearer_key(const Exchange& exchange) {
  const std::string header = exchange.header("Authorization");
  constexpr char kBearer[] = "Bearer ";
  constexpr size_t kLength = sizeof kBearer - 1;
  if (strncasecmp(header.c_str(), kBearer, kLength) != 0) return {};
  return header.substr(kLength);
}

void Api::handle(Listener& listener, const Ref& exchange) {
  Route where = route(exchange->method(), exchange->path());
  if (where.wrong_method)
    return reply(*exchange, context_(),
                 error_answer({405, "method_not_allowed", "this endpoint has another method"},
                              dialect(), ErrorShape::kFlat));
  if (where.step.empty())
    return reply(
        *exchange, context_(),
        error_answer(not_found("there is no such endpoint"), dialect(), ErrorShape::kFlat));
  if (where.step == "poll") {
    const Task* task = service_.find(where.id);
    if (task && task->final) where.step = "confirm";
  }
  exchange->record.step = where.step;
  exchange->record.task = where.id;
  // The target of a redirect works.
  if (!exchange->query("redirected")) exchange->fault = faults_.strike(where.step);
  with_fault(listener, exchange, context_(), [this, exchange, where] {
    guarded(exchange, [&] { carry_out(exchange, where.step, where.id); });
  });
}

void Api::guarded(const Ref& exchange, const std::function<void()>& call) {
  try {
    call();
  } catch (const ApiError& error) {
    // The sdk dialect has two shapes. Here the flat one is for tasks that do not exist.
    const std::string& step = exchange->record.step;
    const bool flat = error.status == 404 && step != "create" && step != "models";
    exchange->record.note = error.what();
    reply(*exchange, context_(),
          error_answer(error, dialect(), flat ? ErrorShape::kFlat : ErrorShape::kNested));
  }
}

void Api::answer_json(const Ref& exchange, const std::string& text, int status) {
  Response answer;
  answer.status = status;
  answer.text = text;
  reply(*exchange, context_(), std::move(answer));
}

void Api::carry_out(const Ref& exchange, const std::string& step, const std::string& id) {
  const bool with_key = exchange->has_header("Authorization");
  if (step == "models" && dialect() == Dialect::kSdk && !with_key)
    return answer_json(exchange, models_json(dialect(), false));
  const std::string key = bearer_key(*exchange);
  if (!service_.knows(key))
    throw ApiError(401, "authentication_error",
                   with_key ? "this API key is not valid" : "an API key is required",
                   "invalid_api_key");
  if (step == "models") return answer_json(exchange, models_json(dialect(), true));
  if (step == "create") return create(exchange, key);
  if (step == "list") return list(exchange, key);
  if (step == "stream") return stream(exchange, key, id);
  if (step == "delete") return remove(exchange, key, id);
  poll(exchange, key, id);
}

void Api::create(const Ref& exchange, const std::string& key) {
  const Request request = parse_request(exchange->body(), dialect());
  exchange->record.prompt = request.prompt;
  exchange->record.extra = request.extra;
  exchange->record.images = described(request.images);
  service_.check_affordable(key, request);
  if (request.images.empty()) return create_with(exchange, key, request, {});
  renderer_.load_images(
      request.images,
      [this, exchange, key, request](std::vector<Picture> pictures, const std::string& error) {
        guarded(exchange, [&] {
          if (!error.empty()) throw unprocessable(error);
          create_with(exchange, key, request, std::move(pictures));
        });
      });
}

void Api::create_with(const Ref& exchange, const std::string& key, const Request& request,
                      std::vector<Picture> images) {
  Task& task = service_.create(key, request, plan_of(faults_.strike("task")));
  if (!request.images.empty()) task.image_url = request.images.front().url;
  task.request.images.clear();  // they are large, and have been read
  const std::string id = task.id;
  exchange->record.task = id;
  exchange->record.note = "task " + id + " created, " + std::to_string(task.cost_cents) + " cents" +
                          (task.charged ? "" : " when it starts") +
                          (request.extra.empty() ? "" : ", passed on: " + request.extra);
  const std::string answer = json_.created(task, exchange->fault).text();
  renderer_.render(request, std::move(images),
                   [this, id](std::shared_ptr<const Clip> clip, const std::string& error) {
                     service_.rendered(id, std::move(clip), error);
                   });
  answer_json(exchange, answer, dialect() == Dialect::kSdk ? 202 : 200);
}

Task& Api::task_of(const std::string& key, const std::string& id) {
  Task* task = service_.find(key, id);
  if (!task) throw not_found("there is no task " + id);
  return *task;
}

void Api::poll(const Ref& exchange, const std::string& key, const std::string& id) {
  const Task& task = task_of(key, id);
  const TaskView view = distorted(service_.view(task), exchange->fault);
  exchange->record.note =
      view.status + (view.progress ? " " + std::to_string(*view.progress) + "%" : "");
  answer_json(exchange, json_.describe(task, view, exchange->fault).text());
}

void Api::stream(const Ref& exchange, const std::string& key, const std::string& id) {
  EventStream::start(exchange, context_(), service_, json_, task_of(key, id));
}

void Api::list(const Ref& exchange, const std::string& key) {
  const bool sdk = dialect() == Dialect::kSdk;
  const size_t limit = sdk ? kSdkLimit : limit_of(*exchange);
  JsonArrayText tasks;
  for (const Task* task : service_.list(key, limit, sdk ? "" : status_of(*exchange)))
    tasks.add(json_.describe(*task, service_.view(*task), exchange->fault));
  JsonObjectText json;
  if (!sdk) json.set("object", "list");
  answer_json(exchange, json.set("data", tasks).text());
}

void Api::remove(const Ref& exchange, const std::string& key, const std::string& id) {
  if (!service_.remove(key, id)) throw not_found("there is no task " + id);
  exchange->record.note = "task deleted";
  JsonObjectText json;
  if (dialect() == Dialect::kReference) json.set("task_id", id);
  answer_json(exchange, json.set("deleted", true).text());
}

}  // namespace airforce::simulator
