// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/follower.h"

#include <algorithm>
#include <utility>

#include "generation/follow_schedule.h"
#include "generation/task_reducer.h"

namespace airforce {
namespace {

// What a service refuses a few times in a row it refuses for good; a task that was created a moment
// ago may not be readable everywhere yet.
constexpr int kRefusedTries = 3;
// Before the following has begun, a service that can't be reached is told soon rather than at the
// deadline.
constexpr unsigned kGetTries = 5;
constexpr double kLongestRead = 5;  // see Work::wait

bool is_refusal(const Error& error) {
  return error.kind == ErrorKind::NotAuthorized || error.kind == ErrorKind::Rejected ||
         error.kind == ErrorKind::NotFound;
}

Error timeout(const Work& work, const std::string& why) {
  Error error(ErrorKind::Timeout, Step::Follow,
              "the task was not complete within " +
                  std::to_string(static_cast<int>(work.settings.number(Parameter::timeout))) +
                  " s" + (why.empty() ? "" : " (last: " + why + ")"));
  return error;
}

class Follower {
 public:
  Follower(const Work& work, Task task, const std::function<void(const Task&)>& changed)
      : work_(work),
        changed_(changed),
        reducer_(std::move(task)),
        schedule_(work.settings.choice<ProgressSource>(Parameter::progress_source),
                  work.settings.number(Parameter::poll_interval), work.now(), work.random) {}

  Task run() {
    while (!reducer_.done()) {
      work_.check_cancelled();
      if (work_.past_deadline() && !looks_once_more()) throw timeout(work_, last_failure_);
      if (schedule_.should_poll(work_.now())) {
        poll();
      } else if (schedule_.should_open_stream(work_.now())) {
        open_stream();
      } else if (stream_) {
        read_stream();
      } else {
        work_.wait(schedule_.next_due() - work_.now());
      }
    }
    return reducer_.task();
  }

 private:
  const std::string& id() const { return reducer_.task().task_id; }

  // A machine that slept past the deadline asks before it gives up: the task went on meanwhile.
  bool looks_once_more() {
    const bool lately = work_.now() - asked_at_ <= work_.settings.number(Parameter::poll_interval);
    if (lately || std::exchange(looked_once_more_, true)) return false;
    poll();
    return true;
  }

  void open_stream() {
    try {
      // The head of a stream that hangs must not cost more than a poll would.
      const double seconds =
          std::min(work_.settings.number(Parameter::poll_interval), work_.deadline - work_.now());
      stream_ = work_.client.follow(id(), std::max(seconds, 0.1), work_.cancellable);
      schedule_.stream_opened(work_.now());
    } catch (const Error& error) {
      if (error.kind == ErrorKind::Cancelled) throw;
      // No event stream here, or none for us: polling tells the rest.
      const bool for_good =
          error.kind == ErrorKind::Protocol ||
          (error.http_status >= 300 && error.http_status < 500 && error.http_status != 429);
      schedule_.stream_ended(work_.now(), for_good, error.retry_after_seconds);
    }
  }

  void read_stream() {
    Task news;
    try {
      const double seconds = std::min(
          {schedule_.next_due() - work_.now(), work_.deadline - work_.now(), kLongestRead});
      switch (stream_->next(news, std::max(seconds, 0.0), work_.cancellable)) {
        case api::TaskStream::Outcome::Task:
          schedule_.stream_lived(work_.now(), true);
          if (reducer_.hinted(news)) changed_(reducer_.task());
          if (reducer_.wants_poll()) schedule_.poll_soon(work_.now());
          return;
        case api::TaskStream::Outcome::Alive: schedule_.stream_lived(work_.now(), false); return;
        case api::TaskStream::Outcome::Silent:
          if (schedule_.stream_is_dead(work_.now())) close_stream(-1);
          return;
        case api::TaskStream::Outcome::End:
          close_stream(stream_->retry_seconds().value_or(-1));
          return;
      }
    } catch (const Error& error) {
      if (error.kind == ErrorKind::Cancelled) throw;
      close_stream(-1);
    }
  }

  void close_stream(double retry) {
    stream_.reset();
    schedule_.stream_ended(work_.now(), false, retry);
  }

  void poll() {
    asked_at_ = work_.now();
    try {
      const Task news = work_.client.task(id(), work_.cancellable);
      refused_ = 0;
      last_failure_.clear();
      schedule_.polled(work_.now());
      if (reducer_.polled(news)) changed_(reducer_.task());
      if (reducer_.wants_poll()) schedule_.poll_soon(work_.now());
    } catch (const Error& error) {
      refused_ = is_refusal(error) ? refused_ + 1 : 0;
      if (error.kind == ErrorKind::Cancelled || refused_ == kRefusedTries) throw;
      if (last_failure_.empty())
        work_.warn("asking for the task failed, trying again: " + error.message);
      last_failure_ = error.message;
      schedule_.poll_failed(work_.now(), error.retry_after_seconds, error.http_status > 0);
      asked_at_ = work_.now();
    }
  }

  const Work& work_;
  const std::function<void(const Task&)>& changed_;
  TaskReducer reducer_;
  FollowSchedule schedule_;
  std::unique_ptr<api::TaskStream> stream_;
  int refused_ = 0;
  std::string last_failure_;
  double asked_at_ = work_.now();  // when the last answer was asked for, or the last poll failed
  bool looked_once_more_ = false;
};

}  // namespace

Task follow_task(const Work& work, Task task, const std::function<void(const Task&)>& changed) {
  return Follower(work, std::move(task), changed).run();
}

Task get_task(const Work& work, const std::string& task_id) {
  Backoff backoff(0.5, 15, work.random);
  for (;;) {
    try {
      return work.client.task(task_id, work.cancellable);
    } catch (const Error& error) {
      if (error.kind == ErrorKind::Cancelled || is_refusal(error)) throw;
      const double seconds =
          backoff.next(std::min(error.retry_after_seconds, kLongestRetryAfterSeconds));
      if (backoff.tries() == kGetTries || work.now() + seconds >= work.deadline) throw;
      work.wait(seconds);
    }
  }
}

}  // namespace airforce
