// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "api/client.h"
#include "clip/clip.h"
#include "retry/policies.h"

namespace airforce {

// A create that left may still be carried out for so long: a gateway gives up after a minute at
// most (our own timeout, api::Timeouts::create), and the service behind it has been seen to work
// for two minutes more. A list that was read well after that, and has nothing that could be ours,
// proves that nothing was created.
inline constexpr Seconds kLateCreate{180};

// How long a service that is silent or fails is borne with; settings' timeout is above these.
struct GenerationTimeouts {
  api::Timeouts api;
  RetryLimits download;
  Seconds late_create = kLateCreate;
  Seconds gone = kGone;
  Seconds thumbnail_stall{10};  // without a byte, then there is none
};

}  // namespace airforce
