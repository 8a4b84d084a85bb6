// SPDX-License-Identifier: LGPL-2.1-or-later
// Who is alive, as the kernel knows it. Each owner holds a lock on one byte of a file beside the
// store; whoever finds the byte unlocked knows that the owner is gone, the very moment it dies and
// across containers. No process ids, no heartbeat, no clock.
//
// The locks are open file description locks: two owners in one process conflict like two
// processes. They need a file of their own, because SQLite's POSIX locks on the database would be
// dropped by any close() of it in this process.
#pragma once

#include <cstdint>
#include <string>

#include "store/wait_timeout.h"
#include "values/unique_fd.h"

namespace airforce {

// One owner's view of the lock file. Not thread-safe. Functions throw Error{Store}.
class OwnerLocks {
 public:
  // Opens the file, creating it (0600) if needed. Not an owner yet.
  explicit OwnerLocks(std::string path);
  // Ends the ownership for sure: a child that was forked a moment ago, and has not called exec yet,
  // shares the lock file's description, so closing it here would not be enough.
  ~OwnerLocks();
  OwnerLocks(const OwnerLocks&) = delete;
  OwnerLocks& operator=(const OwnerLocks&) = delete;

  const std::string& path() const { return path_; }
  // Whether mark() was ever called on this file.
  bool marked() const;
  void mark();
  // Whether the file is still the one at path().
  bool in_place() const;

  // Becomes an owner that nobody else is or was, until destruction. Returns its id: 1 to 2^53.
  std::int64_t become_owner();
  // Whether that owner lives; its own id does.
  bool lives(std::int64_t owner) const;

  // Taken by whoever opens, repairs or replaces the store; held until the guard is destroyed.
  class OpenGuard {
   public:
    // Throws Error{Cancelled} too.
    OpenGuard(OwnerLocks& locks, const WaitTimeout& timeouts);
    ~OpenGuard();
    OpenGuard(const OpenGuard&) = delete;
    OpenGuard& operator=(const OpenGuard&) = delete;

   private:
    OwnerLocks& locks_;
  };

 private:
  bool try_lock(std::int64_t byte);
  void unlock(std::int64_t byte);

  std::string path_;
  UniqueFd fd_;
  std::int64_t own_ = 0;
};

// A random number from 1 to 2^53, which is exact in SQLite, Lua and JSON alike.
std::int64_t random_id();

}  // namespace airforce
