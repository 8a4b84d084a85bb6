// SPDX-License-Identifier: LGPL-2.1-or-later
// A connection to a Redis's host, before a word is said. hiredis could make it, but resolves the
// name without a time limit.
#pragma once

#include <string>

#include "store/redis_address.h"
#include "store/wait_timeout.h"
#include "values/unique_fd.h"

namespace airforce {

struct RedisSocket {
  UniqueFd fd;        // blocking, with SO_KEEPALIVE over TCP; unset if there is none
  bool late = false;  // there is none because the wait was over
  std::string error;  // why there is none
};

RedisSocket connect_to_redis(const RedisAddress& address, const TimedWait& wait);

}  // namespace airforce
