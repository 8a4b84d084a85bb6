// SPDX-License-Identifier: LGPL-2.1-or-later
#include "api/client.h"

#include <algorithm>

#include "api/answers.h"
#include "http/body.h"
#include "http/retry_after.h"
#include "http/url.h"
#include "values/json.h"
#include "values/page_text.h"
#include "values/text.h"

namespace airforce::api {
namespace {

constexpr int kMaxRedirects = 5;
constexpr std::size_t kMaxPage = 120;  // characters of a page's text
constexpr const char* kTasks = "/v1/video/tasks";

std::string task_path(const std::string& task_id) {
  // Another would name the list, or another path altogether.
  if (!is_task_id(task_id))
    throw Error(ErrorKind::Settings, Step::Settings,
                "'" + display_text(task_id, 60) + "' is not a task's id", "check the task's id");
  const GCharPtr escaped(g_uri_escape_string(task_id.c_str(), nullptr, FALSE));
  return std::string(kTasks) + "/" + escaped.get();
}

// Of the service itself: what a proxy says for it is HTML or plain text.
bool is_json_object(const std::string& body) {
  const std::size_t first = body.find_first_not_of(" \t\r\n");
  return first != std::string::npos && body[first] == '{';
}

// What a gateway says to a browser.
bool is_page(const std::string& body) {
  return !is_json_object(body) && looks_like_markup(body);
}

// A URL that may not be opened (docs/security.md).
Error private_url(const std::string& what) {
  return {ErrorKind::Protocol, Step::Download, what,
          "report it to the service; AIRFORCE_ALLOW_PRIVATE_URLS=1 allows it, if it is meant"};
}

}  // namespace

Client::Client(http::Session& session, std::string base_url, std::string key, const Clock& clock,
               const Timeouts& timeouts)
    : session_(session),
      base_url_(std::move(base_url)),
      key_(std::move(key)),
      clock_(clock),
      timeouts_(timeouts),
      base_place_(
          static_cast<unsigned>(http::place_of_url(base_url_).value_or(http::Place::Public))) {}

http::Request Client::request(const char* method, const std::string& path) const {
  http::Request request;
  request.method = method;
  request.url = base_url_ + path;
  request.timeout_seconds = timeouts_.request.count();
  request.total_seconds = std::min(timeouts_.whole.count(), seconds_left());
  request.headers = {{"Accept", "application/json"}};
  // The list of models needs no key.
  if (!key_.empty()) request.headers.emplace_back("Authorization", "Bearer " + key_);
  return request;
}

http::Response Client::send(const http::Request& request, Step step, GCancellable* cancellable) {
  try {
    http::Response answer = session_.send(request, cancellable);
    learn_time(answer);
    if (answer.place) base_place_ = static_cast<unsigned>(*answer.place);
    hide(answer);
    hide_secret(answer.body, key_);
    if (is_success(answer.status)) return answer;
    ApiError words;
    if (is_page(answer.body))
      words.message = words_of_page(answer.body);
    else
      words = read_api_error(answer.body);
    Error error = answer_error(answer, words, step, http::origin_of(base_url_), clock_.unix_time());
    error.is_json = is_json_object(answer.body);
    throw error;
  } catch (const http::TransportError& failure) {
    throw transport_error(failure, step);
  }
}

template <typename Read>
auto Client::ask(Read read, const http::Request& request, Step step, GCancellable* cancellable) {
  const http::Response answer = send(request, step, cancellable);
  try {
    return read(answer.body);
  } catch (const ErrorAnswer& error) {
    throw answer_error(answer, error.api_error, step, http::origin_of(base_url_),
                       clock_.unix_time());
  } catch (Error& error) {
    error.step = step;
    error.http_status = answer.status;
    error.request_id = request_id_of(answer, {});
    error.message = http::origin_of(base_url_) + ": " + error.message;
    if (is_page(answer.body)) error.message += ": " + words_of_page(answer.body);
    if (!error.request_id.empty()) error.message += " (request " + error.request_id + ")";
    if (error.next_step.empty()) error.next_step = "check the base URL";
    throw;
  }
}

// A gateway's, in the service's place. Markup may have cut an echo of the key in pieces.
std::string Client::words_of_page(std::string_view page) const {
  std::string text = page_text(page);
  hide_secret(text, key_);
  text = display_message(text, kMaxPage);
  return text.empty() ? "a page without text" : "the page \"" + text + "\"";
}

// A service that echoes the key must not bring it into a log.
void Client::hide(http::ResponseHeaders& head) const {
  hide_secret(head.reason, key_);
  for (auto& [name, value] : head.headers) hide_secret(value, key_);
}

void Client::learn_time(const http::ResponseHeaders& head) {
  // Retry-After's date form is Date's form (RFC 9110, 5.6.7); before 1970 is no clock to go by.
  if (const auto now = http::retry_after(head.header("date"), 0); now && *now > 0)
    service_start_ = *now - clock_.elapsed();
}

std::int64_t Client::service_time() const {
  const double start = service_start_;
  return std::isnan(start) ? clock_.unix_time()
                           : static_cast<std::int64_t>(std::floor(start + clock_.elapsed()));
}

Task Client::create(const RequestBody& body, const std::string& idempotency_key,
                    GCancellable* cancellable, const std::function<void()>& about_to_send) {
  http::Request post = request("POST", "/v1/video/generations");
  post.about_to_send = about_to_send;
  post.content_type = "application/json";
  post.body = body;
  post.timeout_seconds = timeouts_.create.count();
  // Harmless where it is ignored.
  post.headers.emplace_back("Idempotency-Key", idempotency_key);
  return ask(
      [&](std::string_view text) {
        Task task = read_task(text);
        resolve_urls(task, post.url);
        if (!task.task_id.empty()) return task;
        std::string what = "the answer to the create has no usable task id";
        if (!task.error_message.empty()) what += ": " + task.error_message;
        throw Error(ErrorKind::Protocol, Step::Create, what);
      },
      post, Step::Create, cancellable);
}

Task Client::task(const std::string& task_id, GCancellable* cancellable) {
  const http::Request get = request("GET", task_path(task_id));
  Task task = ask(
      [&](std::string_view text) {
        Task answered = read_task(text);
        check_names(task_id, answered);
        return answered;
      },
      get, Step::Follow, cancellable);
  task.task_id = task_id;
  resolve_urls(task, get.url);
  return task;
}

std::unique_ptr<TaskStream> Client::follow(const std::string& task_id, double seconds,
                                           GCancellable* cancellable) {
  http::Request get = request("GET", task_path(task_id) + "/stream");
  get.timeout_seconds = seconds;
  get.total_seconds = std::min(seconds, seconds_left());
  get.headers[0].second = "text/event-stream";
  get.headers.emplace_back("Cache-Control", "no-cache");
  std::unique_ptr<http::ByteStream> bytes;
  try {
    bytes = session_.open(get, cancellable);
  } catch (const http::TransportError& failure) {
    throw transport_error(failure, Step::Follow);
  }
  hide(bytes->head());
  const http::ResponseHeaders& head = bytes->head();
  const std::string type = head.header("content-type");
  const std::string essence = type.substr(0, type.find_first_of("; \t"));
  if (head.status != 200) {
    constexpr double kBodySeconds = 2;
    std::string body;
    try {
      body = http::beginning_of_body(*bytes, std::min(seconds, kBodySeconds), clock_, cancellable);
    } catch (const http::TransportError& failure) {
      throw transport_error(failure, Step::Follow);
    }
    hide_secret(body, key_);
    throw answer_error(head, read_api_error(body), Step::Follow, http::origin_of(base_url_),
                       clock_.unix_time());
  }
  if (g_ascii_strcasecmp(essence.c_str(), "text/event-stream") != 0)
    throw Error(ErrorKind::Protocol, Step::Follow,
                "the event stream came as '" + display_text(essence, 60) +
                    "' instead of text/event-stream");
  return std::make_unique<TaskStream>(std::move(bytes), get.url, key_, task_id);
}

std::vector<Task> Client::tasks(int limit, const std::string& status, GCancellable* cancellable) {
  std::string query;
  if (limit > 0) query += "?limit=" + std::to_string(limit);
  if (!status.empty()) {
    const GCharPtr escaped(g_uri_escape_string(status.c_str(), nullptr, FALSE));
    query += (query.empty() ? "?status=" : "&status=") + std::string(escaped.get());
  }
  const http::Request get = request("GET", kTasks + query);
  std::vector<Task> tasks = ask(read_tasks, get, Step::List, cancellable);
  for (Task& task : tasks) resolve_urls(task, get.url);
  // Not every service knows these parameters.
  const TaskStatus wanted = parse_task_status(status);
  std::erase_if(tasks, [&](const Task& task) {
    if (status.empty() || task.status_text.empty()) return false;
    return wanted == TaskStatus::Unknown ? task.status_text != status : task.status != wanted;
  });
  if (limit > 0 && tasks.size() > static_cast<std::size_t>(limit))
    tasks.resize(static_cast<std::size_t>(limit));
  return tasks;
}

void Client::remove(const std::string& task_id, GCancellable* cancellable, double seconds) {
  http::Request deletion = request("DELETE", task_path(task_id));
  // Not bounded by the deadline: what is given up at the deadline may have to be deleted after it.
  if (seconds > 0) deletion.timeout_seconds = seconds;
  deletion.total_seconds = seconds > 0 ? seconds : timeouts_.whole.count();
  ask(
      [&](std::string_view text) {
        Task deleted;
        deleted.task_id = check_deleted(text);
        check_names(task_id, deleted);
      },
      deletion, Step::Delete, cancellable);
}

std::vector<Model> Client::models(GCancellable* cancellable) {
  std::vector<Model> models =
      ask(read_models, request("GET", "/v1/models"), Step::Models, cancellable);
  std::erase_if(models, [](const Model& model) { return !model.makes_video(); });
  return models;
}

std::unique_ptr<http::ByteStream> Client::fetch(const std::string& url, std::optional<Range> range,
                                                const std::string& validator,
                                                GCancellable* cancellable) {
  http::Request get;
  get.url = url;
  get.timeout_seconds = timeouts_.request.count();
  get.total_seconds = timeouts_.whole.count();
  get.decode = false;  // a range counts the bytes of the file itself
  get.allowed_places = allowed_places();
  bool at_the_api = true;
  for (int redirects = 0;; ++redirects) {
    check_target(get.url, get.allowed_places, redirects > 0);
    get.headers.clear();
    // The key goes to the API's own origin only, and not again after a redirect has led elsewhere.
    at_the_api = at_the_api && http::origin_of(get.url) == http::origin_of(base_url_);
    if (at_the_api && !key_.empty()) get.headers.emplace_back("Authorization", "Bearer " + key_);
    if (range) {
      std::string value = "bytes=" + std::to_string(range->first) + "-";
      if (range->last) value += std::to_string(*range->last);
      get.headers.emplace_back("Range", value);
      if (!validator.empty()) get.headers.emplace_back("If-Range", validator);
    }
    std::unique_ptr<http::ByteStream> bytes;
    try {
      bytes = session_.open(get, cancellable);
      hide(bytes->head());
    } catch (const http::TransportError& failure) {
      if (failure.kind != http::TransportError::Kind::Forbidden) throw;
      throw private_url(failure.message);
    }
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

void Client::check_target(const std::string& url, unsigned places, bool is_redirect) const {
  if (http::origin_of(url).empty())
    throw Error(ErrorKind::Protocol, Step::Download, "the clip's URL is not an http(s) URL");
  const std::string what = is_redirect ? "a redirect" : "the clip's URL";
  if (http::is_https(base_url_) && !http::is_https(url) && places != http::kAnyPlace)
    throw private_url(what + " leads to " + http::origin_of(url) + ", which is not encrypted");
  const auto place = http::place_of_url(url);
  if (place && !http::allows(places, *place))
    throw private_url(what + " leads to " + http::origin_of(url) + ", which is on " +
                      http::name_of(*place));
}

unsigned Client::allowed_places() const {
  const char* any = g_getenv("AIRFORCE_ALLOW_PRIVATE_URLS");
  if (any != nullptr && std::string_view(any) == "1") return http::kAnyPlace;
  return base_place_ | static_cast<unsigned>(http::Place::Public);
}

double Client::seconds_left() const {
  // What is asked at the deadline, after a machine slept, still gets an answer.
  constexpr double kMinSeconds = 1;
  return std::max(kMinSeconds, deadline_ - clock_.elapsed());
}

}  // namespace airforce::api
