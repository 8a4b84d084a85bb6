// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/claim_rules.h"

#include <algorithm>
#include <cstdlib>

namespace airforce {

bool is_settled(IntentState state) {
  return state == IntentState::Delivered || state == IntentState::Failed ||
         state == IntentState::Abandoned;
}

std::int64_t expiry(const Intent& intent) {
  if (intent.expires_at > 0) return intent.expires_at;
  return std::max(intent.claimed_at, intent.sending_at) + kTaskLifeSeconds;
}

bool orphan_counts(IntentState state, std::int64_t sending_at, std::int64_t now) {
  const std::int64_t age = std::llabs(now - sending_at);  // the clock may have been set back
  switch (state) {
    case IntentState::Sending: return age < kLostSlotSeconds;
    case IntentState::Created: return age < kOrphanSlotSeconds;
    default: return false;
  }
}

ClaimChoice choose_claim(const std::vector<Intent>& equal, Reusable reusable, std::int64_t now) {
  if (reusable == Reusable::Nothing) return {};
  const Intent* delivered = nullptr;
  const Intent* orphan = nullptr;
  const Intent* living = nullptr;
  for (const Intent& intent : equal) {
    switch (intent.state) {
      case IntentState::Delivered:
        if (now < expiry(intent)) delivered = &intent;  // the newest lasts longest
        break;
      case IntentState::Claimed:
      case IntentState::Sending:
      case IntentState::Created:
        if (intent.owned) {
          living = &intent;
        } else if (intent.state != IntentState::Claimed) {
          // A known task before a lost one; else the oldest, which is nearest to its end.
          const bool better = orphan == nullptr || (orphan->state == IntentState::Sending &&
                                                    intent.state == IntentState::Created);
          if (better) orphan = &intent;
        }
        break;
      case IntentState::Failed:
      case IntentState::Abandoned: break;
    }
  }
  const bool finished_too = reusable == Reusable::Finished;
  if (finished_too && delivered != nullptr) return {Claim::Kind::Finished, delivered};
  if (orphan != nullptr) return {Claim::Kind::Resume, orphan};
  if (finished_too && living != nullptr) return {Claim::Kind::Wait, living};
  return {};
}

}  // namespace airforce
