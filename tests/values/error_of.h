// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "values/error.h"

namespace airforce {

// What `action` throws, or nothing.
template <typename Action>
std::optional<Error> error_of(Action action) {
  try {
    std::forward<Action>(action)();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

// All that a person reads of the error that `action` throws; "" if it throws none.
template <typename Action>
std::string text_of_error(Action action) {
  const std::optional<Error> error = error_of(std::forward<Action>(action));
  return error ? error->text() : std::string();
}

}  // namespace airforce
