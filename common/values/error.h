// SPDX-License-Identifier: LGPL-2.1-or-later
// The one error of the core: what was wrong, where, the charge status, what to do.
#pragma once

#include <exception>
#include <string>
#include <vector>

namespace airforce {

// The same values as AirforceErrorKind in airforce-video.h, where each is explained.
enum class ErrorKind {
  Settings = 1,
  Budget,
  NotAuthorized,
  NotFound,
  Rejected,
  Busy,
  Network,
  Server,
  Protocol,
  UnknownCreate,
  TaskFailed,
  Timeout,
  Clip,
  File,
  Store,
  Cancelled,
  Interrupted,
  Internal,
};

// The same values as AirforceCharge.
enum class Charge { None, Announced, Charged, Refunded, Unknown };

// The step that failed.
enum class Step { Settings, Models, Slot, Create, Follow, Download, List, Delete, Store };

// Names as documented in airforce-video.h: "not-authorized", "refunded", "follow".
const char* name_of(ErrorKind kind);
const char* name_of(Charge charge);
const char* name_of(Step step);

// Thrown inside the core; turned into AirforceError at the C API. Holds no secret: no key, no URL
// with its query.
struct Error : std::exception {
  ErrorKind kind = ErrorKind::Internal;
  Step step = Step::Settings;
  Charge charge = Charge::None;
  int http_status = 0;
  std::string api_type;
  std::string message;    // one line
  std::string next_step;  // one line, may be empty
  std::string task_id;
  bool resumable = false;  // the task continues, or its clip can still be fetched
  std::string request_id;  // X-Request-ID of the answer that it is about, for the vendor's support
  std::string api_code;    // the API's own error code
  std::vector<std::string> candidates;  // UnknownCreate: tasks that may be ours
  double retry_after_seconds = -1;      // what the service asked for, -1 if nothing
  // The answer that it is about is JSON: the service's own, and not that of a proxy before it.
  bool is_json = false;
  bool delivered = true;  // false: the request certainly never reached the service

  Error(ErrorKind error_kind, Step error_step, std::string error_message,
        std::string error_next_step = {});

  const char* what() const noexcept override { return message.c_str(); }

  // All of it for a person, one line.
  std::string text() const;
};

}  // namespace airforce
