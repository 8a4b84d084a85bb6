// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/charge.h"

namespace airforce {

Charge charge_of(const Task& task) {
  if (!task.cost_cents) return Charge::Announced;
  switch (task.status) {
    case TaskStatus::Completed:
    case TaskStatus::Failed:
    case TaskStatus::Expired: return *task.cost_cents > 0 ? Charge::Charged : Charge::Refunded;
    case TaskStatus::Running:
      if (*task.cost_cents > 0) return Charge::Charged;
      break;
    case TaskStatus::Queued:
    case TaskStatus::Unknown: break;
  }
  return Charge::Announced;
}

const char* refund_remark(const Task& task) {
  return charge_of(task) == Charge::Refunded
             ? ""
             : "; the service refunds failed tasks, not yet confirmed";
}

}  // namespace airforce
