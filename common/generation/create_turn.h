// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "generation/generation_context.h"

namespace airforce {

// One create of an account is under way in this process at a time: from before it is sent until
// its task is recorded. A process that is killed then leaves one create with an unknown outcome at
// most, so a service that does not echo prompts can still prove which task is whose.
//
// A pause that the service asks of one create holds for all of them, and is forgotten with the last
// of these objects: none is sent before it ends.
class CreateTurn {
 public:
  // What a turn is wanted for. Searches for the task of a lost create come before creates: with
  // another create under way, fewer tasks can be proven to be ours.
  enum class Use { Create, Search };

  // `account` as in RequestIdentity.
  explicit CreateTurn(std::string account);
  ~CreateTurn();
  CreateTurn(const CreateTurn&) = delete;
  CreateTurn& operator=(const CreateTurn&) = delete;

  // Waits for the turn, and for the end of a pause, unless this has it. Throws Error: Cancelled,
  // Busy at the deadline, or the error that asked for a pause that ends after the deadline.
  void take(const GenerationContext& context, Use use = Use::Create);
  void release();
  // Releases. What `error` asks of the account, a pause or no more creates while it is locked,
  // holds for the creates that follow.
  void hold_off(const Error& error, const GenerationContext& context);

 private:
  bool take_if_free(const GenerationContext& context, Use use, Seconds& pause);

  const std::string account_;
  bool taken_ = false;
};

}  // namespace airforce
