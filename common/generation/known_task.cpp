// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/known_task.h"

#include "generation/gone.h"
#include "retry/policies.h"
#include "retry/retry.h"

namespace airforce {
namespace {

constexpr int kMaxPurchases = 200;

// What a service refuses a few times in a row it refuses permanently. A 404 has a rule of its own.
bool refuses_permanently(const Error& error) {
  return error.kind == ErrorKind::NotAuthorized || error.kind == ErrorKind::Rejected;
}

// Calls `work` until it throws no 404, or the task is gone, which is thrown as NotFound.
// `is_worth_another(error)` decides for other failures.
template <typename Work, typename Again>
auto unless_gone(const GenerationContext& context, const Deadline& end, std::int64_t expires_at,
                 Work work, Again is_worth_another) -> decltype(work()) {
  GoneRule gone(context.timeouts.gone);
  bool is_gone = false;
  try {
    return retry_until(
        end, kTaskRetry, context.random, context.cancellable, work, [&](const Error& error) {
          if (is_not_found(error)) {
            is_gone = gone.failed(error, context.now(), expires_at, context.client.service_time());
            return !is_gone;
          }
          gone.answered();
          return is_worth_another(error);
        });
  } catch (Error& error) {
    // A 404 at the deadline is no proof yet.
    if (error.kind == ErrorKind::NotFound && !is_gone) error.kind = ErrorKind::Timeout;
    throw;
  }
}

}  // namespace

Task get_task(const GenerationContext& context, const std::string& task_id) {
  return retry_until(
      context.deadline, kFirstGetRetry, context.random, context.cancellable,
      [&] { return context.client.task(task_id, context.cancellable); },
      [](const Error& error) {
        return !refuses_permanently(error) && error.kind != ErrorKind::NotFound;
      });
}

Task get_known_task(const GenerationContext& context, const std::string& task_id,
                    std::int64_t expires_at) {
  unsigned others = 0;  // failures that are no 404
  return unless_gone(
      context, context.deadline, expires_at,
      [&] { return context.client.task(task_id, context.cancellable); },
      [&](const Error& error) {
        return !refuses_permanently(error) && ++others < kFirstGetRetry.tries;
      });
}

std::optional<Task> known_task_unless_gone(const GenerationContext& context,
                                           const std::string& task_id, std::int64_t expires_at) {
  try {
    return get_known_task(context, task_id, expires_at);
  } catch (Error& error) {
    if (error.kind == ErrorKind::NotFound) return std::nullopt;
    error.task_id = task_id;
    if (error.charge == Charge::None) error.charge = Charge::Announced;
    error.resumable = true;
    throw;
  }
}

void delete_known_task(const GenerationContext& context, const std::string& task_id,
                       std::int64_t expires_at) {
  const Deadline end = context.deadline.within(2 * context.timeouts.gone);
  unless_gone(
      context, end, expires_at, [&] { context.client.remove(task_id, context.cancellable); },
      [](const Error&) { return false; });
}

std::optional<Intent> known_purchase(Store& store, const std::string& account,
                                     const std::string& task_id) {
  for (const Intent& intent : store.intents(account, kMaxPurchases)) {
    if (intent.task_id == task_id) return intent;
  }
  return std::nullopt;
}

}  // namespace airforce
