// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/session.h"
#include "values/sse.h"
#include "values/task.h"

namespace airforce::api {

// Events of GET /v1/video/tasks/:id/stream. Used by the thread that opened it.
class TaskStream {
 public:
  enum class Outcome { Task, Alive, Silent, End };
  // `url` is the request's, which URLs in events may be relative to; `key` is hidden in them. What
  // is about another task than `task_id` is no event of this one.
  TaskStream(std::unique_ptr<http::ByteStream> bytes, std::string url, std::string key,
             std::string task_id);
  // Waits at most `seconds`. Task: `task` is an event's payload. Alive: bytes came but nothing
  // about the task (a comment, half an event, an event that can't be read or says that something
  // failed for now). Silent: nothing came. End: the stream ended, or said so with "[DONE]". Throws
  // Error{Network} when the stream broke, Error{Protocol} for an event without an end.
  Outcome next(Task& task, double seconds, GCancellable* cancellable);
  // What the server's `retry:` asked for, in seconds.
  std::optional<double> retry_seconds() const;

 private:
  bool read_event(std::string& data, Task& task) const;

  std::unique_ptr<http::ByteStream> bytes_;
  const std::string url_;
  const std::string key_;
  const std::string task_id_;
  EventStreamParser parser_;
  std::vector<Event> pending_;
};

}  // namespace airforce::api
