// SPDX-License-Identifier: LGPL-2.1-or-later
// Cancelling from another thread while the one that is cancelled is at work, and then ends.
#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include <gio/gio.h>
#include <gtest/gtest.h>

#include "http/session.h"
#include "raw_server.h"

namespace airforce::http {
namespace {

using test::RawConnection;
using test::RawServer;

constexpr int kThreads = 4;
constexpr int kRounds = 250;  // of each

// Found by chance alone, and more often with MALLOC_PERTURB_, as `meson test` sets it.
TEST(CancelRace, a_cancel_may_meet_the_end_of_the_thread_that_it_is_for) {
  const RawServer server([](RawConnection& connection, int) {
    if (connection.read_request().empty()) return;
    connection.write("HTTP/1.1 200 OK\r\n\r\n");
    while (connection.write("x")) std::this_thread::yield();
  });
  const auto session = make_session("airforce-test/1");
  const auto cancel_again_and_again = [&] {
    for (int round = 0; round < kRounds; ++round) {
      const GObjectPtr<GCancellable> cancellable(g_cancellable_new());
      std::atomic<bool> reads = false;
      std::thread reader([&] {
        Request request;
        request.url = server.url("/");
        try {
          const auto stream = session->open(request, cancellable.get());
          std::array<char, 64> buffer;
          for (std::size_t count = 0;;) {
            stream->read(buffer, count, 10, cancellable.get());
            reads = true;
          }
        } catch (const TransportError& error) {
          EXPECT_EQ(error.kind, TransportError::Kind::Cancelled) << error.message;
          reads = true;
        }
      });
      while (!reads) std::this_thread::yield();
      g_cancellable_cancel(cancellable.get());
      reader.join();
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(cancel_again_and_again);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace airforce::http
