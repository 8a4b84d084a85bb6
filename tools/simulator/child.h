// SPDX-License-Identifier: LGPL-2.1-or-later
// The command that is run against the simulator, and the signals that end both.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <glib.h>

namespace airforce::simulator {

/// SIGINT, SIGTERM and SIGHUP, delivered in the main loop. One at a time in a process.
class Signals {
 public:
  struct Signal {
    int number;
    /// From a process by kill(), so only we have got it. Otherwise it came from the terminal,
    /// which has sent it to the command as well.
    bool to_us_alone;
  };
  explicit Signals(std::function<void(Signal)> on_signal);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  std::function<void(Signal)> on_signal_;
  guint watch_ = 0;
};

/// A running command.
class Child {
 public:
  /// Starts it with these variables added to the environment, and calls `on_exit`, from the main
  /// loop, with the exit code as a shell gives it: 128 + n for signal n. Throws CannotStart.
  Child(const std::vector<std::string>& command,
        const std::map<std::string, std::string>& environment, std::function<void(int)> on_exit);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void send(int signal) const;

  struct CannotStart {
    int exit_code;  ///< as a shell's: 127 not found, 126 otherwise
    std::string message;
  };

 private:
  GPid pid_ = 0;
  std::function<void(int)> on_exit_;
  guint watch_ = 0;
};

}  // namespace airforce::simulator
