// SPDX-License-Identifier: LGPL-2.1-or-later
#include "capi/error_handle.h"

#include <string>

#include "values/text.h"

// The error and the strings that are asked of it.
struct AirforceError {
  airforce::Error error;
  std::string text;
  std::string candidates;
};

namespace airforce {

void set_error(AirforceError** error, const Error& failure) {
  if (error == nullptr) return;
  std::string candidates;
  for (const std::string& id : failure.candidates)
    candidates += (candidates.empty() ? "" : " ") + id;
  *error = new AirforceError{failure, visible_line(failure.text()), visible_line(candidates)};
  Error& shown = (*error)->error;
  for (std::string* text : {&shown.message, &shown.next_step, &shown.task_id, &shown.api_type,
                            &shown.api_code, &shown.request_id})
    *text = visible_line(*text);
}

}  // namespace airforce

extern "C" {

void airforce_error_free(AirforceError* error) {
  delete error;
}

AirforceErrorKind airforce_error_kind(const AirforceError* error) {
  return static_cast<AirforceErrorKind>(error->error.kind);
}

AirforceCharge airforce_error_charge(const AirforceError* error) {
  return static_cast<AirforceCharge>(error->error.charge);
}

const char* airforce_error_charge_name(const AirforceError* error) {
  return airforce::name_of(error->error.charge);
}

const char* airforce_error_step(const AirforceError* error) {
  return airforce::name_of(error->error.step);
}

int airforce_error_http_status(const AirforceError* error) {
  return error->error.http_status;
}

const char* airforce_error_api_type(const AirforceError* error) {
  return error->error.api_type.c_str();
}

const char* airforce_error_api_code(const AirforceError* error) {
  return error->error.api_code.c_str();
}

const char* airforce_error_request_id(const AirforceError* error) {
  return error->error.request_id.c_str();
}

const char* airforce_error_task_id(const AirforceError* error) {
  return error->error.task_id.c_str();
}

const char* airforce_error_candidates(const AirforceError* error) {
  return error->candidates.c_str();
}

const char* airforce_error_message(const AirforceError* error) {
  return error->error.message.c_str();
}

const char* airforce_error_next_step(const AirforceError* error) {
  return error->error.next_step.c_str();
}

const char* airforce_error_text(const AirforceError* error) {
  return error->text.c_str();
}

const char* airforce_visible_text(const char* text) {
  thread_local std::string visible;
  visible = airforce::visible_line(text != nullptr ? text : "");
  return visible.c_str();
}

const char* airforce_shell_word(const char* text) {
  thread_local std::string word;
  word = airforce::shell_quoted(text != nullptr ? text : "");
  return word.c_str();
}

}  // extern "C"
