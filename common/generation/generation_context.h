// SPDX-License-Identifier: LGPL-2.1-or-later
// What the steps of one generation share. Used by the thread of Generation::run().
#pragma once

#include <functional>
#include <string>

#include <gio/gio.h>

#include "api/client.h"
#include "generation/event.h"
#include "generation/timeouts.h"
#include "retry/backoff.h"
#include "values/clock.h"
#include "values/error.h"
#include "values/settings.h"

namespace airforce {

struct GenerationContext {
  const Settings& settings;
  api::Client& client;
  const Clock& clock;
  GCancellable* cancellable;
  mutable Deadline deadline;  // see restart_timeout()
  Random random;
  std::function<void(GenerationEvent)> report;
  const GenerationTimeouts& timeouts;

  double now() const { return clock.elapsed(); }
  bool past_deadline() const { return deadline.has_passed(); }
  void warn(const std::string& text) const;
  // Sleeps. Throws Error{Cancelled} at once when cancelled; never sleeps beyond the deadline.
  void wait(Seconds seconds) const;
  void check_cancelled() const;
  // `timeout` counts from when the slot is granted: waiting for one has the same time for itself.
  void restart_timeout() const;
};

}  // namespace airforce
