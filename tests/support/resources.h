// SPDX-License-Identifier: LGPL-2.1-or-later
// What this process has used.
#pragma once

#include <fstream>
#include <string>

#include <sys/resource.h>

namespace airforce::test {

// The number after `name` ("VmHWM:") in a file of /proc; -1 if it is not there.
inline double number_in(const char* path, const std::string& name) {
  std::ifstream file(path);
  std::string word;
  double value = -1;
  while (file >> word && word != name) continue;
  file >> value;
  return value;
}

// The most memory that it has had, in bytes.
inline double peak_memory() {
  return number_in("/proc/self/status", "VmHWM:") * 1024;
}

// CPU time of all its threads.
inline double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace airforce::test
