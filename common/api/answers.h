// SPDX-License-Identifier: LGPL-2.1-or-later
// What an answer of the API, or none, means for the call that asked.
#pragma once

#include <cstdint>
#include <string>

#include "api/service_error.h"
#include "http/session.h"
#include "values/error.h"
#include "values/task.h"

namespace airforce::api {

bool is_success(int status);
bool is_redirect(int status);
// "" where the answer names none.
std::string request_id_of(const http::ResponseHeaders& head, const ApiError& api_error);
// What an error of the service says, in an answer of any status.
Error answer_error(const http::ResponseHeaders& head, const ApiError& api_error, Step step,
                   const std::string& origin, std::int64_t unix_now);
Error transport_error(const http::TransportError& failure, Step step);
// The URLs of a task may be relative to the request that it is the answer to.
void resolve_urls(Task& task, const std::string& request_url);
// Throws Error where an answer about a task is about another one: its clip is not ours, and its end
// is not that of our task. What is asked again may be right: a cache or a proxy mixes answers up.
void check_names(const std::string& asked, const Task& answered);

}  // namespace airforce::api
