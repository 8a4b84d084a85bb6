// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/create_turn.h"

#include <set>

#include "values/guarded.h"

namespace airforce {
namespace {

constexpr Seconds kTurnPoll{0.02};

// The accounts of which a create is under way.
Guarded<std::set<std::string>>& busy_accounts() {
  static Guarded<std::set<std::string>> accounts;
  return accounts;
}

}  // namespace

void CreateTurn::take(const GenerationContext& context) {
  while (!taken_) {
    taken_ = busy_accounts().lock()->insert(account_).second;
    if (taken_) break;
    if (context.past_deadline())
      throw Error(ErrorKind::Busy, Step::Create,
                  "another create of this process got no answer before the deadline",
                  "run the request again, or raise timeout");
    context.wait(kTurnPoll);
  }
}

void CreateTurn::release() {
  if (taken_) busy_accounts().lock()->erase(account_);
  taken_ = false;
}

}  // namespace airforce
