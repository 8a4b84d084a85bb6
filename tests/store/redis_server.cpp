// SPDX-License-Identifier: LGPL-2.1-or-later
#include "redis_server.h"

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

#include "store/redis_connection.h"
#include "values/glib_ptr.h"
#include "values/unique_fd.h"

namespace airforce::testing {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

int free_port() {
  const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) return 0;
  getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

RedisServer::RedisServer(std::string program, std::vector<std::string> more_arguments)
    : program_(std::move(program)), more_arguments_(std::move(more_arguments)) {
  start();
}

RedisServer::~RedisServer() {
  kill();
}

std::string RedisServer::uri(const std::string& user_info) const {
  return "redis://" + (user_info.empty() ? "" : user_info + "@") +
         "127.0.0.1:" + std::to_string(port_) +
         "/3?lease_seconds=" + std::to_string(kTestLeaseSeconds);
}

void RedisServer::start() {
  const bool again = port_ != 0;
  for (int tries = 0; tries < 20; ++tries) {
    if (!again) port_ = free_port();  // somebody else may be faster: then another one
    std::vector<std::string> words = {
        program_,  "--port",          std::to_string(port_), "--bind", "127.0.0.1",
        "--dir",   directory_.path(), "--unixsocket",        socket(), "--loglevel",
        "warning", "--logfile",       directory_.file("log")};
    const auto with = [&](const std::string& name, const std::string& value) {
      for (const auto& word : more_arguments_) {
        if (word == name) return;
      }
      words.insert(words.end(), {name, value});
    };
    with("--save", "");
    words.insert(words.end(), more_arguments_.begin(), more_arguments_.end());
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() == parent) execv(arguments[0], arguments.data());
      _exit(127);
    }
    for (int waits = 0; waits < 1000; ++waits) {
      if (is_ready()) return;
      if (waitpid(pid_, nullptr, WNOHANG) == pid_) break;  // the port was taken
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  throw std::runtime_error(program_ + " does not start");
}

// By its own socket, where nobody else listens, and with an answer: it may still be loading.
bool RedisServer::is_ready() const {
  if (!std::filesystem::exists(socket())) return false;
  try {
    RedisConnection(RedisAddress("unix://" + socket()), WaitTimeout(1)).command({"PING"});
  } catch (const Error& error) {
    return error.message.find("password") != std::string::npos;
  }
  return true;
}

void RedisServer::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
  std::filesystem::remove(socket());
}

void RedisServer::stop() {
  ::kill(pid_, SIGSTOP);
}

void RedisServer::resume() {
  ::kill(pid_, SIGCONT);
}

std::vector<std::string> redis_programs() {
  std::vector<std::string> programs;
  for (const auto* name : {"valkey-server", "redis-server"}) {
    const GCharPtr path(g_find_program_in_path(name));
    if (path != nullptr) programs.emplace_back(path.get());
  }
  return programs;
}

}  // namespace airforce::testing
