// SPDX-License-Identifier: LGPL-2.1-or-later
// A limit of bytes a second, over one connection or shared by several.
#pragma once

#include <algorithm>
#include <cstdint>

#include <glib.h>

namespace airforce::simulator {

class Pacer {
 public:
  /// 0: no limit.
  explicit Pacer(int64_t bytes_per_second) : rate_(bytes_per_second) {}

  [[nodiscard]] bool limits() const { return rate_ > 0; }

  /// The most to take at once: a fiftieth of a second's worth, so that the flow is even.
  [[nodiscard]] int64_t portion() const { return std::max<int64_t>(1, rate_ / 50); }

  /// Reserves the time of so many bytes, behind all that was reserved before, so that each of
  /// several connections gets its share. When they may go, in monotonic time.
  gint64 reserve(int64_t bytes) {
    // Time lost to a late timer is caught up, up to a tenth of a second.
    const gint64 now = g_get_monotonic_time();
    const gint64 earliest = free_at_ == 0 ? now : now - G_USEC_PER_SEC / 10;
    const gint64 start = std::max(free_at_, earliest);
    free_at_ = start + bytes * G_USEC_PER_SEC / rate_;
    return start;
  }

  /// So many bytes were reserved and did not go.
  void give_back(int64_t bytes) { free_at_ -= bytes * G_USEC_PER_SEC / rate_; }

 private:
  int64_t rate_;
  gint64 free_at_ = 0;  // in monotonic time; 0: nothing was reserved yet
};

/// One connection's way through a pacer.
class Turn {
 public:
  /// How many of `limit` bytes to send at once. 0: none yet, wait() milliseconds.
  int64_t take(Pacer* pacer, int64_t limit) {
    if (pacer == nullptr || !pacer->limits()) return limit;
    if (bytes_ == 0) {
      bytes_ = std::min(limit, pacer->portion());
      at_ = pacer->reserve(bytes_);
    }
    return wait() > 0 ? 0 : std::min(limit, bytes_);
  }
  [[nodiscard]] guint wait() const {
    const gint64 left = at_ - g_get_monotonic_time();
    return left > 0 ? static_cast<guint>((left + 999) / 1000) : 0;
  }
  /// So many of them went.
  void sent(Pacer* pacer, int64_t bytes) {
    if (bytes_ == 0) return;
    if (bytes < bytes_) pacer->give_back(bytes_ - bytes);
    bytes_ = 0;
  }

 private:
  int64_t bytes_ = 0;  // reserved
  gint64 at_ = 0;      // when they may go
};

}  // namespace airforce::simulator
