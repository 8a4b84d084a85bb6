// SPDX-License-Identifier: LGPL-2.1-or-later
// What each command does. Returns an exit code; throws Error.
#pragma once

namespace airforce::cli {

class Invocation;

int run_generate(Invocation& invocation);
int run_watch(Invocation& invocation);
int run_download(Invocation& invocation);
int run_status(Invocation& invocation);
int run_list(Invocation& invocation);
int run_delete(Invocation& invocation);
int run_models(Invocation& invocation);

}  // namespace airforce::cli
