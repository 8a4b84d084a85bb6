// SPDX-License-Identifier: LGPL-2.1-or-later
// Real programs as processes: with their own environment, on pipes or on a terminal, and never for
// ever.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sys/types.h>

namespace airforce::test {

struct Command {
  std::vector<std::string> arguments;  // the program first, looked up in PATH if it has no '/'
  std::map<std::string, std::string>
      environment;             // over the test's own, from which all AIRFORCE_* are taken away
  std::string directory;       // to run in; "" for the test's own
  std::string input;           // for standard input, which then ends
  std::string output_file;     // opened for writing as standard output, such as /dev/full
  bool closed_output = false;  // standard output is a pipe that nobody reads
  bool terminal =
      false;         // all three streams on a new terminal, which gets Ctrl-C as a person's would
  int columns = 80;  // of that terminal
};

struct Finished {
  int exit_code = -1;  // -1 if a signal ended it
  int signal = 0;
  std::string output;  // of a terminal: everything that it showed
  std::string errors;
  double seconds = 0;
};

// A running program in a process group of its own; killed, with its group, when this object goes.
class Process {
 public:
  explicit Process(const Command& command);  // throws std::system_error
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Waits until standard output or error contains `text`; false if the program ended, or the time
  // passed, before it did. Seconds are those of a program without a sanitizer on an idle machine
  // (slowness()).
  bool shows(std::string_view text, double seconds = 20);
  void signal(int number) const;
  // Writes to the terminal as a keyboard does; "\x03" is Ctrl-C.
  void type(std::string_view keys) const;
  // Waits for its end. Kills it and throws std::runtime_error, with what it had written, when the
  // time passes; seconds as above.
  Finished wait(double seconds = 30);
  bool ended();
  pid_t pid() const { return pid_; }
  // What it has written so far.
  std::string output() const;
  std::string errors() const;

 private:
  void collect();
  bool reap(double seconds);

  pid_t pid_ = -1;
  int exited_ = -1;  // pidfd
  int output_ = -1;  // what the program writes to standard output, or the terminal's other end
  int errors_ = -1;
  int stopping_ = -1;  // eventfd: the collector is to end
  int status_ = 0;
  bool reaped_ = false;
  double started_ = 0;
  mutable std::mutex mutex_;  // protects the two strings and the flag
  std::condition_variable changed_;
  std::string output_text_;
  std::string errors_text_;
  bool ended_ = false;  // nothing more will be collected
  std::thread collector_;
};

// Starts it and waits for its end.
Finished run(const Command& command, double seconds = 30);

}  // namespace airforce::test
