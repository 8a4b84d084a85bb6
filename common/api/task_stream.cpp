// SPDX-License-Identifier: LGPL-2.1-or-later
#include "api/task_stream.h"

#include <array>
#include <string_view>
#include <utility>

#include "api/answers.h"
#include "values/json.h"
#include "values/odd.h"
#include "values/text.h"

namespace airforce::api {
namespace {

constexpr std::string_view kEndOfEvents = "[DONE]";

}  // namespace

TaskStream::TaskStream(std::unique_ptr<http::ByteStream> bytes, std::string url, std::string key,
                       std::string task_id)
    : bytes_(std::move(bytes)),
      url_(std::move(url)),
      key_(std::move(key)),
      task_id_(std::move(task_id)) {}

TaskStream::Outcome TaskStream::next(Task& task, double seconds, GCancellable* cancellable) {
  try {
    if (pending_.empty()) {
      std::array<char, 2048> buffer;
      std::size_t count = 0;
      switch (bytes_->read(buffer, count, seconds, cancellable)) {
        case http::ByteStream::Outcome::End: return Outcome::End;
        case http::ByteStream::Outcome::Silent: return Outcome::Silent;
        case http::ByteStream::Outcome::Bytes: break;
      }
      parser_.feed({buffer.data(), count}, pending_);
      if (pending_.empty()) return Outcome::Alive;
    }
    Event event = std::move(pending_.front());
    pending_.erase(pending_.begin());
    if (event.data == kEndOfEvents) return Outcome::End;
    return read_event(event.data, task) ? Outcome::Task : Outcome::Alive;
  } catch (const http::TransportError& failure) {
    throw transport_error(failure, Step::Follow);
  } catch (Error& error) {
    error.step = Step::Follow;
    throw;
  }
}

// Whether the event says something about the task. One that is no task, or the service's word of
// some trouble, ends nothing: a GET reports the task's state.
bool TaskStream::read_event(std::string& data, Task& task) const {
  hide_secret(data, key_);
  try {
    task = read_task(data);
    check_names(task_id_, task);
  } catch (const Error& error) {
    report_odd("an event of a task's stream can't be used: " + error.message);
    return false;
  }
  task.task_id = task_id_;
  resolve_urls(task, url_);
  return !task.status_text.empty() || task.progress || !task.result_url.empty();
}

std::optional<double> TaskStream::retry_seconds() const {
  const auto milliseconds = parser_.retry_ms();
  if (!milliseconds) return std::nullopt;
  return static_cast<double>(*milliseconds) / 1000;
}

}  // namespace airforce::api
