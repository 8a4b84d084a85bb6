// SPDX-License-Identifier: LGPL-2.1-or-later
// A real process with a store of its own, that carries out commands and can be killed.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "engine.h"

namespace airforce::testing {

// Runs store_worker; see store_worker.cpp for its commands.
class OtherProcess {
 public:
  explicit OtherProcess(const Engine& engine, std::vector<std::string> more_arguments = {});
  ~OtherProcess();
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;

  // Sends one command; waits for its answer.
  std::string ask(const std::string& command);
  void send(const std::string& command);
  std::string answer();  // "" at the end of the process
  // SIGKILL; gone when it returns.
  void kill();
  // SIGSTOP and SIGCONT.
  void stop();
  void resume();
  // Waits until it ends on its own.
  void wait();

 private:
  void reap();

  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  pid_t pid_ = 0;
  std::unique_ptr<std::FILE, Closer> to_;
  std::unique_ptr<std::FILE, Closer> from_;
};

}  // namespace airforce::testing
