// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/remember.h"

#include "generation/charge.h"
#include "retry/policies.h"
#include "retry/retry.h"

namespace airforce {

void remember(const GenerationContext& context, const std::function<void()>& fact) {
  try {
    fact();
  } catch (const Error& error) {
    if (error.kind == ErrorKind::Cancelled) return;  // the caller notices that on its own
    context.warn("the store failed: " + error.message);
  }
}

void remember_at_last(const GenerationContext& context, const std::function<void()>& fact) {
  bool is_reported = false;
  try {
    retry_until(Deadline(context.clock, kLastRecordDeadline), kLastRecordRetry, context.random,
                context.cancellable, fact, [&](const Error& error) {
                  if (error.kind != ErrorKind::Store) return false;
                  if (!std::exchange(is_reported, true))
                    context.warn("the store failed, trying again: " + error.message);
                  return true;
                });
  } catch (const Error& error) {
    if (error.kind == ErrorKind::Cancelled) return;
    context.warn("the store still fails, so it does not know how this purchase ended: " +
                 error.message);
  }
}

void remember_charge(const GenerationContext& context, Store& store, std::int64_t intent,
                     const Task& task) {
  const Charge charge = charge_of(task);
  if (charge != Charge::Charged && charge != Charge::Refunded) return;
  remember(context, [&] {
    store.record_charge(
        intent,
        charge == Charge::Charged ? BudgetShare::State::Charged : BudgetShare::State::Refunded,
        *task.cost_cents);
  });
}

}  // namespace airforce
