// SPDX-License-Identifier: LGPL-2.1-or-later
// The API's JSON, read tolerantly. Unknown fields are ignored; a field of a type that makes no
// sense is as if it were absent, and reported to report_odd(); one odd entry of a list hides no
// other. Numbers may be strings, times seconds, milliseconds or ISO 8601, ids numbers.
// Error{Protocol} is thrown where there is nothing to read: its message says what came instead, and
// quotes nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "values/error.h"
#include "values/task.h"

namespace airforce {

// What the service says of a failure, fit to be shown.
struct ApiError {
  std::string type;
  std::string code;
  std::string message;  // one line of at most 300 characters; "" where there is none to show (HTML,
                        // an empty body)
  std::string request_id;
  std::optional<double> retry_after_seconds;
};

// An error where a task or a list was expected, in an answer that said 2xx.
struct ErrorAnswer : Error {
  explicit ErrorAnswer(ApiError error)
      : Error(ErrorKind::Protocol, Step::Follow, "the answer is an error: " + error.message),
        api_error(std::move(error)) {}
  ApiError api_error;
};

// A task: the object itself, or the one it holds as "task" or "data". Its id is "" where none came
// that can be used, see is_task_id(). Throws ErrorAnswer for an error instead of a task.
Task read_task(std::string_view json);
// A bare array, or one under "data", "tasks" or "models", or within one of these. An entry whose id
// can't be used is kept, without an id: it still proves that there is a task.
std::vector<Task> read_tasks(std::string_view json);
// Of a 2xx answer to a delete, which need not be JSON: throws ErrorAnswer for an error, and
// Error{Protocol} where it says that nothing was deleted. Returns the id that it names, or "".
std::string check_deleted(std::string_view json);
// All models that have an id, not only those for video.
std::vector<Model> read_models(std::string_view json);

// The error of an answer that is not 2xx, whatever its shape.
ApiError read_api_error(std::string_view body);

// JSON of a task for a person's scripts: the API's field names, without the pre-signed URLs unless
// `with_urls`.
std::string write_task(const Task& task, bool with_urls);

}  // namespace airforce
