// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "purchase_model.h"

namespace airforce::model {

std::string broken_promise(const World& world) {
  int paid = 0;
  for (std::size_t n = 0; n < world.jobs.size(); ++n) {
    const Job& job = world.jobs[n];
    if (job.intent == kNone || !job.paid()) continue;
    if (++paid > 1) return "two purchases without a person's word";
    const bool known = std::any_of(world.rows.begin(), world.rows.end(), [&](const Row& row) {
      return row.task == static_cast<Byte>(n) &&
             (row.state == IntentState::Created || row.state == IntentState::Delivered);
    });
    // A later run looks for it.
    const Row& row = world.rows.at(static_cast<std::size_t>(job.intent));
    const bool looked_for =
        row.state == IntentState::Sending || (row.state == IntentState::Created && row.wrong_id);
    if (!known && !looked_for) return "a paid task that nobody looks for";
  }
  for (const Row& row : world.rows) {
    if (row.task != kNone && world.jobs.at(static_cast<std::size_t>(row.task)).intent == kNone)
      return "a task of another client was adopted";
  }
  return {};
}

}  // namespace airforce::model
