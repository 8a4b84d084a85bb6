// SPDX-License-Identifier: LGPL-2.1-or-later
#include "api/answers.h"

#include <algorithm>
#include <cmath>

#include "http/retry_after.h"
#include "http/url.h"
#include "values/text.h"

namespace airforce::api {
namespace {

std::string when(double retry_after_seconds) {
  if (retry_after_seconds < 0) return "in a minute";
  return "in " + std::to_string(static_cast<std::int64_t>(std::ceil(retry_after_seconds))) + " s";
}

// A word that stands where a URL is to come ("pending"), rather than the name of a file.
bool is_placeholder(const std::string& url) {
  return url.find_first_of("./?#:") == std::string::npos;
}

}  // namespace

bool is_success(int status) {
  return status >= 200 && status < 300;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string request_id_of(const http::ResponseHeaders& head, const ApiError& api_error) {
  const std::string header = display_message(head.header("x-request-id"), 100);
  return header.empty() ? api_error.request_id : header;
}

Error answer_error(const http::ResponseHeaders& head, const ApiError& api_error, Step step,
                   const std::string& origin, std::int64_t unix_now) {
  std::string message = origin + " answered " + std::to_string(head.status);
  if (is_success(head.status)) {
    message += " with an error";
  } else if (!head.reason.empty()) {
    message += " " + display_message(head.reason, 60);
  }
  if (is_redirect(head.status)) message += ", a redirect, which the API does not make";
  std::string name = api_error.type;
  if (!api_error.code.empty() && api_error.code != name)
    name += (name.empty() ? "" : ", ") + api_error.code;
  if (!name.empty()) message += ", " + name;
  if (!api_error.message.empty()) message += ": " + api_error.message;
  const ErrorMeaning meaning = meaning_of(head.status, api_error, step);
  Error error(meaning.kind, step, message, meaning.next_step);
  error.http_status = head.status;
  error.api_type = api_error.type;
  error.api_code = code_of(api_error);
  error.request_id = request_id_of(head, api_error);
  if (!error.request_id.empty()) error.message += " (request " + error.request_id + ")";
  // A body says it to the service's own clients, a header to all: whichever is longer.
  for (const auto& wait :
       {http::retry_after(head.header("retry-after"), unix_now), api_error.retry_after_seconds}) {
    if (wait) error.retry_after_seconds = std::max(error.retry_after_seconds, *wait);
  }
  const bool is_list = step == Step::List || step == Step::Models;
  if (error.kind == ErrorKind::Busy && error.next_step.empty() && is_list)
    error.next_step = "try again " + when(error.retry_after_seconds);
  return error;
}

Error transport_error(const http::TransportError& failure, Step step) {
  using Kind = http::TransportError::Kind;
  Error error(ErrorKind::Network, step, failure.message,
              "check the network, the proxy and the base URL");
  if (failure.kind == Kind::Cancelled) error = Error(ErrorKind::Cancelled, step, "cancelled");
  if (failure.kind == Kind::TooLarge || failure.kind == Kind::Unreadable)
    error = Error(ErrorKind::Protocol, step, failure.message, "check the base URL");
  error.delivered = failure.delivered;
  return error;
}

void resolve_urls(Task& task, const std::string& request_url) {
  for (std::string* url : {&task.result_url, &task.thumbnail_url}) {
    if (!is_placeholder(*url)) *url = http::resolved(request_url, *url);
  }
}

void check_names(const std::string& asked, const Task& answered) {
  if (!names_another_task(asked, answered.task_id)) return;
  if (!answered.other_id.empty() && is_same_task(asked, answered.other_id)) return;
  throw Error(ErrorKind::Protocol, Step::Follow,
              "asked about task '" + display_text(asked, 60) + "', the service answers about '" +
                  display_text(answered.task_id, 60) + "'",
              "try again later; report it to the service if it stays so");
}

}  // namespace airforce::api
