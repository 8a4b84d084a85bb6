// SPDX-License-Identifier: LGPL-2.1-or-later
#include "retry/backoff.h"

#include <memory>
#include <random>

namespace airforce {

Random system_random() {
  const auto engine = std::make_shared<std::minstd_rand>(std::random_device{}());
  return [engine] { return std::uniform_real_distribution<double>(0, 1)(*engine); };
}

}  // namespace airforce
