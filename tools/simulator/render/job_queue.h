// SPDX-License-Identifier: LGPL-2.1-or-later
// Work for background threads. Thread-safe: its data is private and reached by these functions
// only.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace airforce::simulator {

class JobQueue {
 public:
  using Job = std::function<void()>;

  void push(Job job) { add(jobs_, std::move(job)); }
  /// Before all that push() has added.
  void push_urgent(Job job) { add(urgent_, std::move(job)); }

  /// Blocks until there is a job; unset once closed.
  std::optional<Job> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || !urgent_.empty() || !jobs_.empty(); });
    if (closed_) return std::nullopt;
    auto& queue = urgent_.empty() ? jobs_ : urgent_;
    Job job = std::move(queue.front());
    queue.pop_front();
    return job;
  }

  /// Ends every take(), now and later.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
  }

 private:
  void add(std::deque<Job>& queue, Job job) {
    {
      const std::lock_guard lock(mutex_);
      queue.push_back(std::move(job));
    }
    changed_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> urgent_;
  std::deque<Job> jobs_;
  bool closed_ = false;
};

}  // namespace airforce::simulator
