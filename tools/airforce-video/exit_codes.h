// SPDX-License-Identifier: LGPL-2.1-or-later
// What the exit code of airforce-video says. Scripts rely on these numbers: add, never change.
#pragma once

#include <array>

#include "values/error.h"

namespace airforce::cli {

enum ExitCode {
  kExitSuccess = 0,
  kExitFailure = 1,
  kExitUsage = 2,
  kExitNotAuthorized = 3,
  kExitBudget = 4,
  kExitNotFound = 5,
  kExitRejected = 6,
  kExitBusy = 7,
  kExitNetwork = 8,
  kExitServer = 9,
  kExitProtocol = 10,
  kExitUnknownCreate = 11,
  kExitTaskFailed = 12,
  kExitTimeout = 13,
  kExitClip = 14,
  kExitFile = 15,
  kExitStore = 16,
  kExitDeclined = 17,
  kExitSignal = 128,  // plus the signal's number
};

struct ExitCodeInfo {
  int code;
  const char* help;  // a sentence's rest: "The command did …"
};

// For --help, the man page and a test that holds both to this list.
inline constexpr std::array<ExitCodeInfo, 20> kExitCodes{{
    {kExitSuccess, "Success"},
    {kExitFailure, "Another failure, or a bug"},
    {kExitUsage,
     "Wrong usage: an unknown option, a setting that is missing or outside what the model offers"},
    {kExitNotAuthorized, "No key, a refused key, or no balance"},
    {kExitBudget, "Exceeds --max-cost-cents, or the price is unknown while there is such a limit"},
    {kExitNotFound, "No such task, or its clip is gone"},
    {kExitRejected, "The service refused the request permanently"},
    {kExitBusy, "No free slot, or the service limited the rate, until the timeout"},
    {kExitNetwork, "The service cannot be reached, or the connection broke repeatedly"},
    {kExitServer, "The service failed"},
    {kExitProtocol, "The service's answer cannot be understood"},
    {kExitUnknownCreate,
     "It is unknown whether the task was created: look at the list before asking again"},
    {kExitTaskFailed, "The task ended failed or expired"},
    {kExitTimeout,
     "The task was not final, or its clip did not open, before the timeout; both remain"},
    {kExitClip, "What was downloaded is not a whole MP4, or the clips do not fit into one film"},
    {kExitFile, "A file or standard output cannot be written, or exists already"},
    {kExitStore, "The store cannot be used"},
    {kExitDeclined, "A question was answered with no"},
    {kExitSignal + 2, "Interrupted with Ctrl-C (129 hung up, 143 terminated)"},
    {kExitSignal + 13, "Nobody reads standard output any more"},
}};

// `signal`: the one that cancelled, for ErrorKind::Cancelled.
int exit_code_of(ErrorKind kind, int signal);

}  // namespace airforce::cli
