// SPDX-License-Identifier: LGPL-2.1-or-later
// What the element reports on the bus while it works.
#pragma once

#include <cstdint>

#include <gst/gst.h>

#include "core.h"
#include "gstreamer/gst_ptr.h"

namespace airforce::gst {

// The code of PROGRESS messages from the request to the clip, which are one operation.
inline constexpr const char* kProgressCode = "generate";
// Of those about pictures that are waited for before it.
inline constexpr const char* kImageProgressCode = "image";

// Posts a PROGRESS message; besides the usual fields it has `phase` and, while the price is known,
// `price-cents`.
void post_progress(GstElement* element, GstProgressType type, const char* text,
                   const char* code = kProgressCode);
void post_progress(GstElement* element, const AirforceEvent& event);

// A BUFFERING message: below 100 the application should pause. `rate`: bytes a second that arrive;
// `rest`: bytes that are still to come.
Message buffering_message(GstElement* element, int percent, double rate, std::int64_t rest);

// How far a film is.
struct FilmState {
  std::size_t shots = 0;
  std::size_t shots_done = 0;
  double seconds = 0;
  double seconds_done = 0;
  double price_cents = -1;  // of all; -1 while it is unknown
  const char* phase = "";   // of the shot that has changed
  int percent = 0;          // likewise
};
// Posts a PROGRESS message with the fields phase, percent (of the shots that are done), shots,
// shots-done, seconds, seconds-done and price-cents; or the same as an element message
// "airforce-film".
void post_film_progress(GstElement* element, const FilmState& state, const char* text,
                        bool as_progress);

// A structure "airforce-shot" of the shot that plays: number (from 1), prompt, task-id,
// price-cents, film-time and duration (ns).
Structure shot_structure(std::size_t index, const Shot& shot, GstClockTime film_time,
                         GstClockTime duration);

// A structure "airforce-task" of what is known of the task: task-id, status, model (strings),
// progress, duration-seconds (int), created, expires-at (int64, Unix seconds), cost-cents (double),
// error-type, error-message (strings). No URL: those are secrets.
Structure task_structure(const AirforceTask& task);

}  // namespace airforce::gst
