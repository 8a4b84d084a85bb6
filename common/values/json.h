// SPDX-License-Identifier: LGPL-2.1-or-later
// The API's JSON, read liberally (values/task.h). Every reader throws Error{Protocol} whose message
// names the field or says what came instead; never quotes a whole body, never HTML.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "values/task.h"

namespace airforce {

Task read_task(std::string_view json);
// A bare array, or one under "data", "tasks" or "models".
std::vector<Task> read_tasks(std::string_view json);
std::vector<Model> read_models(std::string_view json);  // all of them, not only those for video

// The error of an answer that is not 2xx, whatever its shape.
struct ApiError {
  std::string type;
  std::string code;
  std::string message;  // one line of at most 300 characters; "" where there is none to show (HTML,
                        // an empty body)
};
ApiError read_api_error(std::string_view body);

// JSON of a task for a person's scripts: the API's field names, without the pre-signed URLs unless
// `with_urls`.
std::string write_task(const Task& task, bool with_urls);

}  // namespace airforce
