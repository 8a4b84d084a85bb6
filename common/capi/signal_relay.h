// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "values/guarded.h"

namespace airforce {

// Carries a request out of a signal handler, where no lock may be taken, to a thread that may: the
// handler sets a flag and writes to an eventfd. One thread for the process, started with the first
// ticket; lives as long as the process.
class SignalRelay {
 public:
  struct Entry {
    std::atomic<bool> raised = false;
    std::function<void()> action;
  };
  using Ticket = Entry*;

  static SignalRelay& instance();
  // `action` will be called from the relay's thread after raise(ticket).
  Ticket add(std::function<void()> action);
  // `action` is not called any more. nullptr is allowed.
  static void remove(Ticket ticket);
  // Async-signal-safe. nullptr is allowed and does nothing.
  static void raise(Ticket ticket);

 private:
  SignalRelay();
  void run();

  static std::atomic<int> event_fd_;
  Guarded<std::vector<std::unique_ptr<Entry>>> entries_;  // locked while an action is called
};

}  // namespace airforce
