// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exit_codes.h"

#include <csignal>

namespace airforce::cli {

int exit_code_of(ErrorKind kind, int signal) {
  switch (kind) {
    case ErrorKind::Settings: return kExitUsage;
    case ErrorKind::Budget: return kExitBudget;
    case ErrorKind::NotAuthorized: return kExitNotAuthorized;
    case ErrorKind::NotFound: return kExitNotFound;
    case ErrorKind::Rejected: return kExitRejected;
    case ErrorKind::Busy: return kExitBusy;
    case ErrorKind::Network: return kExitNetwork;
    case ErrorKind::Server: return kExitServer;
    case ErrorKind::Protocol: return kExitProtocol;
    case ErrorKind::UnknownCreate: return kExitUnknownCreate;
    case ErrorKind::TaskFailed: return kExitTaskFailed;
    case ErrorKind::Timeout: return kExitTimeout;
    case ErrorKind::Clip: return kExitClip;
    case ErrorKind::File: return kExitFile;
    case ErrorKind::Store: return kExitStore;
    case ErrorKind::Cancelled: return kExitSignal + (signal != 0 ? signal : SIGINT);
    case ErrorKind::Interrupted:
    case ErrorKind::Internal: return kExitFailure;
  }
  return kExitFailure;
}

}  // namespace airforce::cli
