// SPDX-License-Identifier: LGPL-2.1-or-later
#include "messages.h"

namespace airforce::gst {
namespace {

void set_string(GstStructure* structure, const char* field, const char* value) {
  if (value != nullptr && *value != '\0') {
    gst_structure_set(structure, field, G_TYPE_STRING, value, nullptr);
  }
}

}  // namespace

void post_progress(GstElement* element, GstProgressType type, const char* text, const char* code) {
  gst_element_post_message(element,
                           gst_message_new_progress(GST_OBJECT(element), type, code, text));
}

void post_progress(GstElement* element, const AirforceEvent& event) {
  GstMessage* message = gst_message_new_progress(GST_OBJECT(element), GST_PROGRESS_TYPE_CONTINUE,
                                                 kProgressCode, event.text);
  // The task's own percentage. While none is reported yet it is 0, and what comes after the task's
  // end is past its 100.
  int percent = 0;
  if (event.phase == AIRFORCE_PHASE_RUNNING) percent = event.percent < 0 ? 0 : event.percent;
  if (event.phase >= AIRFORCE_PHASE_DOWNLOAD) percent = 100;
  GstStructure* structure = gst_message_writable_structure(message);
  gst_structure_set(structure, "percent", G_TYPE_INT, percent, "phase", G_TYPE_STRING,
                    phase_name(event.phase), nullptr);
  if (event.price_cents >= 0) {
    gst_structure_set(structure, "price-cents", G_TYPE_DOUBLE, event.price_cents, nullptr);
  }
  if (event.place > 0) gst_structure_set(structure, "place", G_TYPE_INT, event.place, nullptr);
  gst_element_post_message(element, message);
}

Message buffering_message(GstElement* element, int percent, double rate, std::int64_t rest) {
  Message message(gst_message_new_buffering(GST_OBJECT(element), percent));
  gint64 milliseconds = rest > 0 ? -1 : 0;
  if (rest > 0 && rate > 0) {
    milliseconds = static_cast<gint64>(1000 * static_cast<double>(rest) / rate);
  }
  gst_message_set_buffering_stats(message.get(), GST_BUFFERING_DOWNLOAD, static_cast<gint>(rate),
                                  -1, milliseconds);
  return message;
}

Structure task_structure(const AirforceTask& task) {
  Structure owned(gst_structure_new_empty("airforce-task"));
  GstStructure* structure = owned.get();
  set_string(structure, "task-id", task.task_id);
  set_string(structure, "status", task.status);
  set_string(structure, "model", task.model);
  if (task.progress >= 0) {
    gst_structure_set(structure, "progress", G_TYPE_INT, task.progress, nullptr);
  }
  if (task.duration_seconds >= 0) {
    gst_structure_set(structure, "duration-seconds", G_TYPE_INT, task.duration_seconds, nullptr);
  }
  if (task.created >= 0) {
    gst_structure_set(structure, "created", G_TYPE_INT64, task.created, nullptr);
  }
  if (task.expires_at >= 0) {
    gst_structure_set(structure, "expires-at", G_TYPE_INT64, task.expires_at, nullptr);
  }
  if (task.cost_cents >= 0) {
    gst_structure_set(structure, "cost-cents", G_TYPE_DOUBLE, task.cost_cents, nullptr);
  }
  set_string(structure, "error-type", task.error_type);
  set_string(structure, "error-message", task.error_message);
  return owned;
}

void post_film_progress(GstElement* element, const FilmState& state, const char* text,
                        bool as_progress) {
  const int percent = state.shots > 0 ? static_cast<int>(100 * state.shots_done / state.shots) : 0;
  GstMessage* message =
      as_progress ? gst_message_new_progress(GST_OBJECT(element), GST_PROGRESS_TYPE_CONTINUE,
                                             kProgressCode, text)
                  : gst_message_new_element(
                        GST_OBJECT(element),
                        gst_structure_new("airforce-film", "text", G_TYPE_STRING, text, nullptr));
  GstStructure* structure = gst_message_writable_structure(message);
  gst_structure_set(structure, "percent", G_TYPE_INT, percent, "phase", G_TYPE_STRING, state.phase,
                    "shots", G_TYPE_UINT, static_cast<guint>(state.shots), "shots-done",
                    G_TYPE_UINT, static_cast<guint>(state.shots_done), "seconds", G_TYPE_DOUBLE,
                    state.seconds, "seconds-done", G_TYPE_DOUBLE, state.seconds_done, nullptr);
  if (state.price_cents >= 0) {
    gst_structure_set(structure, "price-cents", G_TYPE_DOUBLE, state.price_cents, nullptr);
  }
  gst_element_post_message(element, message);
}

Structure shot_structure(std::size_t index, const Shot& shot, GstClockTime film_time,
                         GstClockTime duration) {
  Structure structure(gst_structure_new("airforce-shot", "number", G_TYPE_UINT,
                                        static_cast<guint>(index + 1), "film-time", G_TYPE_UINT64,
                                        film_time, "duration", G_TYPE_UINT64, duration, nullptr));
  set_string(structure.get(), "prompt", shot.prompt.c_str());
  set_string(structure.get(), "task-id", shot.task_id.c_str());
  if (shot.price_cents >= 0) {
    gst_structure_set(structure.get(), "price-cents", G_TYPE_DOUBLE, shot.price_cents, nullptr);
  }
  return structure;
}

}  // namespace airforce::gst
