// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <utility>

#include <unistd.h>

namespace airforce {

// A file descriptor that closes itself.
class UniqueFd {
 public:
  explicit UniqueFd(int fd = -1) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~UniqueFd() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  // Not closed here any more.
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

}  // namespace airforce
