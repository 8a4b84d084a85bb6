// SPDX-License-Identifier: LGPL-2.1-or-later
// An answer that refuses: thrown by the service, written by the server as {"error": {...}}.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>

namespace airforce::simulator {

struct ApiError : std::runtime_error {
  ApiError(int status_, std::string type_, const std::string& message)
      : std::runtime_error(message), status(status_), type(std::move(type_)) {}

  int status;
  std::string type;
  std::optional<int> retry_after;  ///< whole seconds, sent as the Retry-After header
};

inline ApiError bad_request(const std::string& message) {
  return {400, "invalid_request_error", message};
}
inline ApiError not_found(const std::string& message) {
  return {404, "not_found_error", message};
}
inline ApiError unprocessable(const std::string& message) {
  return {422, "validation_error", message};
}

}  // namespace airforce::simulator
