// SPDX-License-Identifier: LGPL-2.1-or-later
// The policies by which requests to the API and records of a purchase are tried again. Other waits:
// docs/architecture.md#waits.
#pragma once

#include "retry/backoff.h"

namespace airforce {

// Refusals over so long mean that a task, or its clip, is gone. Replicas and caches lag by seconds,
// and a proxy that is restarted answers for the service for less than half a minute.
inline constexpr Seconds kGone{30};
// Before anything was bought, a service that can't be reached is reported soon rather than at the
// deadline.
inline constexpr RetryPolicy kModelsRetry{Seconds(0.3), Seconds(5), 4};
inline constexpr RetryPolicy kCreateRetry{Seconds(0.5), Seconds(30), 4};
// A service that sets a pace is followed until the deadline.
inline constexpr RetryPolicy kPacedRetry{Seconds(0.5), Seconds(30), 0};
// The first question for a task that exists: likewise.
inline constexpr RetryPolicy kFirstGetRetry{Seconds(0.5), Seconds(15), 5};
// Once money may be in a task, it is asked for until the deadline.
inline constexpr RetryPolicy kTaskRetry{Seconds(0.5), Seconds(15), 0};
inline constexpr RetryPolicy kListRetry{Seconds(0.5), Seconds(15), 0};
// Reading the list of tasks for one whose create was not answered: at first it is there within
// seconds, later it is not worth more than a poll.
inline constexpr RetryPolicy kLostTaskReads{Seconds(0.5), Seconds(5), 0};
// A completed task whose URL is late.
inline constexpr RetryPolicy kLateUrlRetry{Seconds(0.5), Seconds(5), 0};
// The event stream's backoff: the pauses before it is opened again. It may ask for longer ones, up
// to kMaxStreamRetry, and is opened no sooner than one poll_interval after it was opened last.
inline constexpr RetryPolicy kStreamRetry{Seconds(0.5), Seconds(30), 0};
inline constexpr Seconds kMaxStreamRetry{60};
// A final state in the stream that no GET confirms yet; from here up to poll_interval.
inline constexpr Seconds kConfirmFirst{0.1};
// A poll that failed.
inline constexpr Seconds kPollRetryFirst{1};
inline constexpr Seconds kPollRetryLongest{15};
// The last record of a purchase, which no later call would write: a store that is restarted is back
// by then.
inline constexpr RetryPolicy kLastRecordRetry{Seconds(0.2), Seconds(0.4), 0};
inline constexpr Seconds kLastRecordDeadline{3};

}  // namespace airforce
