// SPDX-License-Identifier: LGPL-2.1-or-later
#include "child.h"

#include <array>
#include <memory>
#include <stdexcept>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib-unix.h>

namespace airforce::simulator {
namespace {

constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};

// A signal handler can do little more than write to a pipe, which it has to find.
std::array<int, 2> signal_pipe = {-1, -1};

void on_signal(int number, siginfo_t* info, void*) {
  const Signals::Signal signal = {number, info->si_code <= 0};
  // The pipe is never full of these; and if it were, one of them is enough.
  [[maybe_unused]] const ssize_t written = write(signal_pipe[1], &signal, sizeof signal);
}

}  // namespace

Signals::Signals(std::function<void(Signal)> callback) : on_signal_(std::move(callback)) {
  if (pipe2(signal_pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    throw std::runtime_error("cannot make a pipe");
  watch_ = g_unix_fd_add(
      signal_pipe[0], G_IO_IN,
      [](gint fd, GIOCondition, gpointer data) -> gboolean {
        Signal signal = {};
        while (read(fd, &signal, sizeof signal) == sizeof signal)
          static_cast<Signals*>(data)->on_signal_(signal);
        return G_SOURCE_CONTINUE;
      },
      this);
  struct sigaction action = {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  for (const int number : kSignals) sigaction(number, &action, nullptr);
}

Signals::~Signals() {
  for (const int number : kSignals) signal(number, SIG_DFL);
  g_source_remove(watch_);
  for (const int fd : signal_pipe) close(fd);
}

Child::Child(const std::vector<std::string>& command,
             const std::map<std::string, std::string>& environment,
             std::function<void(int)> on_exit)
    : on_exit_(std::move(on_exit)) {
  std::vector<char*> arguments;
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  std::unique_ptr<char*, decltype(&g_strfreev)> variables(g_get_environ(), g_strfreev);
  for (const auto& [name, value] : environment)
    variables.reset(g_environ_setenv(variables.release(), name.c_str(), value.c_str(), TRUE));

  GError* error = nullptr;
  const auto flags = static_cast<GSpawnFlags>(G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                                              G_SPAWN_CHILD_INHERITS_STDIN);
  if (!g_spawn_async(nullptr, arguments.data(), variables.get(), flags, nullptr, nullptr, &pid_,
                     &error)) {
    const CannotStart failure = {
        g_error_matches(error, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT) ? 127 : 126, error->message};
    g_error_free(error);
    throw failure;
  }
  watch_ = g_child_watch_add(
      pid_,
      [](GPid, gint status, gpointer data) {
        auto* self = static_cast<Child*>(data);
        self->watch_ = 0;
        self->on_exit_(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
      },
      this);
}

Child::~Child() {
  if (watch_) g_source_remove(watch_);
}

void Child::send(int signal) const {
  kill(pid_, signal);
}

}  // namespace airforce::simulator
