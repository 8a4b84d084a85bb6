// SPDX-License-Identifier: LGPL-2.1-or-later
// The service, as far as buying goes: a file with a line for each purchase.
#pragma once

#include <sstream>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "given.h"
#include "values/error.h"

namespace airforce::testing {

class Ledger {
 public:
  explicit Ledger(std::string path) : path_(std::move(path)) {}

  // Appends in one piece. Returns the task's id.
  std::string buy(std::int64_t intent) {
    std::string task = "task-of-" + std::to_string(intent);
    const std::string line = std::to_string(intent) + " " + task + "\n";
    const int fd = open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    const bool written = write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    close(fd);
    if (!written) throw Error(ErrorKind::Internal, Step::Create, "the ledger can't be written");
    return task;
  }
  // The task that was bought for the intent, or "".
  std::string find(std::int64_t intent) const {
    std::istringstream lines(read_file(path_));
    std::int64_t id = 0;
    for (std::string task; lines >> id >> task;) {
      if (id == intent) return task;
    }
    return {};
  }

 private:
  std::string path_;
};

}  // namespace airforce::testing
