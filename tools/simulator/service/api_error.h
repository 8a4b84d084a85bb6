// SPDX-License-Identifier: LGPL-2.1-or-later
// A refusal: thrown by the service, written by the server in the dialect's shape.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>

namespace airforce::simulator {

struct ApiError : std::runtime_error {
  ApiError(int status_, std::string type_, const std::string& message, std::string code_ = {})
      : std::runtime_error(message),
        status(status_),
        type(std::move(type_)),
        code(code_.empty() ? type : std::move(code_)) {}

  int status;
  std::string type;                ///< what the reference dialect shows
  std::string code;                ///< what the sdk dialect shows; by default the same word
  std::optional<int> retry_after;  ///< whole seconds
};

inline ApiError bad_request(const std::string& message) {
  return {400, "invalid_request_error", message, "invalid_request"};
}
inline ApiError not_found(const std::string& message) {
  return {404, "not_found_error", message, "not_found"};
}
inline ApiError unprocessable(const std::string& message) {
  return {422, "validation_error", message, "invalid_parameter"};
}

/// The documented refusal of that code. An unknown code is a 400 that names it.
ApiError refusal_of(const std::string& code);

}  // namespace airforce::simulator
