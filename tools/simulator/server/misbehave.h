// SPDX-License-Identifier: LGPL-2.1-or-later
// What a fault does to a request, whichever endpoint it is for.
#pragma once

#include <functional>
#include <memory>

#include "server/exchange.h"
#include "server/listener.h"

namespace airforce::simulator {

/// Where a redirect may lead.
struct Origins {
  std::string own;    ///< of the port that was asked
  std::string other;  ///< of the other one
};

/// Does what the exchange's fault asks for before the request is carried out, then carries it out
/// with `go`, or not at all. Without a fault: just `go`.
void with_fault(Listener& listener, const std::shared_ptr<Exchange>& exchange,
                const Origins& origins, std::function<void()> go);

/// Answers, the way the exchange's fault says.
void reply(Exchange& exchange, const Origins& origins, Response answer);

/// `{"error": {"type", "message"}}`
Response error_answer(int status, const std::string& type, const std::string& message);

}  // namespace airforce::simulator
