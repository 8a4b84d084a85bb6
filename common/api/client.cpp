// SPDX-License-Identifier: LGPL-2.1-or-later
#include "api/client.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "http/retry_after.h"
#include "http/url.h"
#include "values/json.h"
#include "values/text.h"

namespace airforce::api {
namespace {

constexpr int kMaxRedirects = 5;
constexpr const char* kTasks = "/v1/video/tasks";

std::string task_path(const std::string& task_id) {
  // These would name the list, or another path altogether.
  if (task_id.empty() || task_id == "." || task_id == "..")
    throw Error(ErrorKind::Settings, Step::Settings, "'" + task_id + "' is not a task's id");
  const GCharPtr escaped(g_uri_escape_string(task_id.c_str(), nullptr, FALSE));
  return std::string(kTasks) + "/" + escaped.get();
}

bool is_success(int status) {
  return status >= 200 && status < 300;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

ErrorKind kind_of(int status) {
  switch (status) {
    case 401:
    case 402:
    case 403: return ErrorKind::NotAuthorized;
    case 404: return ErrorKind::NotFound;
    case 429:
    case 503: return ErrorKind::Busy;
    default: break;
  }
  if (status >= 500) return ErrorKind::Server;
  return status >= 400 ? ErrorKind::Rejected : ErrorKind::Protocol;
}

const char* advice_for(int status, Step step) {
  const bool about_a_task = step == Step::Follow || step == Step::Delete;
  switch (status) {
    case 401:
    case 403: return "check AIRFORCE_API_KEY (or api_key_file)";
    case 402: return "top up the account's balance";
    case 404:
      return about_a_task
                 ? "check the id and the base URL; tasks are purged 24 h after their creation"
                 : "check the base URL";
    default: return "";
  }
}

// What the user is told of an answer that is not 2xx.
Error answer_error(const http::Response& answer, Step step, const std::string& origin,
                   std::int64_t unix_now) {
  const ApiError api_error = read_api_error(answer.body);
  std::string message = origin + " answered " + std::to_string(answer.status);
  if (!answer.reason.empty()) message += " " + display_message(answer.reason, 60);
  if (is_redirect(answer.status)) message += ", a redirect, which the API does not make";
  if (!api_error.type.empty()) message += ", " + api_error.type;
  if (!api_error.message.empty()) message += ": " + api_error.message;
  Error error(kind_of(answer.status), step, message, advice_for(answer.status, step));
  if (is_redirect(answer.status)) error.next_step = "check the base URL";
  error.http_status = answer.status;
  error.api_type = api_error.type;
  if (const auto wait = http::retry_after(answer.header("retry-after"), unix_now))
    error.retry_after_seconds = *wait;
  return error;
}

Error transport_error(const http::TransportError& failure, Step step) {
  using Kind = http::TransportError::Kind;
  Error error(ErrorKind::Network, step, failure.message,
              "check the network, the proxy and the base URL");
  if (failure.kind == Kind::Cancelled) error = Error(ErrorKind::Cancelled, step, "cancelled");
  if (failure.kind == Kind::TooLarge)
    error = Error(ErrorKind::Protocol, step, failure.message, "check the base URL");
  error.delivered = failure.delivered;
  return error;
}

// Reads an answer's body with `read`; where it can't be read, tells whose answer it was and to
// what.
template <typename Read>
auto understood(Read read, const http::Response& answer, Step step, const std::string& base_url) {
  try {
    return read(answer.body);
  } catch (Error& error) {
    error.step = step;
    error.http_status = answer.status;
    error.message = http::origin_of(base_url) + ": " + error.message;
    if (error.next_step.empty()) error.next_step = "check the base URL";
    throw;
  }
}

}  // namespace

TaskStream::TaskStream(std::unique_ptr<http::ByteStream> bytes) : bytes_(std::move(bytes)) {}

TaskStream::Outcome TaskStream::next(Task& task, double seconds, GCancellable* cancellable) {
  try {
    if (pending_.empty()) {
      std::array<char, 8192> buffer;
      std::size_t count = 0;
      switch (bytes_->read(buffer, count, seconds, cancellable)) {
        case http::ByteStream::Outcome::End: return Outcome::End;
        case http::ByteStream::Outcome::Silent: return Outcome::Silent;
        case http::ByteStream::Outcome::Bytes: break;
      }
      parser_.feed({buffer.data(), count}, pending_);
      if (pending_.empty()) return Outcome::Alive;
    }
    const Event event = std::move(pending_.front());
    pending_.erase(pending_.begin());
    task = read_task(event.data);
    return Outcome::Task;
  } catch (const http::TransportError& failure) {
    throw transport_error(failure, Step::Follow);
  } catch (Error& error) {
    error.step = Step::Follow;
    throw;
  }
}

std::optional<double> TaskStream::retry_seconds() const {
  const auto milliseconds = parser_.retry_ms();
  if (!milliseconds) return std::nullopt;
  return static_cast<double>(*milliseconds) / 1000;
}

Client::Client(http::Session& session, std::string base_url, std::string key, const Clock& clock,
               const Timeouts& timeouts)
    : session_(session),
      base_url_(std::move(base_url)),
      key_(std::move(key)),
      clock_(clock),
      timeouts_(timeouts) {}

http::Request Client::request(const char* method, const std::string& path) const {
  http::Request request;
  request.method = method;
  request.url = base_url_ + path;
  request.timeout_seconds = timeouts_.request;
  request.headers = {{"Accept", "application/json"}};
  // Models are public with one of the service's dialects.
  if (!key_.empty()) request.headers.emplace_back("Authorization", "Bearer " + key_);
  return request;
}

http::Response Client::send(const http::Request& request, Step step, GCancellable* cancellable) {
  try {
    http::Response answer = session_.send(request, cancellable);
    learn_time(answer);
    hide(answer.body);
    if (is_success(answer.status)) return answer;
    throw answer_error(answer, step, http::origin_of(base_url_), clock_.unix_time());
  } catch (const http::TransportError& failure) {
    throw transport_error(failure, step);
  }
}

// A service that echoes the key in a message must not bring it into a log.
void Client::hide(std::string& text) const {
  constexpr std::string_view kHidden = "[hidden]";
  // A key of a few letters is no secret, and stands in honest words: "sk" in "task_id".
  constexpr std::size_t kMinSecret = 12;
  if (key_.size() < kMinSecret) return;
  std::size_t at = 0;
  while ((at = text.find(key_, at)) != std::string::npos) {
    text.replace(at, key_.size(), kHidden);
    at += kHidden.size();
  }
}

void Client::learn_time(const http::ResponseHeaders& head) {
  // Retry-After's date form is Date's form (RFC 9110, 5.6.7); before 1970 is no clock to go by.
  if (const auto now = http::retry_after(head.header("date"), 0); now && *now > 0)
    service_start_ = *now - clock_.elapsed();
}

std::int64_t Client::service_time() const {
  const double start = service_start_;
  return std::isnan(start) ? clock_.unix_time()
                           : static_cast<std::int64_t>(std::llround(start + clock_.elapsed()));
}

Task Client::create(const std::string& body, GCancellable* cancellable) {
  http::Request post = request("POST", "/v1/video/generations");
  post.content_type = "application/json";
  post.body = body;
  post.timeout_seconds = timeouts_.create;
  const http::Response answer = send(post, Step::Create, cancellable);
  return understood(
      [](std::string_view text) {
        Task task = read_task(text);
        if (task.task_id.empty())
          throw Error(ErrorKind::Protocol, Step::Create, "the answer to the create has no task_id");
        return task;
      },
      answer, Step::Create, base_url_);
}

Task Client::task(const std::string& task_id, GCancellable* cancellable) {
  const http::Response answer = send(request("GET", task_path(task_id)), Step::Follow, cancellable);
  return understood(read_task, answer, Step::Follow, base_url_);
}

std::unique_ptr<TaskStream> Client::follow(const std::string& task_id, double seconds,
                                           GCancellable* cancellable) {
  http::Request get = request("GET", task_path(task_id) + "/stream");
  get.timeout_seconds = seconds;
  get.headers[1].second = "text/event-stream";
  get.headers.emplace_back("Cache-Control", "no-cache");
  std::unique_ptr<http::ByteStream> bytes;
  try {
    bytes = session_.open(get, cancellable);
  } catch (const http::TransportError& failure) {
    throw transport_error(failure, Step::Follow);
  }
  const http::ResponseHeaders& head = bytes->head();
  const std::string type = head.header("content-type");
  const std::string essence = type.substr(0, type.find_first_of("; \t"));
  if (head.status != 200)
    throw answer_error({head, {}}, Step::Follow, http::origin_of(base_url_), clock_.unix_time());
  if (g_ascii_strcasecmp(essence.c_str(), "text/event-stream") != 0)
    throw Error(ErrorKind::Protocol, Step::Follow,
                "the event stream came as '" + display_text(essence, 60) +
                    "' instead of text/event-stream");
  return std::make_unique<TaskStream>(std::move(bytes));
}

std::vector<Task> Client::tasks(int limit, const std::string& status, GCancellable* cancellable) {
  std::string query;
  if (limit > 0) query += "?limit=" + std::to_string(limit);
  if (!status.empty()) {
    const GCharPtr escaped(g_uri_escape_string(status.c_str(), nullptr, FALSE));
    query += (query.empty() ? "?status=" : "&status=") + std::string(escaped.get());
  }
  const http::Response answer = send(request("GET", kTasks + query), Step::List, cancellable);
  return understood(read_tasks, answer, Step::List, base_url_);
}

void Client::remove(const std::string& task_id, GCancellable* cancellable, double seconds) {
  http::Request deletion = request("DELETE", task_path(task_id));
  if (seconds > 0) deletion.timeout_seconds = seconds;
  send(deletion, Step::Delete, cancellable);
}

std::vector<Model> Client::models(GCancellable* cancellable) {
  const http::Response answer = send(request("GET", "/v1/models"), Step::Models, cancellable);
  std::vector<Model> models = understood(read_models, answer, Step::Models, base_url_);
  std::erase_if(models, [](const Model& model) { return !model.makes_video(); });
  return models;
}

std::unique_ptr<http::ByteStream> Client::fetch(const std::string& url, std::optional<Range> range,
                                                const std::string& validator,
                                                GCancellable* cancellable) {
  if (http::origin_of(url).empty())
    throw Error(ErrorKind::Protocol, Step::Download, "the clip's URL is not an http(s) URL");
  http::Request get;
  get.url = url;
  get.timeout_seconds = timeouts_.request;
  bool at_the_api = true;
  for (int redirects = 0;; ++redirects) {
    get.headers = {{"Accept-Encoding", "identity"}};
    // The key goes to the API's own origin only, and not again after a redirect has led elsewhere.
    at_the_api = at_the_api && http::origin_of(get.url) == http::origin_of(base_url_);
    if (at_the_api && !key_.empty()) get.headers.emplace_back("Authorization", "Bearer " + key_);
    if (range) {
      std::string value = "bytes=" + std::to_string(range->first) + "-";
      if (range->last) value += std::to_string(*range->last);
      get.headers.emplace_back("Range", value);
      if (!validator.empty()) get.headers.emplace_back("If-Range", validator);
    }
    auto bytes = session_.open(get, cancellable);
    if (!is_redirect(bytes->head().status)) return bytes;
    const std::string target = http::redirect_target(get.url, bytes->head().header("location"));
    if (target.empty())
      throw Error(ErrorKind::Protocol, Step::Download,
                  http::origin_of(get.url) +
                      " redirects where this client does not go (only to http(s), never from https "
                      "to http)");
    if (redirects == kMaxRedirects)
      throw Error(ErrorKind::Protocol, Step::Download,
                  http::origin_of(url) + " redirects more than " + std::to_string(kMaxRedirects) +
                      " times");
    get.url = target;
  }
}

}  // namespace airforce::api
