// SPDX-License-Identifier: LGPL-2.1-or-later
// The one loop that tries again.
#pragma once

#include <string_view>
#include <utility>

#include "retry/backoff.h"
#include "retry/wait.h"
#include "values/error.h"

namespace airforce {

// An account that the service has locked without saying for how long is not asked again.
inline bool is_locked(std::string_view code) {
  return code == "account_temporarily_locked";
}
inline bool is_locked(const Error& error) {
  return is_locked(error.api_code) || is_locked(error.api_type);
}

// Whether the pause that the service asked for ends after the deadline.
inline bool asks_for_too_long(const Error& error, const Deadline& deadline) {
  return error.retry_after_seconds >= 0 && Seconds(error.retry_after_seconds) >= deadline.left();
}

// Sees to the pause between two tries: returns when the next is due, or throws `error`, when the
// policy allows none, when the account is locked, or when the pause ends after the deadline.
// `announce` is called with the pause before it begins. Throws Error{Cancelled}.
template <typename Announce>
void pause_before_retry(Error& error, Backoff& backoff, const Deadline& deadline,
                        GCancellable* cancellable, Announce announce) {
  if (error.kind == ErrorKind::Cancelled || backoff.is_exhausted_by_one_more()) throw Error(error);
  if (is_locked(error) && error.retry_after_seconds < 0) throw Error(error);
  const Seconds pause = backoff.next(Seconds(error.retry_after_seconds));
  if (pause >= deadline.left()) {
    error.message += "; the next try would be after the deadline";
    if (error.next_step.empty()) error.next_step = "raise timeout, or try again later";
    throw Error(error);
  }
  announce(std::as_const(error), pause);
  if (!wait_cancellably(pause, deadline, cancellable))
    throw Error(ErrorKind::Cancelled, error.step, "cancelled");
}

// Calls `work` until it throws no Error, and returns its result. `backoff_of(error)` chooses the
// pauses after a failure; nullptr where that is not worth another try.
template <typename Work, typename Choose, typename Announce>
auto retry_by(const Deadline& deadline, GCancellable* cancellable, Work work, Choose backoff_of,
              Announce announce) -> decltype(work()) {
  for (;;) {
    try {
      return work();
    } catch (Error& error) {
      Backoff* backoff = backoff_of(std::as_const(error));
      if (backoff == nullptr) throw;
      pause_before_retry(error, *backoff, deadline, cancellable, announce);
    }
  }
}

// The same by one policy. `again(error)` decides whether a failure is worth another try.
template <typename Work, typename Again>
auto retry_until(const Deadline& deadline, const RetryPolicy& policy, const Random& random,
                 GCancellable* cancellable, Work work, Again again) -> decltype(work()) {
  Backoff backoff(policy, random);
  return retry_by(
      deadline, cancellable, std::move(work),
      [&](const Error& error) { return again(error) ? &backoff : nullptr; },
      [](const Error&, Seconds) {});
}

}  // namespace airforce
