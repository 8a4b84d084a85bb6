// SPDX-License-Identifier: LGPL-2.1-or-later
#include "static_server.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace airforce::bench {
namespace {

// Hands out bytes at a steady pace.
class Pace {
 public:
  explicit Pace(std::uint64_t bytes_per_second) : bytes_per_second_(bytes_per_second) {}

  std::size_t step() const {
    constexpr std::size_t kMax = 1u << 20;
    if (bytes_per_second_ == 0) return kMax;
    return std::max<std::size_t>(1024, bytes_per_second_ / 100);
  }
  void spend(std::size_t bytes) {
    if (bytes_per_second_ == 0) return;
    using std::chrono::steady_clock;
    steady_clock::time_point due;
    {
      const std::lock_guard lock(mutex_);
      const std::chrono::duration<double> cost(static_cast<double>(bytes) /
                                               static_cast<double>(bytes_per_second_));
      next_ = std::max(next_, steady_clock::now()) +
              std::chrono::duration_cast<steady_clock::duration>(cost);
      due = next_;
    }
    std::this_thread::sleep_until(due);
  }

 private:
  const std::uint64_t bytes_per_second_;
  std::mutex mutex_;  // of next_
  std::chrono::steady_clock::time_point next_;
};

bool send_all(int socket, const std::string& bytes) {
  return send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_MORE) ==
         static_cast<ssize_t>(bytes.size());
}

// One request after the other until the other side closes.
void serve(int socket, const std::string& path, Pace& pace) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  fstat(file, &status);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  std::string head;
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto end_of_head = head.find("\r\n\r\n");
    if (end_of_head == std::string::npos) {
      const auto count = recv(socket, buffer.data(), buffer.size(), 0);
      if (count <= 0) break;
      head.append(buffer.data(), static_cast<std::size_t>(count));
      continue;
    }
    std::uint64_t first = 0;
    std::uint64_t last = size - 1;
    constexpr std::string_view kRange = "Range: bytes=";
    const auto range = head.find(kRange);
    if (range != std::string::npos) {
      char* dash = nullptr;
      first = std::strtoull(head.c_str() + range + kRange.size(), &dash, 10);
      if (dash[1] >= '0' && dash[1] <= '9') last = std::strtoull(dash + 1, nullptr, 10);
    }
    head.erase(0, end_of_head + 4);
    std::string answer =
        range == std::string::npos ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 206 Partial Content\r\n";
    answer += "ETag: \"bench\"\r\nAccept-Ranges: bytes\r\nContent-Length: " +
              std::to_string(last + 1 - first) + "\r\n";
    if (range != std::string::npos) {
      answer += "Content-Range: bytes " + std::to_string(first) + "-" + std::to_string(last) + "/" +
                std::to_string(size) + "\r\n";
    }
    if (!send_all(socket, answer + "\r\n")) break;
    auto offset = static_cast<off_t>(first);
    while (static_cast<std::uint64_t>(offset) <= last) {
      const auto rest = static_cast<std::size_t>(last + 1 - static_cast<std::uint64_t>(offset));
      const auto count = sendfile(socket, file, &offset, std::min(rest, pace.step()));
      if (count <= 0) {
        close(file);
        close(socket);
        return;
      }
      pace.spend(static_cast<std::size_t>(count));
    }
    const int at_once = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
  }
  close(file);
  close(socket);
}

}  // namespace

StaticServer::StaticServer(const std::string& path, std::uint64_t bytes_per_second) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener, generic, size) != 0 || listen(listener, 64) != 0 ||
      getsockname(listener, generic, &size) != 0) {
    throw std::runtime_error("no port to listen on");
  }
  port_ = ntohs(address.sin_port);
  process_ = fork();
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    Pace pace(bytes_per_second);
    for (;;) {
      const int connection = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) _exit(1);
      std::thread(serve, connection, path, std::ref(pace)).detach();
    }
  }
  close(listener);
  if (process_ < 0) throw std::runtime_error("no process for the server");
}

StaticServer::~StaticServer() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

}  // namespace airforce::bench
