// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/error.h"

#include "values/text.h"

namespace airforce {

const char* name_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Settings: return "settings";
    case ErrorKind::Budget: return "budget";
    case ErrorKind::NotAuthorized: return "not-authorized";
    case ErrorKind::NotFound: return "not-found";
    case ErrorKind::Rejected: return "rejected";
    case ErrorKind::Busy: return "busy";
    case ErrorKind::Network: return "network";
    case ErrorKind::Server: return "server";
    case ErrorKind::Protocol: return "protocol";
    case ErrorKind::UnknownCreate: return "unknown-create";
    case ErrorKind::TaskFailed: return "task-failed";
    case ErrorKind::Timeout: return "timeout";
    case ErrorKind::Clip: return "clip";
    case ErrorKind::File: return "file";
    case ErrorKind::Store: return "store";
    case ErrorKind::Cancelled: return "cancelled";
    case ErrorKind::Interrupted: return "interrupted";
    case ErrorKind::Internal: return "internal";
  }
  return "internal";
}

const char* name_of(Charge charge) {
  switch (charge) {
    case Charge::None: return "none";
    case Charge::Announced: return "announced";
    case Charge::Charged: return "charged";
    case Charge::Refunded: return "refunded";
    case Charge::Unknown: return "unknown";
  }
  return "unknown";
}

const char* name_of(Step step) {
  switch (step) {
    case Step::Settings: return "settings";
    case Step::Models: return "models";
    case Step::Slot: return "slot";
    case Step::Create: return "create";
    case Step::Follow: return "follow";
    case Step::Download: return "download";
    case Step::List: return "list";
    case Step::Delete: return "delete";
    case Step::Store: return "store";
  }
  return "settings";
}

Error::Error(ErrorKind error_kind, Step error_step, std::string error_message,
             std::string error_next_step)
    : kind(error_kind),
      step(error_step),
      message(std::move(error_message)),
      next_step(std::move(error_next_step)) {}

namespace {

std::string about(const std::string& task_id) {
  return task_id.empty() ? std::string() : " (task " + task_id + ")";
}

}  // namespace

std::string Error::text() const {
  std::string line = message;
  const bool about_a_purchase = kind != ErrorKind::Interrupted;
  if (about_a_purchase) {
    switch (charge) {
      case Charge::None: line += "; nothing was charged"; break;
      case Charge::Announced: line += "; no charge reported yet" + about(task_id); break;
      case Charge::Charged: line += "; charged" + about(task_id); break;
      case Charge::Refunded: line += "; refunded" + about(task_id); break;
      case Charge::Unknown: line += "; it is unknown whether anything was charged"; break;
    }
  }
  if (!next_step.empty()) line += "; " + next_step;
  return visible_line(line);
}

}  // namespace airforce
