// SPDX-License-Identifier: LGPL-2.1-or-later
#include "errors.h"

#include <string_view>

#include "properties.h"

namespace airforce::gst {
namespace {

// Reading the clip comes after everything else has worked: then it isn't "open" that failed.
bool is_reading(const Failure& failure) {
  return failure.step == "download";
}

// Where a next step names the task.
constexpr std::string_view kTaskPlace = "<the task's id>";

ErrorCode resource(GstResourceError code) {
  return {GST_RESOURCE_ERROR, code};
}

// As the core says it.
std::string charge_sentence(const std::string& charge) {
  if (charge == "none") return "Nothing was charged. ";
  if (charge == "charged") return "Charged. ";
  if (charge == "refunded") return "Refunded. ";
  if (charge == "announced") return "No charge was reported yet. ";
  return "It is unknown whether anything was charged. ";
}

void set_string(GstStructure* details, const char* field, const std::string& value) {
  if (!value.empty()) gst_structure_set(details, field, G_TYPE_STRING, value.c_str(), nullptr);
}

}  // namespace

ErrorCode error_code(const Failure& failure) {
  if (failure.domain != 0) return {failure.domain, failure.code};
  if (failure.step == kStepLoad) return {GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_INIT};
  switch (failure.kind) {
    case AIRFORCE_ERROR_SETTINGS:
    case AIRFORCE_ERROR_BUDGET:
    case AIRFORCE_ERROR_REJECTED: return resource(GST_RESOURCE_ERROR_SETTINGS);
    case AIRFORCE_ERROR_NOT_AUTHORIZED: return resource(GST_RESOURCE_ERROR_NOT_AUTHORIZED);
    case AIRFORCE_ERROR_NOT_FOUND: return resource(GST_RESOURCE_ERROR_NOT_FOUND);
    case AIRFORCE_ERROR_BUSY: return resource(GST_RESOURCE_ERROR_BUSY);
    case AIRFORCE_ERROR_NETWORK:
    case AIRFORCE_ERROR_SERVER:
    case AIRFORCE_ERROR_PROTOCOL:
    case AIRFORCE_ERROR_TIMEOUT:
      return resource(is_reading(failure) ? GST_RESOURCE_ERROR_READ : GST_RESOURCE_ERROR_OPEN_READ);
    case AIRFORCE_ERROR_FILE:
      return resource(is_reading(failure) ? GST_RESOURCE_ERROR_WRITE
                                          : GST_RESOURCE_ERROR_OPEN_READ);
    case AIRFORCE_ERROR_STORE: return resource(GST_RESOURCE_ERROR_OPEN_READ_WRITE);
    case AIRFORCE_ERROR_TASK_FAILED: return {GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED};
    case AIRFORCE_ERROR_CLIP: return {GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE};
    case AIRFORCE_ERROR_UNKNOWN_CREATE:
    case AIRFORCE_ERROR_CANCELLED:
    case AIRFORCE_ERROR_INTERRUPTED:
    case AIRFORCE_ERROR_INTERNAL: break;
  }
  return resource(GST_RESOURCE_ERROR_FAILED);
}

GstStructure* error_details(const Failure& failure) {
  GstStructure* details =
      gst_structure_new("airforce-error", "step", G_TYPE_STRING, failure.step.c_str(), "charge",
                        G_TYPE_STRING, failure.charge.c_str(), nullptr);
  if (failure.kind == AIRFORCE_ERROR_BUDGET) set_string(details, "kind", "budget");
  if (failure.http_status > 0) {
    gst_structure_set(details, "http-status-code", G_TYPE_UINT,
                      static_cast<guint>(failure.http_status), nullptr);
  }
  set_string(details, "task-id", failure.task_id);
  set_string(details, "candidates", failure.candidates);
  set_string(details, "api-error-type", failure.api_type);
  set_string(details, "api-error-code", failure.api_code);
  set_string(details, "request-id", failure.request_id);
  set_string(details, "next-step", in_property_names(failure.next_step));
  return details;
}

Failure clip_failure(const std::string& message, const std::string& next_step,
                     const BoughtTask& task) {
  Failure failure;
  failure.kind = AIRFORCE_ERROR_CLIP;
  failure.charge = task.charge;
  failure.step = "decode";
  failure.task_id = task.id;
  failure.message = message;
  failure.next_step = next_step;
  if (const auto at = next_step.find(kTaskPlace); at != std::string::npos) {
    failure.next_step.replace(at, kTaskPlace.size(), shell_word(task.id));
  }
  failure.text = message + (message.ends_with('.') ? " " : ". ") + charge_sentence(task.charge) +
                 "Next: " + failure.next_step + ".";
  return failure;
}

Failure cancelled_failure() {
  Failure failure;
  failure.kind = AIRFORCE_ERROR_CANCELLED;
  failure.text = failure.message = "cancelled";
  return failure;
}

namespace {

void post(GstElement* element, const Failure& failure, GstMessageType type) {
  const ErrorCode code = error_code(failure);
  char* debug = g_strdup_printf("step %s, HTTP status %d, charge %s%s%s%s%s", failure.step.c_str(),
                                failure.http_status, failure.charge.c_str(),
                                failure.task_id.empty() ? "" : ", task ",
                                failure.task_id.empty() ? "" : shell_word(failure.task_id).c_str(),
                                failure.debug.empty() ? "" : ", ", failure.debug.c_str());
  gst_element_message_full_with_details(element, type, code.domain, code.code,
                                        g_strdup(in_property_names(failure.text).c_str()), debug,
                                        __FILE__, GST_FUNCTION, __LINE__, error_details(failure));
}

}  // namespace

void post_error(GstElement* element, const Failure& failure) {
  post(element, failure, GST_MESSAGE_ERROR);
}

void post_warning(GstElement* element, const Failure& failure) {
  post(element, failure, GST_MESSAGE_WARNING);
}

}  // namespace airforce::gst
