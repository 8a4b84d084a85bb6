// SPDX-License-Identifier: LGPL-2.1-or-later
// What a fault does to a request, whichever endpoint it is for.
#pragma once

#include <functional>
#include <memory>

#include "server/exchange.h"
#include "server/listener.h"
#include "service/api_error.h"
#include "service/dialect.h"

namespace airforce::simulator {

/// What an answer depends on beside the request.
struct PortContext {
  std::string own_origin;    ///< of the port that was asked
  std::string other_origin;  ///< of the other one
  Dialect dialect = Dialect::kReference;
  /// Calls a function after so many seconds, unless the simulator is reset meanwhile.
  std::function<void(double, std::function<void()>)> later;
};

/// Does what the exchange's fault asks for before the request is carried out, then carries it out
/// with `go`, or not at all. Without a fault: just `go`.
void with_fault(Listener& listener, const std::shared_ptr<Exchange>& exchange,
                const PortContext& context, std::function<void()> go);

/// Answers, the way the exchange's fault says.
void reply(Exchange& exchange, const PortContext& context, Response answer);

enum class ErrorShape { kNested, kFlat };

/// `{"error":{"type","message"}}` in the reference dialect; in the sdk's
/// `{"error":{"message","type","param","code"}}` or, flat, `{"error","message"}`.
Response error_answer(const ApiError& error, Dialect dialect,
                      ErrorShape shape = ErrorShape::kNested);

}  // namespace airforce::simulator
