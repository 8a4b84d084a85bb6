// SPDX-License-Identifier: LGPL-2.1-or-later
// Clients that mean harm: the simulator refuses them in bounded time and memory, and serves others.
#include <fstream>
#include <functional>
#include <thread>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "support.h"
#include "support/slowness.h"

namespace airforce::simulator::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// A connection that sends what it is given.
class Client {
 public:
  explicit Client(const Server& server) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port =
        htons(static_cast<uint16_t>(std::stoi(server.url().substr(server.url().rfind(':') + 1))));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const timeval limit = {.tv_sec = 10, .tv_usec = 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }
  ~Client() { close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Whether the other side still takes it.
  bool send(const std::string& bytes) const {
    for (size_t sent = 0; sent < bytes.size();) {
      const ssize_t now = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (now <= 0) return false;
      sent += static_cast<size_t>(now);
    }
    return true;
  }
  /// What comes next; empty at the end.
  [[nodiscard]] std::string receive() const {
    char buffer[4096];
    const ssize_t got = recv(socket_, buffer, sizeof buffer, 0);
    return {buffer, got > 0 ? static_cast<size_t>(got) : 0};
  }

 private:
  int socket_;
};

const std::string kPost =
    "POST /v1/video/generations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + std::string(kKey) +
    "\r\n";

/// Sends a piece over and over for as long as the server takes it. How much that was.
size_t send_without_end(const Client& client, const std::string& piece, size_t limit) {
  size_t sent = 0;
  while (sent < limit && client.send(piece)) sent += piece.size();
  return sent;
}

bool serves_others(const Server& server) {
  return server.get("/v1/models").status == 200;
}

TEST(Hostile, deep_json_is_a_400) {
  const Server server;
  for (const char* open : {"[", "{\"a\":", "[{\"a\":["}) {
    std::string body;
    for (int i = 0; i < 200000; ++i) body += open;
    const Reply reply = server.post("/v1/video/generations", body);
    EXPECT_EQ(reply.status, 400) << open;
  }
  // Brackets within a text are not nested.
  const Reply reply =
      server.post("/v1/video/generations",
                  R"({"model":"ltx-mini","prompt":")" + std::string(1000, '[') + "\\\"{{\"}");
  EXPECT_EQ(reply.status, 200) << reply.body;
}

TEST(Hostile, odd_json_is_a_4xx) {
  const Server server;
  const Strings bodies = {
      "",
      "null",
      "[]",
      "{",
      "\"",
      "{\"model\":",
      std::string("\0\0", 2),
      "{\"model\":{},\"prompt\":[]}",
      R"({"model":"wan-2.6","prompt":"p","duration_seconds":1e308})",
      R"({"model":"wan-2.6","prompt":"p","duration_seconds":-99999999999999999999})",
      R"({"model":"wan-2.6","prompt":"p","mode":"image","input_images":[[[]]]})",
      R"({"model":"wan-2.6","prompt":")" + std::string(3 << 20, 'x') + "\"}",
      "{\"model\":\"wan-2.6\",\"prompt\":\"\xff\xfe\"}"};
  for (const std::string& body : bodies) {
    const Reply reply = server.post("/v1/video/generations", body);
    EXPECT_GE(reply.status, 400) << body.substr(0, 60);
    EXPECT_LT(reply.status, 500) << body.substr(0, 60);
  }
  EXPECT_EQ(number_at(server.state(), "$.creates"), 0);
}

TEST(Hostile, a_huge_body_is_refused_before_it_comes) {
  const Server server;
  const auto begun = steady_clock::now();
  const Client huge(server);
  ASSERT_TRUE(huge.send(kPost + "Content-Length: 999999999999\r\n\r\n"));
  EXPECT_TRUE(huge.receive().starts_with("HTTP/1.1 413 "));
  const Client chunked(server);
  ASSERT_TRUE(chunked.send(kPost + "Transfer-Encoding: chunked\r\n\r\n"));
  EXPECT_TRUE(chunked.receive().starts_with("HTTP/1.1 411 "));
  EXPECT_LT(steady_clock::now() - begun, 2s * airforce::test::kSlowness);
}

