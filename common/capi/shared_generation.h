// SPDX-License-Identifier: LGPL-2.1-or-later
// A generation that those in this process who have equal settings share while it is open. Private
// to common/capi.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "capi/event_copy.h"
#include "capi/handles.h"
#include "values/guarded.h"

namespace airforce {

// Ends with its last user. A failure is the answer to those who use it then. Thread-safe.
//
// With reuse=always equal generations have one purchase in any case, by the store. One that nobody
// else has asked for by the time it runs then runs in its user's thread, and is not shared any
// more: waiting for a clip costs one thread, not two.
class SharedGeneration : public std::enable_shared_from_this<SharedGeneration> {
 public:
  // The one for these settings; with reuse=never a new one each time.
  static std::shared_ptr<SharedGeneration> find_or_make(const Settings& settings);

  explicit SharedGeneration(const Settings& settings);
  ~SharedGeneration();
  SharedGeneration(const SharedGeneration&) = delete;
  SharedGeneration& operator=(const SharedGeneration&) = delete;

  AirforceGeneration& inner() { return inner_; }
  void add_user(AirforceGeneration& user);
  void remove_user(AirforceGeneration& user);  // no event comes to it after this

  // Blocks until the clip is open, or until this user is cancelled, and calls the user's listener
  // meanwhile, in this thread. Throws Error.
  void run(AirforceGeneration& user);
  // Blocks until the download is complete, or until this user is cancelled. Throws Error.
  void wait_complete(const AirforceGeneration& user);
  // This user wants nothing more. Cancels the generation when no other one wants it.
  void cancel(AirforceGeneration& user);
  // Reads of all fail while one user flushes; read_at() repeats those of the others.
  void set_flushing(AirforceGeneration& user, bool flushing);
  std::size_t read_at(const AirforceGeneration& user, std::uint64_t offset, std::span<char> buffer);

 private:
  bool is_private();
  static void on_event(const AirforceEvent* event, void* self);

  int claims_ = 0;  // by find_or_make(), under its lock
  std::atomic<bool> private_ = false;
  std::atomic<bool> cancelled_ = false;
  std::atomic<bool> failed_ = false;
  std::atomic<int> wanting_ = 0;  // users that have not cancelled

  // Locked while they are called, so that removing one waits.
  Guarded<std::vector<AirforceGeneration*>> users_;
  Guarded<int> flushing_{0};  // users that flush

  struct Run {
    bool started = false;
    bool ended = false;
    std::thread::id thread;
    // The last price and the last state of the task, for those who come later.
    EventCopy price;
    EventCopy task;
    // Of those in run().
    std::map<const AirforceGeneration*, std::deque<EventCopy>> events;
  };
  struct Download {
    bool is_awaited = false;
    bool ended = false;
    std::optional<Error> failure;
  };

  Guarded<Run> run_;
  Guarded<Download> download_;
  std::condition_variable changed_;
  std::condition_variable download_changed_;

  AirforceGeneration inner_;
  std::thread runner_;  // uses all, as the next does
  std::thread waiter_;  // for the whole download
};

}  // namespace airforce
