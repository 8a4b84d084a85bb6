// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/owner_locks.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <random>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "values/error.h"

namespace airforce {
namespace {

constexpr std::int64_t kOpenByte = 0;  // owners are from 1 up

[[noreturn]] void fail(const std::string& path, int number) {
  const bool unsupported = number == EINVAL || number == ENOSYS || number == EOPNOTSUPP;
  throw Error(ErrorKind::Store, Step::Store,
              "The store's lock file " + path + " can't be used: " + std::strerror(number),
              unsupported ? "put the store on a local file system, or use redis://"
                          : "make its directory writable, or name another store");
}

struct flock byte_lock(short type, std::int64_t byte) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  return lock;
}

}  // namespace

std::int64_t random_id() {
  static thread_local std::random_device device;
  return std::uniform_int_distribution<std::int64_t>(1, std::int64_t{1} << 53)(device);
}

OwnerLocks::OwnerLocks(std::string path)
    : path_(std::move(path)),
      fd_(open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600)) {
  if (!fd_) fail(path_, errno);
  struct stat status {};
  // What is in its place may be a pipe or a terminal.
  if (fstat(fd_.get(), &status) != 0 || !S_ISREG(status.st_mode)) fail(path_, EACCES);
}

OwnerLocks::~OwnerLocks() {
  if (own_ != 0) unlock(own_);
}

bool OwnerLocks::marked() const {
  struct stat status {};
  return fstat(fd_.get(), &status) == 0 && status.st_size > 0;
}

void OwnerLocks::mark() {
  static constexpr char kText[] = "Locks of the airforce-video store beside this file.\n";
  if (marked()) return;
  if (pwrite(fd_.get(), kText, sizeof kText - 1, 0) < 0) fail(path_, errno);
}

bool OwnerLocks::in_place() const {
  struct stat ours {};
  struct stat there {};
  return fstat(fd_.get(), &ours) == 0 && stat(path_.c_str(), &there) == 0 &&
         ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

bool OwnerLocks::try_lock(std::int64_t byte) {
  auto lock = byte_lock(F_WRLCK, byte);
  if (fcntl(fd_.get(), F_OFD_SETLK, &lock) == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  fail(path_, errno);
}

void OwnerLocks::unlock(std::int64_t byte) {
  auto lock = byte_lock(F_UNLCK, byte);
  fcntl(fd_.get(), F_OFD_SETLK, &lock);
}

std::int64_t OwnerLocks::become_owner() {
  while (own_ == 0) {
    const std::int64_t id = random_id();
    if (try_lock(id)) own_ = id;
  }
  return own_;
}

bool OwnerLocks::lives(std::int64_t owner) const {
  if (owner == own_) return true;
  auto lock = byte_lock(F_WRLCK, owner);
  if (fcntl(fd_.get(), F_OFD_GETLK, &lock) != 0) fail(path_, errno);
  return lock.l_type != F_UNLCK;
}

OwnerLocks::OpenGuard::OpenGuard(OwnerLocks& locks, const WaitTimeout& timeouts) : locks_(locks) {
  const TimedWait wait(timeouts);
  while (!locks_.try_lock(kOpenByte)) {
    if (wait.left() <= 0) {
      if (timeouts.cancelled()) throw_cancelled();
      throw Error(ErrorKind::Store, Step::Store,
                  "The store's lock file " + locks_.path_ + " stays locked by another process",
                  "look for a process that is stopped while it opens the store");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

OwnerLocks::OpenGuard::~OpenGuard() {
  locks_.unlock(kOpenByte);
}

}  // namespace airforce