TEST(Hostile, bodies_are_bounded_all_together) {
  const Server server;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(std::make_unique<Client>(server));
    ASSERT_TRUE(clients.back()->send(kPost + "Content-Length: 67000000\r\n\r\n"));
  }
  const auto status = [&] {
    const Client one_more(server);
    one_more.send(kPost + "Content-Length: 67000000\r\n\r\n");
    return one_more.receive();
  };
  EXPECT_TRUE(serves_others(server));
  EXPECT_TRUE(status().starts_with("HTTP/1.1 503 "));
  clients.clear();
  // Their places are free again when the server has noticed.
  std::string small;
  for (int i = 0; i < 200 && small.find("HTTP/1.1 400") == std::string::npos; ++i) {
    const Client next(server);
    next.send(kPost + "Content-Length: 1\r\n\r\n[");
    small = next.receive();
  }
  EXPECT_NE(small.find("HTTP/1.1 400"), std::string::npos);
}

TEST(Hostile, endless_headers_and_lines_are_cut) {
  const Server server;
  constexpr size_t kLimit = 256 << 20;
  const Client headers(server);
  headers.send("GET /v1/models HTTP/1.1\r\n");
  EXPECT_LT(send_without_end(headers, "X-A: " + std::string(60000, 'a') + "\r\n", kLimit), kLimit);
  const Client line(server);
  EXPECT_LT(send_without_end(line, "GET " + std::string(60000, 'a'), kLimit), kLimit);
  EXPECT_TRUE(serves_others(server));
}

TEST(Hostile, slow_clients_are_closed_in_time) {
  const Server server({"--client-timeout", "0.5"});
  std::vector<std::unique_ptr<Client>> clients;
  const Strings beginnings = {"", "GET /v1/mod", "GET /v1/models HTTP/1.1\r\nHost: x\r\n",
                              kPost + "Content-Length: 1000\r\n\r\n{\"model\""};
  const auto begun = steady_clock::now();
  for (int i = 0; i < 100; ++i) {
    clients.push_back(std::make_unique<Client>(server));
    clients.back()->send(beginnings[static_cast<size_t>(i) % beginnings.size()]);
  }
  EXPECT_TRUE(serves_others(server));
  for (const auto& client : clients)
    while (!client->receive().empty()) {
    }
  EXPECT_LT(steady_clock::now() - begun, 5s * airforce::test::kSlowness);
  // The question itself is one of them.
  int64_t open = 0;
  for (int i = 0; i < 200 && (open = number_at(server.state(), "$.open_requests")) > 1; ++i)
    std::this_thread::sleep_for(10ms);
  EXPECT_EQ(open, 1);
}

TEST(Hostile, long_fields_are_not_kept_whole) {
  const Server server;
  for (int i = 0; i < 20; ++i)
    request("GET", server.url() + "/v1/video/tasks/" + std::string(20000, 'x'),
            {{"Range", std::string(20000, 'y')}, {"Idempotency-Key", std::string(20000, 'z')}});
  EXPECT_LT(server.state().size(), 20U * 5 * 5000);
}

TEST(Hostile, a_small_file_of_a_huge_picture_is_refused) {
  // A PNG's header of 60,000 by 60,000 pixels, which would need 14 GB.
  const std::string png =
      "iVBORw0KGgoAAAANSUhEUgAA6mAAAOpgCAIAAAAPsOIVAAAADElEQVR4nGNg"
      "oD0AAABkAAGGZDw1AAAAAElFTkSuQmCC";
  const Server server;
  const auto begun = steady_clock::now();
  const Reply reply =
      server.post("/v1/video/generations", R"({"model":"kling-1","prompt":"p","mode":"image",)"
                                           R"("input_images":[{"b64_json":")" +
                                               png + R"("}]})");
  EXPECT_EQ(reply.status, 422) << reply.body;
  EXPECT_LT(steady_clock::now() - begun, 10s * airforce::test::kSlowness);
  EXPECT_TRUE(serves_others(server));
}

}  // namespace
}  // namespace airforce::simulator::test
