// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gio/gio.h>

#include "retry/deadline.h"

namespace airforce {

// Sleeps for so long, at most until the deadline. Returns false, at once, when it is cancelled.
// `cancellable` may be null. The one wait of the core that is for nothing but time.
bool wait_cancellably(Seconds seconds, const Deadline& deadline, GCancellable* cancellable);

}  // namespace airforce
