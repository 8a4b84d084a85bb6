// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/follow_schedule.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace airforce {
namespace {

constexpr Seconds kNever{std::numeric_limits<double>::infinity()};
constexpr double kGrowth = 1.25;
constexpr double kMaxIntervals = 3;
// A stream that says nothing for this long, not even a comment, is opened again: proxies drop idle
// connections silently.
constexpr Seconds kDeadStream{60};
// A first stream, and a second look at what a stream reported.
constexpr int kMoreThanPolls = 2;

// The pause between two polls after one of `gap`.
Seconds grown(Seconds gap, Seconds interval) {
  return std::min(gap * kGrowth, interval * kMaxIntervals);
}

}  // namespace

FollowSchedule::FollowSchedule(ProgressSource source, Seconds poll_interval, Seconds now,
                               const Random& random)
    : source_(source),
      interval_(poll_interval),
      start_(now),
      growing_interval_(poll_interval),
      stream_wanted_(source != ProgressSource::Poll),
      next_poll_(stream_wanted_ ? now + poll_interval : now),
      next_stream_(now),
      poll_backoff_({std::min(kPollRetryFirst, poll_interval), kPollRetryLongest, 0}, random),
      stream_backoff_(kStreamRetry, random),
      soon_backoff_({kConfirmFirst, poll_interval, 0}, random) {}

bool FollowSchedule::should_poll(Seconds now) const {
  return polls() && now >= poll_due();
}

Seconds FollowSchedule::alone(int n) const {
  Seconds time = start_;
  Seconds gap = interval_;
  for (; n > 0 && gap < interval_ * kMaxIntervals; --n) {
    time += gap;
    gap = grown(gap, interval_);
  }
  return time + gap * std::max(n, 0);
}

Seconds FollowSchedule::poll_due() const {
  return std::max(next_poll_, alone(asked_ - kMoreThanPolls));
}

Seconds FollowSchedule::stream_due() const {
  return std::max(next_stream_, alone(asked_));
}

Seconds FollowSchedule::next_due() const {
  const Seconds stream = !streaming_ && stream_wanted_ ? stream_due() : kNever;
  return std::min(polls() ? poll_due() : kNever, stream);
}

void FollowSchedule::stream_opened(Seconds now) {
  streaming_ = true;
  ++asked_;
  opened_at_ = last_life_ = last_event_ = now;
  next_poll_ = now + interval_;
}

void FollowSchedule::stream_lived(Seconds now, bool is_news) {
  last_life_ = now;
  if (is_news) last_event_ = now;
  if (now - opened_at_ >= interval_) stream_backoff_.reset();
  growing_interval_ = interval_;
  const Seconds latest = last_event_ + interval_ * kMaxIntervals;
  if (!soon_) next_poll_ = std::max(next_poll_, std::min(now + interval_, latest));
}

void FollowSchedule::stream_ended(Seconds now, bool permanent, Seconds retry) {
  if (!std::exchange(streaming_, false)) ++asked_;
  if (permanent) stream_wanted_ = false;
  next_stream_ = now + stream_backoff_.next(std::min(retry, kMaxStreamRetry));
  // What it may have wanted to say is asked for at once. But however often a stream ends, the
  // service is not asked more often than by polling.
  next_poll_ = std::min(next_poll_, std::max(now, polled_at_ + interval_));
  next_stream_ = std::max(next_stream_, opened_at_ + interval_);
}

void FollowSchedule::pause(Seconds now, Seconds duration) {
  next_poll_ = std::max(next_poll_, now + duration);
  next_stream_ = std::max(next_stream_, now + duration);
}

bool FollowSchedule::stream_is_dead(Seconds now) const {
  return streaming_ && now - last_life_ >= std::max(kDeadStream, 2 * interval_);
}

void FollowSchedule::polled(Seconds now) {
  ++asked_;
  polled_at_ = now;
  poll_backoff_.reset();
  last_event_ = now;
  next_poll_ = now + growing_interval_;
  growing_interval_ = grown(growing_interval_, interval_);
}

void FollowSchedule::poll_failed(Seconds now, Seconds retry_after, bool answered) {
  polled_at_ = now;
  next_poll_ = now + poll_backoff_.next(retry_after);
  if (!answered) next_stream_ = std::max(next_stream_, next_poll_);
}

void FollowSchedule::poll_soon(Seconds now) {
  // A stream that repeats itself must not put the next look off.
  next_poll_ = soon_ ? std::min(next_poll_, now + soon_backoff_.next()) : now;
  soon_ = true;
}

}  // namespace airforce
