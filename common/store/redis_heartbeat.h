// SPDX-License-Identifier: LGPL-2.1-or-later
// What keeps a lease: a thread and a connection of its own, so that no call that takes long ends
// it.
#pragma once

#include <condition_variable>
#include <functional>
#include <string>
#include <thread>

#include "store/redis_connection.h"
#include "values/glib_ptr.h"
#include "values/guarded.h"

namespace airforce {

// Throws as RedisConnection does.
void renew_lease(RedisConnection& connection, const RedisAddress& address,
                 const std::string& owner);

class RedisHeartbeat {
 public:
  // `after_beat` runs on the thread, after each beat that was heard.
  RedisHeartbeat(const RedisAddress& address, std::string owner, std::function<void()> after_beat);
  ~RedisHeartbeat();
  RedisHeartbeat(const RedisHeartbeat&) = delete;
  RedisHeartbeat& operator=(const RedisHeartbeat&) = delete;

 private:
  void run();

  const RedisAddress address_;
  const std::string owner_;
  const std::function<void()> after_beat_;
  const GObjectPtr<GCancellable> cancellable_{g_cancellable_new()};
  RedisConnection connection_;  // of the thread
  Guarded<bool> stop_{false};
  std::condition_variable stopped_;
  std::thread thread_;
};

}  // namespace airforce
