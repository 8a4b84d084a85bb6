// SPDX-License-Identifier: LGPL-2.1-or-later
// Downloads over real sockets: what HTTP and its connections can do to a clip.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "clip/clip.h"
#include "outcome.h"
#include "raw_server.h"
#include "sample_clip.h"
#include "support/resources.h"
#include "support/temp_dir.h"

namespace airforce::test {
namespace {

using namespace std::chrono_literals;

// Forgets what was before, and returns what it has now.
double peak_memory_from_now() {
  std::ofstream("/proc/self/clear_refs") << "5";
  return peak_memory();
}

class DownloadHttp : public testing::Test {
 protected:
  DownloadHttp() {
    options_.task_id = "vid_1";
    options_.cache_directory = directory_.path();
    options_.limits.first_wait = Seconds(0.001);
  }

  // The script begins when the request has been read.
  Clip& start(RawServer::Script script, const std::string& path = "/clip.mp4") {
    clip_.reset();
    server_ = std::make_unique<RawServer>(
        [script = std::move(script)](RawConnection& connection, int number) {
          if (!connection.read_request().empty()) script(connection, number);
        });
    session_ = http::make_session("test");
    client_ = std::make_unique<api::Client>(*session_, "http://127.0.0.1:1", "sk-canary");
    clip_ = download_clip(
        *client_, [url = server_->url(path)](bool, GCancellable*) { return url; }, options_);
    return *clip_;
  }

  std::string completed() { return test::completed(*clip_); }
  Error failure() { return failure_of(*clip_); }

  // The end of everything, though the server says nothing more.
  void cancel() {
    clip_->cancel();
    EXPECT_EQ(failure().kind, ErrorKind::Cancelled);
    clip_.reset();
  }

  // The head of a 206 from `first` on.
  std::string partial(std::size_t first) const { return partial(first, bytes_.size()); }
  static std::string partial(std::size_t first, std::size_t size) {
    return "HTTP/1.1 206 Partial Content\r\nETag: \"one\"\r\nContent-Range: bytes " +
           std::to_string(first) + "-" + std::to_string(size - 1) + "/" + std::to_string(size) +
           "\r\nContent-Length: " + std::to_string(size - first) + "\r\nConnection: close\r\n\r\n";
  }
  void serve(RawConnection& connection) const {
    const auto first = connection.range_first();
    connection.write(partial(first) + bytes_.substr(first));
  }

  static std::string chunk(const std::string& bytes) {
    char size[20];
    g_snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    return size + bytes + "\r\n";
  }

