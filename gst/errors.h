// SPDX-License-Identifier: LGPL-2.1-or-later
// The core's failures as GStreamer's errors.
#pragma once

#include <gst/gst.h>

#include "core.h"

namespace airforce::gst {

// GStreamer's name for a failure.
struct ErrorCode {
  GQuark domain;
  int code;
};
ErrorCode error_code(const Failure& failure);

// What an application can act on: a structure "airforce-error" with the fields phase, charge (what
// became of the money: "none", "refunded", "running", "paid", "unknown") and, where known,
// http-status-code (as souphttpsrc has it), task-id, candidates, api-error-type and next-step.
GstStructure* error_details(const Failure& failure);

// Posts an error message from `element` for `failure`, with its details.
void post_error(GstElement* element, const Failure& failure);

}  // namespace airforce::gst
