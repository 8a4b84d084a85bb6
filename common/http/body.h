// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "http/session.h"
#include "values/clock.h"

namespace airforce::http {

// What comes of a body within so many seconds, 64 KiB at most: enough for the words of a refusal.
// Throws TransportError{Cancelled}; a connection that is lost only ends it.
std::string beginning_of_body(ByteStream& stream, double seconds, const Clock& clock,
                              GCancellable* cancellable);

}  // namespace airforce::http
