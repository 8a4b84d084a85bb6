// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/follow_schedule.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace airforce {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
// What is only a hint is not given up for what it asks for.
constexpr double kMaxStreamRetrySeconds = 60;
constexpr double kGrowth = 1.25;
constexpr double kMaxIntervals = 3;
// A stream that says nothing for this long, not even a comment, is opened again: proxies drop idle
// connections silently.
constexpr double kDeadStreamSeconds = 60;
// A first stream, and a second look at what a stream reported.
constexpr int kMoreThanPolls = 2;

}  // namespace

FollowSchedule::FollowSchedule(ProgressSource source, double poll_interval, double now,
                               const Random& random)
    : source_(source),
      interval_(poll_interval),
      start_(now),
      growing_interval_(poll_interval),
      stream_wanted_(source != ProgressSource::Poll),
      next_poll_(stream_wanted_ ? now + poll_interval : now),
      next_stream_(now),
      poll_backoff_({std::min(kPollRetryFirst, Seconds(poll_interval)), kPollRetryLongest, 0},
                    random),
      stream_backoff_(kStreamRetry, random),
      soon_backoff_({kConfirmFirst, Seconds(poll_interval), 0}, random) {}

bool FollowSchedule::should_poll(double now) const {
  return polls() && now >= poll_due();
}

double FollowSchedule::alone(int n) const {
  double time = start_;
  double gap = interval_;
  for (; n > 0 && gap < interval_ * kMaxIntervals; --n) {
    time += gap;
    gap = std::min(gap * kGrowth, interval_ * kMaxIntervals);
  }
  return time + gap * std::max(n, 0);
}

double FollowSchedule::poll_due() const {
  return std::max(next_poll_, alone(asked_ - kMoreThanPolls));
}

double FollowSchedule::stream_due() const {
  return std::max(next_stream_, alone(asked_));
}

double FollowSchedule::next_due() const {
  const double stream = !streaming_ && stream_wanted_ ? stream_due() : kNever;
  return std::min(polls() ? poll_due() : kNever, stream);
}

void FollowSchedule::stream_opened(double now) {
  streaming_ = true;
  ++asked_;
  opened_at_ = last_life_ = last_event_ = now;
  next_poll_ = now + interval_;
}

void FollowSchedule::stream_lived(double now, bool event) {
  last_life_ = now;
  if (event) last_event_ = now;
  if (now - opened_at_ >= interval_) stream_backoff_.reset();
  growing_interval_ = interval_;
  const double latest = last_event_ + interval_ * kMaxIntervals;
  if (!soon_) next_poll_ = std::max(next_poll_, std::min(now + interval_, latest));
}

void FollowSchedule::stream_ended(double now, bool permanent, double retry) {
  if (!std::exchange(streaming_, false)) ++asked_;
  if (permanent) stream_wanted_ = false;
  next_stream_ =
      now + stream_backoff_.next(Seconds(std::min(retry, kMaxStreamRetrySeconds))).count();
  // What it may have wanted to say is asked for at once. But however often a stream ends, the
  // service is not asked more often than by polling.
  next_poll_ = std::min(next_poll_, std::max(now, polled_at_ + interval_));
  next_stream_ = std::max(next_stream_, opened_at_ + interval_);
}

void FollowSchedule::pause(double now, double seconds) {
  next_poll_ = std::max(next_poll_, now + seconds);
  next_stream_ = std::max(next_stream_, now + seconds);
}

bool FollowSchedule::stream_is_dead(double now) const {
  return streaming_ && now - last_life_ >= std::max(kDeadStreamSeconds, 2 * interval_);
}

void FollowSchedule::polled(double now) {
  ++asked_;
  polled_at_ = now;
  poll_backoff_.reset();
  last_event_ = now;
  next_poll_ = now + growing_interval_;
  growing_interval_ = std::min(growing_interval_ * kGrowth, interval_ * kMaxIntervals);
}

void FollowSchedule::poll_failed(double now, double retry_after, bool answered) {
  polled_at_ = now;
  next_poll_ = now + poll_backoff_.next(Seconds(retry_after)).count();
  if (!answered) next_stream_ = std::max(next_stream_, next_poll_);
}

void FollowSchedule::poll_soon(double now) {
  next_poll_ = soon_ ? now + soon_backoff_.next().count() : now;
  soon_ = true;
}

}  // namespace airforce
