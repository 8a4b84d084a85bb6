// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "support/slowness.h"

namespace airforce::test {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

void close_if_open(int& descriptor) {
  if (descriptor >= 0) close(descriptor);
  descriptor = -1;
}

struct Pipe {
  int read_end = -1;
  int write_end = -1;
  Pipe() {
    std::array<int, 2> ends{};
    checked(pipe2(ends.data(), O_CLOEXEC), "pipe2");
    read_end = ends[0];
    write_end = ends[1];
  }
  ~Pipe() {
    close_if_open(read_end);
    close_if_open(write_end);
  }
};

// "NAME=value" for execvpe: the test's environment without AIRFORCE_*, and `changes` over it.
std::vector<std::string> environment_with(const std::map<std::string, std::string>& changes) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string name(text.substr(0, text.find('=')));
    if (!name.starts_with("AIRFORCE_") && !changes.contains(name)) result.emplace_back(text);
  }
  for (const auto& [name, value] : changes)
    result.push_back(std::string(name).append("=").append(value));
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (std::string& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// Between fork and exec: async-signal-safe calls only.
struct Child {
  int input = -1;
  int output = -1;
  int errors = -1;
  bool terminal = false;
  const char* directory = nullptr;
  char** arguments = nullptr;
  char** environment = nullptr;

  [[noreturn]] void execute() const {
    if (terminal) {
      setsid();
      ioctl(input, TIOCSCTTY, 0);
    } else {
      setpgid(0, 0);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    // Whatever started the tests, nohup for one.
    for (const int number : {SIGPIPE, SIGINT, SIGHUP, SIGQUIT, SIGTERM}) ::signal(number, SIG_DFL);
    const bool ready = dup2(input, 0) == 0 && dup2(output, 1) == 1 && dup2(errors, 2) == 2 &&
                       (*directory == '\0' || chdir(directory) == 0);
    if (ready) execvpe(arguments[0], arguments, environment);
    _exit(127);
  }
};

}  // namespace

Process::Process(const Command& command) : started_(now()) {
  std::vector<std::string> arguments = command.arguments;
  std::vector<std::string> environment = environment_with(command.environment);
  std::vector<char*> argument_pointers = pointers(arguments);
  std::vector<char*> environment_pointers = pointers(environment);
  Child child;
  child.directory = command.directory.c_str();
  child.arguments = argument_pointers.data();
  child.environment = environment_pointers.data();
  child.terminal = command.terminal;

  Pipe input;
  Pipe output;
  Pipe errors;
  int terminal = -1;
  int file = -1;
  if (command.terminal) {
    winsize size{};
    size.ws_row = 24;
    size.ws_col = static_cast<unsigned short>(command.columns);
    checked(openpty(&output_, &terminal, nullptr, nullptr, &size), "openpty");
    fcntl(output_, F_SETFD, FD_CLOEXEC);
    child.input = child.output = child.errors = terminal;
  } else {
    child.input = input.read_end;
    child.output = output.write_end;
    child.errors = errors.write_end;
    if (command.closed_output) close_if_open(output.read_end);
  }
  if (!command.output_file.empty()) {
    file = checked(open(command.output_file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644),
                   command.output_file.c_str());
    child.output = file;
  }

  pid_ = checked(fork(), "fork");
  if (pid_ == 0) child.execute();
  close_if_open(terminal);
  close_if_open(file);
  exited_ = checked(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)), "pidfd_open");
  stopping_ = checked(eventfd(0, EFD_CLOEXEC), "eventfd");
  if (!command.terminal) {
    std::swap(output_, output.read_end);
    std::swap(errors_, errors.read_end);
    close_if_open(input.read_end);
    // A program that ends without reading its input is no failure of the test.
    const auto old_handler = ::signal(SIGPIPE, SIG_IGN);
    std::string_view rest = command.input;
    while (!rest.empty()) {
      const ssize_t count = write(input.write_end, rest.data(), rest.size());
      if (count <= 0) break;
      rest.remove_prefix(static_cast<std::size_t>(count));
    }
    ::signal(SIGPIPE, old_handler);
  }
  collector_ = std::thread([this] { collect(); });
}

