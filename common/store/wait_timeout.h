// SPDX-License-Identifier: LGPL-2.1-or-later
// How long a store waits: for a lock, for a connection, for an answer.
#pragma once

#include <algorithm>
#include <chrono>

#include <gio/gio.h>

#include "values/error.h"
#include "values/glib_ptr.h"

namespace airforce {

// Cancelled, it does not end at once: a healthy engine has the moment that it needs to record
// how a purchase ended. One that hangs has no more than that moment.
class WaitTimeout {
 public:
  static constexpr double kSecondsOnceCancelled = 0.04;

  // `cancellable` may be null.
  explicit WaitTimeout(double seconds, GCancellable* cancellable = nullptr)
      : seconds_(seconds),
        cancellable_(cancellable != nullptr ? G_CANCELLABLE(g_object_ref(cancellable)) : nullptr) {}

  GCancellable* cancellable() const { return cancellable_.get(); }
  bool cancelled() const { return g_cancellable_is_cancelled(cancellable_.get()); }
  // For one wait as a whole; changes when it is cancelled in the middle of it.
  double seconds() const {
    return cancelled() ? std::min(seconds_, kSecondsOnceCancelled) : seconds_;
  }
  void shorten(double seconds) { seconds_ = std::min(seconds_, seconds); }

 private:
  double seconds_;
  GObjectPtr<GCancellable> cancellable_;
};

// One wait, from its construction on.
class TimedWait {
 public:
  explicit TimedWait(const WaitTimeout& timeouts) : timeouts_(&timeouts) {}
  // Seconds; 0 or less when it is over.
  double left() const {
    const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - start_;
    return timeouts_->seconds() - waited.count();
  }

 private:
  const WaitTimeout* timeouts_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// What a wait ends with that was cut short.
[[noreturn]] inline void throw_cancelled() {
  throw Error(ErrorKind::Cancelled, Step::Store, "cancelled");
}

}  // namespace airforce
