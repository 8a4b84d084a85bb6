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

// What an application can act on: a structure "airforce-error" with the fields step, charge (the
// charge status) and, where known, http-status-code (as souphttpsrc has it), task-id, candidates,
// api-error-type, api-error-code, request-id and next-step.
GstStructure* error_details(const Failure& failure);

// What to do about a clip that can't be played here.
inline constexpr const char* kKeepTheFile =
    "keep the clip's file with output=container and task-id=<the task's id>, at no extra cost";
// A clip that was bought and can't be played: why, and what to do.
Failure clip_failure(const std::string& message, const std::string& next_step,
                     const BoughtTask& task);

// What ends a wait that was cancelled.
Failure cancelled_failure();

// Posts an error message from `element` for `failure`, with its details.
void post_error(GstElement* element, const Failure& failure);
// Likewise a warning; `failure` says what is missing though the clip plays.
void post_warning(GstElement* element, const Failure& failure);

}  // namespace airforce::gst
