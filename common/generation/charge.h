// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "values/error.h"
#include "values/task.h"

namespace airforce {

// What the service has reported of a task's charge, nothing inferred. A cost on a queued task is a
// price: the vendor's SDK deducts it when a worker picks the task up. From then on it is the
// charge. A final answer that costs 0 reports a refund.
Charge charge_of(const Task& task);

// "; the service refunds failed tasks, not yet confirmed", or "" where it has confirmed that.
const char* refund_remark(const Task& task);

}  // namespace airforce
