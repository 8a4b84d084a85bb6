// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "generation/generation_context.h"

namespace airforce {

// One create of an account is under way in this process at a time: from before it is sent until
// its task is recorded. A process that is killed then leaves one create with an unknown outcome at
// most, so a service that does not echo prompts can still prove which task is whose.
class CreateTurn {
 public:
  // `account` as in RequestIdentity.
  explicit CreateTurn(std::string account) : account_(std::move(account)) {}
  ~CreateTurn() { release(); }
  CreateTurn(const CreateTurn&) = delete;
  CreateTurn& operator=(const CreateTurn&) = delete;

  // Waits for the turn, unless this has it. Throws Error: Cancelled, or Busy at the deadline.
  void take(const GenerationContext& context);
  void release();

 private:
  const std::string account_;
  bool taken_ = false;
};

}  // namespace airforce
