// SPDX-License-Identifier: LGPL-2.1-or-later
// Work for background threads. Thread-safe.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <optional>
#include <utility>

#include "values/guarded.h"

namespace airforce::simulator {

class JobQueue {
 public:
  using Job = std::function<void()>;

  void push(Job job) {
    shared_.lock()->jobs.push_back(std::move(job));
    changed_.notify_one();
  }
  /// Before all that push() has added.
  void push_urgent(Job job) {
    shared_.lock()->urgent.push_back(std::move(job));
    changed_.notify_one();
  }

  /// Blocks until there is a job; unset once closed.
  std::optional<Job> take() {
    auto shared = shared_.lock();
    shared.wait(changed_,
                [&] { return shared->closed || !shared->urgent.empty() || !shared->jobs.empty(); });
    if (shared->closed) return std::nullopt;
    auto& queue = shared->urgent.empty() ? shared->jobs : shared->urgent;
    Job job = std::move(queue.front());
    queue.pop_front();
    return job;
  }

  /// Ends every take(), now and later.
  void close() {
    shared_.lock()->closed = true;
    changed_.notify_all();
  }

 private:
  struct Shared {
    std::deque<Job> urgent;
    std::deque<Job> jobs;
    bool closed = false;
  };

  std::condition_variable changed_;
  Guarded<Shared> shared_;
};

}  // namespace airforce::simulator
