// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace airforce {

// Data that can only be reached while its mutex is held:
//
//   Guarded<State> state_;
//   state_.lock()->count += 1;             // for one expression
//   auto state = state_.lock();            // for a block
//   state.wait(changed_, [&] { return state->done; });
//
// Where two are held at once, the order is stated at the outer one. `Mutex`: a recursive one where
// the data is a function that may come back.
template <typename T, typename Mutex = std::mutex>
class Guarded {
 public:
  template <typename Value>
  class Lock {
   public:
    Lock(Mutex& mutex, Value& value) : lock_(mutex), value_(value) {}
    Lock(std::unique_lock<Mutex> lock, Value& value) : lock_(std::move(lock)), value_(value) {}

    Value& operator*() const { return value_; }
    Value* operator->() const { return &value_; }

    // The data may change during a wait, as with any condition variable.
    template <typename Predicate>
    void wait(std::condition_variable& condition, Predicate predicate) {
      condition.wait(lock_, predicate);
    }
    // Returns at the next notification, at the latest after `duration`.
    template <typename Duration>
    void wait_for(std::condition_variable& condition, Duration duration) {
      condition.wait_for(lock_, duration);
    }
    template <typename Duration, typename Predicate>
    bool wait_for(std::condition_variable& condition, Duration duration, Predicate predicate) {
      return condition.wait_for(lock_, duration, predicate);
    }
    // Lets others at the data while `work` runs, which must not use this lock.
    template <typename Work>
    void unlocked(Work work) {
      lock_.unlock();
      work();
      lock_.lock();
    }

   private:
    std::unique_lock<Mutex> lock_;
    Value& value_;
  };

  template <typename... Arguments>
  explicit Guarded(Arguments&&... arguments) : value_(std::forward<Arguments>(arguments)...) {}

  Lock<T> lock() { return Lock<T>(mutex_, value_); }
  // Unset while somebody else has it.
  std::optional<Lock<T>> try_lock() {
    std::unique_lock<Mutex> lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock()) return std::nullopt;
    return std::optional<Lock<T>>(std::in_place, std::move(lock), value_);
  }
  Lock<const T> lock() const { return Lock<const T>(mutex_, value_); }

 private:
  mutable Mutex mutex_;
  T value_;
};

}  // namespace airforce
