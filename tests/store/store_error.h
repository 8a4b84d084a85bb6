// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "values/error.h"

namespace airforce::testing {

// The text of the store's error that `call` throws.
template <typename Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::Store) << error.text();
    return error.text();
  }
  ADD_FAILURE() << "no error";
  return {};
}

}  // namespace airforce::testing
