// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/redis_heartbeat.h"

#include <chrono>
#include <utility>

namespace airforce {
namespace {

// Three beats fit into a lease, so two may be lost.
constexpr double kBeatsInALease = 3;

}  // namespace

void renew_lease(RedisConnection& connection, const RedisAddress& address,
                 const std::string& owner) {
  static const RedisScript beat(lua::beat);
  const auto lease_ms = static_cast<std::int64_t>(address.lease_seconds * 1000);
  connection.run(beat, {owner, std::to_string(lease_ms)});
}

RedisHeartbeat::RedisHeartbeat(const RedisAddress& address, std::string owner,
                               std::function<void()> after_beat)
    : address_(address),
      owner_(std::move(owner)),
      after_beat_(std::move(after_beat)),
      connection_(address, WaitTimeout(address.lease_seconds / kBeatsInALease, cancellable_.get())),
      thread_(&RedisHeartbeat::run, this) {}

RedisHeartbeat::~RedisHeartbeat() {
  *stop_.lock() = true;
  stopped_.notify_all();
  g_cancellable_cancel(cancellable_.get());
  thread_.join();
}

void RedisHeartbeat::run() {
  const std::chrono::duration<double> interval(address_.lease_seconds / kBeatsInALease);
  auto stop = stop_.lock();
  while (!stop.wait_for(stopped_, interval, [&] { return *stop; })) {
    stop.unlocked([this] {
      try {
        renew_lease(connection_, address_, owner_);
        after_beat_();
      } catch (const std::exception&) {
        // The next beat tries again; calls say what is wrong.
      }
    });
  }
}

}  // namespace airforce
