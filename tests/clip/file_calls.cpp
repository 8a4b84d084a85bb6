// SPDX-License-Identifier: LGPL-2.1-or-later
#include "file_calls.h"

#include <cerrno>
#include <utility>

#include <sys/syscall.h>
#include <unistd.h>

namespace airforce::test {

thread_local std::function<int()> at_next_read;
thread_local std::function<int()> at_next_write;

namespace {

bool fails(std::function<int()>& next) {
  const auto failure = std::exchange(next, nullptr);
  const int error = failure ? failure() : 0;
  if (error != 0) errno = error;
  return error != 0;
}

}  // namespace
}  // namespace airforce::test

extern "C" ssize_t pread(int file, void* bytes, size_t size, off_t offset) {
  if (airforce::test::fails(airforce::test::at_next_read)) return -1;
  return syscall(SYS_pread64, file, bytes, size, offset);
}

extern "C" ssize_t pwrite(int file, const void* bytes, size_t size, off_t offset) {
  if (airforce::test::fails(airforce::test::at_next_write)) return -1;
  return syscall(SYS_pwrite64, file, bytes, size, offset);
}
