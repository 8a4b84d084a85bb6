// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/follower.h"

#include <algorithm>
#include <utility>

#include "generation/follow_schedule.h"
#include "generation/gone.h"
#include "generation/task_reducer.h"
#include "http/url.h"
#include "retry/retry.h"

namespace airforce {
namespace {

// What a service refuses a few times in a row it refuses permanently.
constexpr int kMaxRefused = 3;
constexpr double kMaxRead = 5;  // a suspended machine stops its clock but not the deadline's

// A 404 has a rule of its own (gone.h).
bool is_refusal(const Error& error) {
  return error.kind == ErrorKind::NotAuthorized || error.kind == ErrorKind::Rejected;
}

Error timeout(const GenerationContext& context, const std::string& why) {
  Error error(ErrorKind::Timeout, Step::Follow,
              "the task was not complete within " +
                  std::to_string(static_cast<int>(context.settings.number(Parameter::timeout))) +
                  " s" + (why.empty() ? "" : " (last: " + why + ")"));
  return error;
}

class Follower {
 public:
  Follower(const GenerationContext& context, Task task,
           const std::function<void(const Task&)>& changed,
           const std::function<bool(const Task&)>& is_there)
      : context_(context),
        changed_(changed),
        is_there_(is_there),
        reducer_(std::move(task)),
        schedule_(context.settings.choice<ProgressSource>(Parameter::progress_source),
                  Seconds(context.settings.number(Parameter::poll_interval)),
                  Seconds(context.now()), context.random) {}

  Task run() {
    while (!reducer_.done()) {
      context_.check_cancelled();
      if (is_completed_early()) return completed();
      if (context_.past_deadline() && !looks_once_more()) throw timeout(context_, last_failure_);
      if (schedule_.should_poll(now())) {
        poll();
      } else if (schedule_.should_open_stream(now())) {
        open_stream();
      } else if (stream_) {
        read_stream();
      } else {
        context_.wait(schedule_.next_due() - now());
      }
    }
    return reducer_.task();
  }

 private:
  // A service that has not said so yet may have the clip all the same: worth one look. A final
  // event is confirmed first.
  bool is_completed_early() {
    const Task& task = reducer_.task();
    if (!is_there_ || has_looked_ || reducer_.wants_poll() || task.progress.value_or(0) < 100)
      return false;
    if (http::origin_of(task.result_url).empty()) return false;
    has_looked_ = true;
    return is_there_(task);
  }

  Task completed() {
    Task task = reducer_.task();
    task.status = TaskStatus::Completed;
    task.status_text = "completed";
    changed_(task);
    return task;
  }

  Seconds now() const { return Seconds(context_.now()); }
  const std::string& id() const { return reducer_.task().task_id; }

  // A machine that slept past the deadline asks before it gives up: the task has continued
  // meanwhile.
  bool looks_once_more() {
    const bool lately =
        context_.now() - asked_at_ <= context_.settings.number(Parameter::poll_interval);
    if (lately || std::exchange(looked_once_more_, true)) return false;
    poll();
    return true;
  }

  void open_stream() {
    try {
      // The head of a stream that hangs must not cost more than a poll would.
      const double seconds = std::min(context_.settings.number(Parameter::poll_interval),
                                      context_.deadline.left().count());
      stream_ = context_.client.follow(id(), std::max(seconds, 0.1), context_.cancellable);
      schedule_.stream_opened(now());
    } catch (const Error& error) {
      if (error.kind == ErrorKind::Cancelled) throw;
      // No event stream here, or none for us: polling replaces it.
      const bool permanent =
          error.kind == ErrorKind::Protocol ||
          (error.http_status >= 300 && error.http_status < 500 && error.http_status != 429);
      schedule_.stream_ended(now(), permanent, Seconds(error.retry_after_seconds));
      // Whether the run ends for a pause that is too long, a poll decides.
      if (error.kind == ErrorKind::Busy && !asks_for_too_long(error, context_.deadline))
        schedule_.pause(now(), Seconds(error.retry_after_seconds));
    }
  }

  void read_stream() {
    Task news;
    try {
      const double seconds = std::min(
          {(schedule_.next_due() - now()).count(), context_.deadline.left().count(), kMaxRead});
      switch (stream_->next(news, std::max(seconds, 0.0), context_.cancellable)) {
        case api::TaskStream::Outcome::Task: hear(news); return;
        case api::TaskStream::Outcome::Alive: schedule_.stream_lived(now(), false); return;
        case api::TaskStream::Outcome::Silent:
          if (schedule_.stream_is_dead(now())) close_stream(-1);
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

  // What says nothing new proves no more than that the stream lives, however often it comes.
  void hear(const Task& news) {
    const bool is_new = reducer_.hinted(news);
    schedule_.stream_lived(now(), is_new);
    if (is_new) changed_(reducer_.task());
    if (reducer_.wants_poll()) schedule_.poll_soon(now());
  }

  void close_stream(double retry) {
    stream_.reset();
    schedule_.stream_ended(now(), false, Seconds(retry));
  }

  void poll() {
    asked_at_ = context_.now();
    try {
      const Task news = context_.client.task(id(), context_.cancellable);
      refused_ = 0;
      gone_.answered();
      last_failure_.clear();
      schedule_.polled(now());
      if (reducer_.polled(news)) changed_(reducer_.task());
      if (reducer_.wants_poll()) schedule_.poll_soon(now());
    } catch (const Error& error) {
      if (error.kind == ErrorKind::Cancelled) throw;
      if (gone_.failed(error, context_.now(), reducer_.task().expires_at,
                       context_.client.service_time()))
        throw;
      refused_ = is_refusal(error) ? refused_ + 1 : 0;
      if (refused_ == kMaxRefused) throw;
      // An answer that is due after the deadline, or never, is no news worth waiting for.
      if (asks_for_too_long(error, context_.deadline)) throw;
      if (is_locked(error) && error.retry_after_seconds < 0) throw;
      if (last_failure_.empty())
        context_.warn("asking for the task failed, trying again: " + error.message);
      last_failure_ = error.message;
      schedule_.poll_failed(now(), Seconds(error.retry_after_seconds), error.http_status > 0);
      asked_at_ = context_.now();
    }
  }

  const GenerationContext& context_;
  const std::function<void(const Task&)>& changed_;
  const std::function<bool(const Task&)>& is_there_;
  TaskReducer reducer_;
  FollowSchedule schedule_;
  std::unique_ptr<api::TaskStream> stream_;
  int refused_ = 0;
  GoneRule gone_{context_.timeouts.gone};
  std::string last_failure_;
  double asked_at_ = context_.now();  // when the last answer was asked for, or the last poll failed
  bool looked_once_more_ = false;
  bool has_looked_ = false;  // for the clip
};

}  // namespace

Task follow_task(const GenerationContext& context, Task task,
                 const std::function<void(const Task&)>& changed,
                 const std::function<bool(const Task&)>& is_there) {
  return Follower(context, std::move(task), changed, is_there).run();
}

}  // namespace airforce
