// SPDX-License-Identifier: LGPL-2.1-or-later
// A client with a key that must not be seen anywhere but at its own origin.
#pragma once

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/client.h"
#include "local_server.h"
#include "raw_server.h"
#include "support/error_of.h"

namespace airforce::test {

inline constexpr const char* kKey = "key-canary-0123456789";

class ApiTest : public testing::Test {
 protected:
  api::Client client_of(const std::string& base_url) { return {*session_, base_url, kKey}; }

  // What `action` throws, which must not contain the key.
  template <typename Action>
  static Error error_of(Action&& action) {
    Error error = test::error_of(action);
    EXPECT_THAT(error.text() + error.api_type, testing::Not(testing::HasSubstr("canary")));
    return error;
  }

  const std::unique_ptr<http::Session> session_ = http::make_session("airforce-test/1");
};

}  // namespace airforce::test
