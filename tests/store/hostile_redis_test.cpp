// SPDX-License-Identifier: LGPL-2.1-or-later
// A Redis that means harm, or is none: whatever it sends, a command ends in time, in bounded
// memory, with an error.
#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "given.h"
#include "store/open_store.h"
#include "store/redis_connection.h"
#include "support/error_of.h"
#include "support/slowness.h"
#include "values/unique_fd.h"

namespace airforce::testing {
namespace {

using ::testing::HasSubstr;

constexpr double kTimeoutSeconds = 0.4;
constexpr double kMaxSeconds = 2 * kTimeoutSeconds + 1.0 * airforce::test::kSlowness;
constexpr double kPromptSeconds = 0.2 * airforce::test::kSlowness;
constexpr long kMaxMegabytes = 80;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

long peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

// Answers each request of each connection with the same bytes: at once, drop by drop, or for ever.
class FakeRedis {
 public:
  enum class Manner { AtOnce, Dripping, ForEver, ThenCloses };

  FakeRedis(std::string answer, Manner manner) : answer_(std::move(answer)), manner_(manner) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_.get(), 8), 0);
    thread_ = std::thread([this] { accept_all(); });
  }
  ~FakeRedis() {
    stop_ = true;
    thread_.join();
    for (auto& peer : peers_) peer.join();
  }
  FakeRedis(const FakeRedis&) = delete;
  FakeRedis& operator=(const FakeRedis&) = delete;

  std::string uri() const { return "redis+unix://" + path(); }

 private:
  std::string path() const { return directory_.file("s"); }
  bool readable(int fd) const {
    pollfd waits{fd, POLLIN, 0};
    while (!stop_) {
      if (poll(&waits, 1, 10) > 0) return true;
    }
    return false;
  }
  void accept_all() {
    while (readable(listener_.get())) {
      const int client = accept(listener_.get(), nullptr, nullptr);
      peers_.emplace_back([this, client] { serve(UniqueFd(client)); });
    }
  }
  bool write_all(int fd, const std::string& bytes) const {
    return send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  void serve(const UniqueFd& client) const {
    char request[65536];
    while (readable(client.get()) && read(client.get(), request, sizeof request) > 0) {
      switch (manner_) {
        case Manner::AtOnce: write_all(client.get(), answer_); break;
        case Manner::ThenCloses: write_all(client.get(), answer_); return;
        case Manner::ForEver:
          while (!stop_ && write_all(client.get(), answer_)) {
          }
          return;
        case Manner::Dripping:
          for (const char byte : answer_) {
            if (stop_ || !write_all(client.get(), std::string(1, byte))) return;
            std::this_thread::sleep_for(std::chrono::milliseconds(30));
          }
          break;
      }
    }
  }

  const TempDir directory_;
  const std::string answer_;
  const Manner manner_;
  const UniqueFd listener_{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::atomic<bool> stop_ = false;
  std::vector<std::thread> peers_;
  std::thread thread_;
};

using Manner = FakeRedis::Manner;

struct Attack {
  std::string name;
  std::string answer;
  Manner manner;
};

std::vector<Attack> attacks() {
  std::string nested;
  for (int depth = 0; depth < 100; ++depth) nested += "*1\r\n";
  return {
      {"silence", "", Manner::AtOnce},
      {"a close at once", "", Manner::ThenCloses},
      {"a close in the middle", "*3\r\n$5\r\nhel", Manner::ThenCloses},
      {"an answer that drips", "$100\r\n" + std::string(100, 'x') + "\r\n", Manner::Dripping},
      {"a length that drips", "*" + std::string(100, '0') + "1\r\n", Manner::Dripping},
      {"2^31 elements", "*2147483648\r\n", Manner::AtOnce},
      {"2^31 - 1 elements", "*2147483647\r\n", Manner::AtOnce},
      {"2^63 elements", "*9223372036854775808\r\n", Manner::AtOnce},
      {"a million elements", "*1000000\r\n", Manner::AtOnce},
      {"many arrays of many elements", "*1000\r\n*100000\r\n*100000\r\n", Manner::ForEver},
      {"2^31 bytes", "$2147483648\r\n", Manner::AtOnce},
      {"2^40 bytes", "$1099511627776\r\nx", Manner::ForEver},
      {"a line without end", std::string(4096, '+'), Manner::ForEver},
      {"a bulk without end", "$16000000\r\n" + std::string(4096, 'x'), Manner::ForEver},
      {"deep nesting", nested, Manner::AtOnce},
      {"HTTP", "HTTP/1.1 200 OK\r\n\r\n", Manner::AtOnce},
      {"zeros", std::string(4096, '\0'), Manner::ForEver},
      {"an array that never ends", "*100000\r\n", Manner::ForEver},
  };
}

TEST(HostileRedis, costs_neither_time_nor_memory) {
  for (const Attack& attack : attacks()) {
    SCOPED_TRACE(attack.name);
    const FakeRedis fake(attack.answer, attack.manner);
    const long before = peak_megabytes();
    const double started = now();
    RedisConnection connection(RedisAddress(fake.uri()), WaitTimeout(kTimeoutSeconds));
    EXPECT_EQ(test::error_of([&] { connection.command({"PING"}); }).kind, ErrorKind::Store);
    EXPECT_LT(now() - started, kMaxSeconds);
    EXPECT_LT(peak_megabytes() - before, kMaxMegabytes);
  }
}

TEST(HostileRedis, is_left_at_once_by_whoever_cancels) {
  for (const Attack& attack : attacks()) {
    if (attack.manner == Manner::ThenCloses) continue;
    SCOPED_TRACE(attack.name);
    const FakeRedis fake(attack.answer, attack.manner);
    const GObjectPtr<GCancellable> cancellable(g_cancellable_new());
    double cancelled_at = now() + 1000;
    std::thread canceller([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      cancelled_at = now();
      g_cancellable_cancel(cancellable.get());
    });
    RedisConnection connection(RedisAddress(fake.uri()), WaitTimeout(20, cancellable.get()));
    test::error_of([&] { connection.command({"PING"}); });
    const double ended_at = now();
    canceller.join();
    EXPECT_LT(ended_at - cancelled_at, kPromptSeconds);
  }
}

// Well-formed answers of a form that no script has.
TEST(HostileRedis, is_distinguished_from_a_store_by_the_form_of_its_answers) {
  for (const std::string answer :
       {":0\r\n", "*0\r\n", "*1\r\n$3\r\nnew\r\n", "*2\r\n$3\r\nnew\r\n*1\r\n$1\r\n1\r\n",
        "*2\r\n$6\r\nresume\r\n:7\r\n", "$-1\r\n", "*2\r\n*-1\r\n*-1\r\n", "+OK\r\n"}) {
    SCOPED_TRACE(answer);
    const FakeRedis fake(answer, Manner::AtOnce);
    const TempDir directory;
    const auto store = open_store(
        fake.uri(), std::make_unique<ClipCache>(directory.file("clips"), 0), system_clock());
    const Error error =
        test::error_of([&] { store->claim(request_named("fox"), Reusable::Unfinished); });
    EXPECT_EQ(error.kind, ErrorKind::Store);
    EXPECT_THAT(error.text(), HasSubstr("nothing was charged"));
  }
}

}  // namespace
}  // namespace airforce::testing
