// SPDX-License-Identifier: LGPL-2.1-or-later
#include "other_process.h"

#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace airforce::testing {

OtherProcess::OtherProcess(const Engine& engine, std::vector<std::string> more_arguments) {
  std::vector<std::string> words = {STORE_WORKER, engine.where(), engine.cache_directory()};
  words.insert(words.end(), more_arguments.begin(), more_arguments.end());
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  int to[2];
  int from[2];
  if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe");
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to[0], 0);
  posix_spawn_file_actions_adddup2(&actions, from[1], 1);
  const int failed = posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(to[0]);
  close(from[1]);
  to_.reset(fdopen(to[1], "w"));
  from_.reset(fdopen(from[0], "r"));
  if (failed != 0) throw std::runtime_error("store_worker can't be run");
}

OtherProcess::~OtherProcess() {
  kill();
}

void OtherProcess::send(const std::string& command) {
  std::fprintf(to_.get(), "%s\n", command.c_str());
  std::fflush(to_.get());
}

std::string OtherProcess::answer() {
  std::string line;
  for (int c = std::fgetc(from_.get()); c != EOF && c != '\n'; c = std::fgetc(from_.get())) {
    line.push_back(static_cast<char>(c));
  }
  return line;
}

std::string OtherProcess::ask(const std::string& command) {
  send(command);
  return answer();
}

void OtherProcess::reap() {
  if (pid_ <= 0) return;
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = 0;
}

void OtherProcess::kill() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
  reap();
}

void OtherProcess::stop() {
  ::kill(pid_, SIGSTOP);
}

void OtherProcess::resume() {
  ::kill(pid_, SIGCONT);
}

void OtherProcess::wait() {
  reap();
}

}  // namespace airforce::testing
