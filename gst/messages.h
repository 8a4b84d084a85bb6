// SPDX-License-Identifier: LGPL-2.1-or-later
// What the element tells on the bus while it works.
#pragma once

#include <cstdint>

#include <gst/gst.h>

#include "core.h"
#include "gst_ptr.h"

namespace airforce::gst {

// The code of PROGRESS messages from the request to the clip, which are one operation.
inline constexpr const char* kProgressCode = "generate";
// Of those about pictures that are waited for before it.
inline constexpr const char* kImageProgressCode = "image";

const char* phase_name(AirforcePhase phase);

// Posts a PROGRESS message; besides the usual fields it has `phase` and, while the price is known,
// `price-cents`.
void post_progress(GstElement* element, GstProgressType type, const char* text,
                   const char* code = kProgressCode);
void post_progress(GstElement* element, const AirforceEvent& event);

// Posts a BUFFERING message: below 100 the application should pause. `rate`: bytes a second that
// arrive; `rest`: bytes that are still to come.
void post_buffering(GstElement* element, int percent, double rate, std::int64_t rest);

// A structure "airforce-task" of what is known of the task: task-id, status, model (strings),
// progress, duration-seconds (int), created, expires-at (int64, Unix seconds), cost-cents (double),
// error-type, error-message (strings). No URL: those are secrets.
Structure task_structure(const AirforceTask& task);

}  // namespace airforce::gst
