// SPDX-License-Identifier: LGPL-2.1-or-later
// A service that answers what a text says, without sockets. Answers are separated by the byte FF:
//
//   200                        the status; 0: nobody listens, 1: the answer is lost
//   Content-Type: text/plain   headers
//
//   body                       the byte FE is a silence in it; a header "X-Lost: 1" breaks it off
//
// When the text is used up nobody listens any more.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "http/session.h"

namespace airforce::fuzz {

class ScriptedSession final : public http::Session {
 public:
  // `check` sees every request.
  ScriptedSession(std::string_view script, std::function<void(const http::Request&)> check)
      : script_(script), check_(std::move(check)) {}

  http::Response send(const http::Request& request, GCancellable* cancellable) override;
  std::unique_ptr<http::ByteStream> open(const http::Request& request,
                                         GCancellable* cancellable) override;

 private:
  std::string next();

  std::mutex mutex_;
  std::string_view script_;  // under mutex_: what has not been said yet
  const std::function<void(const http::Request&)> check_;
};

}  // namespace airforce::fuzz