  const std::string bytes_ = faststart_clip(400'000);
  TempDir directory_;
  ClipOptions options_;
  std::unique_ptr<RawServer> server_;

 private:
  std::unique_ptr<http::Session> session_;
  std::unique_ptr<api::Client> client_;
  std::unique_ptr<Clip> clip_;
};

TEST_F(DownloadHttp, gives_the_clip_byte_for_byte) {
  start([this](RawConnection& connection, int) { serve(connection); });
  EXPECT_EQ(completed(), bytes_);
}

TEST_F(DownloadHttp, resumes_after_a_reset_and_after_an_early_close) {
  for (const bool reset : {true, false}) {
    start([&, reset](RawConnection& connection, int number) {
      if (number > 0) return serve(connection);
      connection.write(partial(0) + bytes_.substr(0, 150'000));
      if (reset) connection.reset();
    });
    EXPECT_EQ(completed(), bytes_);
    EXPECT_EQ(server_->connections(), 2);
  }
}

TEST_F(DownloadHttp, resumes_after_a_connection_that_closes_before_it_answers) {
  start([this](RawConnection& connection, int number) {
    if (number > 2) serve(connection);
  });
  EXPECT_EQ(completed(), bytes_);
}

TEST_F(DownloadHttp, resumes_after_silence) {
  options_.limits.stall = Seconds(0.05);
  start([this](RawConnection& connection, int number) {
    if (number > 0) return serve(connection);
    connection.write(partial(0) + bytes_.substr(0, 150'000));
    connection.wait_for_close();
  });
  EXPECT_EQ(completed(), bytes_);
}

TEST_F(DownloadHttp, waits_for_a_slow_drip) {
  options_.limits.stall = Seconds(1);
  options_.limits.tries = 1;
  start([this](RawConnection& connection, int) {
    connection.write(partial(0));
    for (int byte = 0; byte < 50; ++byte) {
      connection.write(bytes_.substr(static_cast<std::size_t>(byte), 1));
      std::this_thread::sleep_for(2ms);
    }
    connection.write(bytes_.substr(50));
  });
  EXPECT_EQ(completed(), bytes_);
}

TEST_F(DownloadHttp, takes_chunks_without_a_length) {
  start([this](RawConnection& connection, int) {
    connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
                     chunk(bytes_.substr(0, 100'000)) + chunk(bytes_.substr(100'000)) +
                     "0\r\n\r\n");
  });
  EXPECT_EQ(completed(), bytes_);
}

TEST_F(DownloadHttp, starts_over_after_chunks_that_are_cut) {
  start([this](RawConnection& connection, int number) {
    connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
                     chunk(bytes_.substr(0, 100'000)));
    if (number > 0) connection.write(chunk(bytes_.substr(100'000)) + "0\r\n\r\n");
  });
  EXPECT_EQ(completed(), bytes_);
}

TEST_F(DownloadHttp, takes_what_only_the_close_of_the_connection_ends) {
  start([this](RawConnection& connection, int number) {
    connection.write("HTTP/1.0 200 OK\r\n\r\n" +
                     (number == 0 ? bytes_.substr(0, 100'000) : bytes_));
  });
  EXPECT_EQ(completed(), bytes_);
  EXPECT_EQ(server_->connections(), 2) << "the first was shorter than its boxes say";
}

TEST_F(DownloadHttp, follows_redirects) {
  start(
      [this](RawConnection& connection, int) {
        if (connection.path() == "/clip.mp4") return serve(connection);
        connection.write("HTTP/1.1 302 Found\r\nLocation: /clip.mp4\r\nContent-Length: 0\r\n\r\n");
      },
      "/moved");
  EXPECT_EQ(completed(), bytes_);
}

TEST_F(DownloadHttp, does_not_go_round_in_circles) {
  start([](RawConnection& connection, int) {
    connection.write("HTTP/1.1 302 Found\r\nLocation: /clip.mp4\r\nContent-Length: 0\r\n\r\n");
  });
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::Protocol);
  EXPECT_EQ(error.charge, Charge::Announced);
  EXPECT_LE(server_->connections(), 6) << "that is no reason to try again";
}

// tests/bench/download_bench.cpp measures how soon.
TEST_F(DownloadHttp, cancel_ends_it_wherever_it_is_though_nothing_more_comes) {
  options_.limits.first_wait = Seconds(3600);
  options_.limits.max_wait = Seconds(3600);
  options_.limits.stall = Seconds(3600);
  start([](RawConnection& connection, int) { connection.wait_for_close(); });
  while (server_->connections() == 0) std::this_thread::sleep_for(1ms);
  cancel();  // waiting for an answer

  start([this](RawConnection& connection, int) {
    connection.write(partial(0));
    connection.wait_for_close();
  });
  while (server_->connections() == 0) std::this_thread::sleep_for(1ms);
  cancel();  // for the first byte

  const Clip* clip = &start([this](RawConnection& connection, int) {
    connection.write(partial(0) + bytes_.substr(0, 100'000));
    connection.wait_for_close();
  });
  while (clip->available(0) < 100'000) std::this_thread::sleep_for(1ms);
  cancel();  // in the middle of the body

  constexpr std::size_t kFar = 40'000'000;
  Clip& jumped_in = start([this](RawConnection& connection, int number) {
    if (number == 0) connection.write(partial(0, kFar) + bytes_.substr(0, 100'000));
    connection.wait_for_close();
  });
  while (jumped_in.available(0) < 100'000) std::this_thread::sleep_for(1ms);
  std::thread reader([&jumped_in] {
    char last = 0;
    EXPECT_THROW(jumped_in.read_at(kFar - 1, {&last, 1}), Error);
  });
  while (server_->connections() < 2) std::this_thread::sleep_for(1ms);
  jumped_in.cancel();
  reader.join();
  cancel();  // while what lies far ahead is fetched

  start([](RawConnection& connection, int) {
    connection.write("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
  });
  while (server_->connections() == 0) std::this_thread::sleep_for(1ms);
  cancel();  // between two tries
}

TEST_F(DownloadHttp, ends_at_once_while_the_task_is_asked_for_its_url) {
  const auto session = http::make_session("test");
  api::Client client(*session, "http://127.0.0.1:1", "sk-canary");
  const auto wait_for_cancel = [](bool, GCancellable* cancellable) -> std::string {
    GPollFD poll{};
    g_cancellable_make_pollfd(cancellable, &poll);
    g_poll(&poll, 1, -1);
    g_cancellable_release_fd(cancellable);
    throw Error(ErrorKind::Cancelled, Step::Follow, "cancelled");
  };
  auto clip = download_clip(client, wait_for_cancel, options_);
  clip->cancel();
  EXPECT_THROW(clip->wait_complete(), Error);
}

TEST_F(DownloadHttp, takes_no_more_memory_for_a_large_clip) {
  constexpr std::uint64_t kSize = 128 << 20;
  constexpr double kBound = 16 << 20;  // of growth, the server's part in this process included
  const auto head = box("ftyp", "isom0000") + box("moov", box("trak", "")) +
                    std::string("\x08\x01\x00\x00mdat", 8);
  const std::string piece(64 * 1024, 'x');
  const auto size = head.size() - 8 + 0x08010000;
  ASSERT_GT(size, kSize);
  const auto before = peak_memory_from_now();
  auto& download = start([&](RawConnection& connection, int) {
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
                     head);
    for (auto rest = size - head.size(); rest > 0;) {
      const auto count = std::min<std::uint64_t>(rest, piece.size());
      if (!connection.write(std::string_view(piece).substr(0, count))) return;
      rest -= count;
    }
  });
  std::vector<char> buffer(64 * 1024);
  std::uint64_t offset = 0;
  while (const auto count = download.read_at(offset, buffer)) offset += count;
  EXPECT_EQ(offset, size);
  EXPECT_LT(peak_memory() - before, kBound);
}

TEST_F(DownloadHttp, keeps_the_clip_under_its_name) {
  options_.location = directory_.file("clip.mp4");
  write_file(options_.location, "old");
  start([this](RawConnection& connection, int number) {
    if (number == 0) {
      EXPECT_EQ(read_file(options_.location), "old");
    }
    serve(connection);
  });
  EXPECT_EQ(completed(), bytes_);
  EXPECT_EQ(read_file(options_.location), bytes_);
  EXPECT_EQ(directory_.entries(), std::vector<std::string>{"clip.mp4"});
}

}  // namespace
}  // namespace airforce::test
