// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "support/error_of.h"

namespace airforce::testing {

// The text of the store's error that `call` throws.
template <typename Call>
std::string store_error(Call&& call) {
  return test::text_of_error(call, ErrorKind::Store);
}

}  // namespace airforce::testing
