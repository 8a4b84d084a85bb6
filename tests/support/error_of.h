// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "values/error.h"

namespace airforce::test {

// What `action` throws; a test failure if it throws nothing.
template <typename Action>
Error error_of(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {ErrorKind::Internal, Step::Settings, ""};
}

// All that a person reads of it.
template <typename Action>
std::string text_of_error(Action&& action) {
  return error_of(action).text();
}

// The same of an error that must be of this kind.
template <typename Action>
std::string text_of_error(Action&& action, ErrorKind kind) {
  const Error error = error_of(action);
  EXPECT_EQ(error.kind, kind) << error.text();
  return error.text();
}

}  // namespace airforce::test
