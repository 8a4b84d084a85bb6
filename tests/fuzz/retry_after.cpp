// SPDX-License-Identifier: LGPL-2.1-or-later
#include "http/retry_after.h"

#include <cmath>

#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::optional<double> seconds =
      airforce::http::retry_after(fuzz::text_of(data, size), 1715000000);
  fuzz::require(!seconds || (std::isfinite(*seconds) && *seconds >= 0),
                "a wait is a number and not negative");
  return 0;
}
