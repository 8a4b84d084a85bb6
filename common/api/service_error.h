// SPDX-License-Identifier: LGPL-2.1-or-later
// What an error of the service means, by status and code, and what to do then: the one table.
#pragma once

#include <string>

#include "values/error.h"
#include "values/json.h"

namespace airforce::api {

struct ErrorMeaning {
  ErrorKind kind;
  std::string next_step;  // may be empty
};

// `status` of an answer that has an error in it: 200, too. A code that is in the table counts for
// more than the status; where a service puts it into `type` or `message`, it is found there.
ErrorMeaning meaning_of(int status, const ApiError& error, Step step);

// The code in `error`: what it calls its code, or a code of the table that stands as its type or
// message.
std::string code_of(const ApiError& error);

}  // namespace airforce::api
