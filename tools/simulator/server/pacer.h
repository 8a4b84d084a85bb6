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

  /// Milliseconds until the next portion may go; 0: now.
  [[nodiscard]] guint delay() const {
    const int64_t wait = free_at_ - g_get_monotonic_time();
    return wait > 0 ? static_cast<guint>((wait + 999) / 1000) : 0;
  }

  /// So many bytes go now.
  void take(int64_t bytes) {
    // Time lost to a late timer is caught up, up to a tenth of a second.
    const int64_t now = g_get_monotonic_time();
    const int64_t earliest = free_at_ == 0 ? now : now - G_USEC_PER_SEC / 10;
    free_at_ = std::max(free_at_, earliest) + bytes * G_USEC_PER_SEC / rate_;
  }

 private:
  int64_t rate_;
  int64_t free_at_ = 0;  // in monotonic time; 0: nothing was taken yet
};

}  // namespace airforce::simulator