Process::~Process() {
  if (!reaped_) {
    kill(-pid_, SIGKILL);
    kill(pid_, SIGKILL);
    reap(10);
  }
  if (collector_.joinable()) {
    eventfd_write(stopping_, 1);
    collector_.join();
  }
  close_if_open(output_);
  close_if_open(errors_);
  close_if_open(stopping_);
  close_if_open(exited_);
}

void Process::collect() {
  std::array<pollfd, 3> sources{pollfd{output_, POLLIN, 0}, pollfd{errors_, POLLIN, 0},
                                pollfd{stopping_, POLLIN, 0}};
  while (sources[0].fd >= 0 || sources[1].fd >= 0) {
    if (poll(sources.data(), sources.size(), -1) < 0 && errno != EINTR) break;
    bool any = false;
    for (std::size_t index = 0; index < 2; ++index) {
      if (sources[index].fd < 0 || sources[index].revents == 0) continue;
      any = true;
      std::array<char, 4096> buffer{};
      const ssize_t count = read(sources[index].fd, buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) {  // a terminal whose program is gone says EIO
        sources[index].fd = -1;
        continue;
      }
      const std::lock_guard lock(mutex_);
      (index == 0 ? output_text_ : errors_text_)
          .append(buffer.data(), static_cast<std::size_t>(count));
      changed_.notify_all();
    }
    if (!any && sources[2].revents != 0) break;
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

bool Process::reap(double seconds) {
  if (reaped_) return true;
  pollfd exited{exited_, POLLIN, 0};
  const double until = now() + seconds;
  int ready = 0;
  do {
    const double left = std::max(0.0, until - now());
    ready = poll(&exited, 1, static_cast<int>(left * 1000) + 1);
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) return false;
  reaped_ = waitpid(pid_, &status_, 0) == pid_;
  return reaped_;
}

bool Process::shows(std::string_view text, double seconds) {
  std::unique_lock lock(mutex_);
  const auto found = [&] {
    return output_text_.find(text) != std::string::npos ||
           errors_text_.find(text) != std::string::npos;
  };
  changed_.wait_for(lock, std::chrono::duration<double>(seconds * slowness()),
                    [&] { return ended_ || found(); });
  return found();
}

void Process::signal(int number) const {
  if (!reaped_) kill(pid_, number);
}

bool Process::ended() {
  return reap(0);
}

void Process::type(std::string_view keys) const {
  const ssize_t count = write(output_, keys.data(), keys.size());
  if (count != static_cast<ssize_t>(keys.size()))
    throw std::system_error(errno, std::generic_category(), "type");
}

Finished Process::wait(double seconds) {
  seconds *= slowness();
  if (!reap(seconds)) {
    kill(-pid_, SIGKILL);
    kill(pid_, SIGKILL);
    reap(10);
    throw std::runtime_error("killed after " + std::to_string(seconds) + " s; it had written:\n" +
                             output() + "\n" + errors());
  }
  // What it left in the pipes is still collected; a grandchild that holds them open does not keep
  // us.
  eventfd_write(stopping_, 1);
  if (collector_.joinable()) collector_.join();
  Finished result;
  result.exit_code = WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
  result.signal = WIFSIGNALED(status_) ? WTERMSIG(status_) : 0;
  result.output = output();
  result.errors = errors();
  result.seconds = now() - started_;
  return result;
}

std::string Process::output() const {
  const std::lock_guard lock(mutex_);
  return output_text_;
}

std::string Process::errors() const {
  const std::lock_guard lock(mutex_);
  return errors_text_;
}

Finished run(const Command& command, double seconds) {
  Process process(command);
  return process.wait(seconds);
}

}  // namespace airforce::test
