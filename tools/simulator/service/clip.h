// SPDX-License-Identifier: LGPL-2.1-or-later
// A finished clip: an open file without a name, or a file that the user gave.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <unistd.h>

namespace airforce::simulator {

/// An owned file descriptor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor() {
    if (fd_ >= 0) close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// Immutable once made; read with pread(), by any number of downloads at once. The disk space is
/// given back when the last of them, and the task, let go.
struct Clip {
  FileDescriptor file;
  int64_t size = 0;
  std::string etag;       ///< a strong entity tag, with its quotes
  std::string thumbnail;  ///< a JPEG; empty: there is none
};

}  // namespace airforce::simulator
