// SPDX-License-Identifier: LGPL-2.1-or-later
// What is fetched out of order, for a reader far behind what has arrived so far.
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "download_fixture.h"
#include "support/error_of.h"
#include "support/slowness.h"

namespace airforce::test {
namespace {

using namespace std::chrono_literals;

// A clip of which the first connection gives the beginning and then waits, while a reader wants
// what is far behind.
class FetchAhead : public DownloadFixture {
 protected:
  static constexpr std::uint64_t kChunk = 64 * 1024;
  static constexpr std::uint64_t kFar = 20 * kChunk;

  // `ahead` makes the answer to each other connection, numbered from 0.
  DownloadedClip& hold(std::function<void(Answering&, const Request&, int)> ahead) {
    return start(
        [this, ahead = std::move(ahead), others = 0](const Request& request, int number) mutable {
          Answering answering{.content = clip_, .chunk = kChunk};
          if (number == 0) {
            answering.gate_at = 2 * kChunk;
            answering.gate = gate_;
          } else {
            ahead(answering, request, others++);
          }
          return answering;
        });
  }
  std::future<std::string> reading(DownloadedClip& download, std::uint64_t offset) {
    return std::async(std::launch::async,
                      [&download, offset] { return read(download, offset, 9); });
  }
  void wait_for_requests(std::size_t count) const {
    while (source_->requests().size() < count) std::this_thread::sleep_for(1ms);
  }

  const std::string clip_ = faststart_clip(3u << 20);
  const std::string plain_ = plain_clip(3u << 20);
  const std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
};

TEST_F(FetchAhead, does_not_hurt_the_sequential_fetch_by_its_failure) {
  auto& download = start([&](const Request& request, int) {
    Answering answering{.content = plain_, .chunk = kChunk};
    if (request.range->first > 0) answering.status = 500;
    return answering;
  });
  EXPECT_EQ(read(download, plain_.size() - 10, 10), plain_.substr(plain_.size() - 10));
  EXPECT_EQ(completed(), plain_);
}

TEST_F(FetchAhead, does_not_slow_the_sequential_fetch_without_a_response) {
  auto& download = start([&](const Request& request, int) {
    Answering answering{.content = plain_, .chunk = kChunk};
    if (request.range->first > 0) {
      answering.gate_at = request.range->first;
      answering.gate = std::make_shared<Gate>();
    }
    return answering;
  });
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(read(download, plain_.size() - 10, 10), plain_.substr(plain_.size() - 10));
  EXPECT_EQ(completed(), plain_);
  EXPECT_LT(std::chrono::steady_clock::now() - before, kSlowness * 5s);
}

TEST_F(FetchAhead, ignores_bytes_of_another_version) {
  const auto second = plain_clip(3u << 20, 2);
  for (const bool if_range : {true, false}) {
    auto& download = start([&](const Request& request, int) {
      Answering answering{.content = plain_, .if_range = if_range, .chunk = kChunk};
      if (request.range->first > 0) {
        answering.content = second;
        answering.etag = "\"two\"";
      }
      return answering;
    });
    EXPECT_EQ(read(download, plain_.size() - 10, 10), plain_.substr(plain_.size() - 10));
    EXPECT_EQ(completed(), plain_);
  }
}

TEST_F(FetchAhead, continues_after_a_failure) {
  auto& download = hold([](Answering& answering, const Request&, int number) {
    if (number == 0) answering.status = 500;
    if (number == 1) answering.lost_at = kFar + kChunk;
  });
  EXPECT_EQ(read(download, kFar, 9), clip_.substr(kFar, 9));
  EXPECT_EQ(read(download, kFar + 2 * kChunk, 9), clip_.substr(kFar + 2 * kChunk, 9));
  gate_->open();
  EXPECT_EQ(completed(), clip_);
}

TEST_F(FetchAhead, is_not_tried_again_at_once_after_a_permanent_failure) {
  auto& download = hold([](Answering& answering, const Request&, int) { answering.status = 500; });
  auto wanted = reading(download, kFar);
  wait_for_requests(4);
  std::this_thread::sleep_for(500ms);  // the reader says again what he wants every 0.2 s
  EXPECT_EQ(source_->requests().size(), 4u);
  gate_->open();
  EXPECT_EQ(wanted.get(), clip_.substr(kFar, 9));
  EXPECT_EQ(completed(), clip_);
}

TEST_F(FetchAhead, makes_way_for_a_reader_elsewhere_when_it_hangs) {
  const auto stuck = std::make_shared<Gate>();
  auto& download = hold([&](Answering& answering, const Request& request, int) {
    answering.gate = stuck;
    if (request.range->first == kFar) answering.gate_at = kFar;
  });
  auto wanted = reading(download, kFar);
  ASSERT_TRUE(stuck->wait_for_somebody());
  const auto end = clip_.size() - 9;
  EXPECT_EQ(read(download, end, 9), clip_.substr(end));
  gate_->open();
  stuck->open();
  EXPECT_EQ(wanted.get(), clip_.substr(kFar, 9));
  EXPECT_EQ(completed(), clip_);
}

TEST_F(FetchAhead, believes_a_clip_identified_by_its_size_if_the_size_is_sent) {
  for (const bool gives_size : {true, false}) {
    const auto gate = std::make_shared<Gate>();
    auto& download = start([&](const Request& request, int number) {
      Answering answering{.content = clip_, .etag = "", .chunk = kChunk};
      if (number == 0) {
        answering.gate_at = 2 * kChunk;
        answering.gate = gate;
      } else if (!gives_size) {
        answering.content_range = "bytes " + std::to_string(request.range->first) + "-" +
                                  std::to_string(clip_.size() - 1) + "/*";
      }
      return answering;
    });
    auto wanted = reading(download, kFar);
    wait_for_requests(2);
    if (!gives_size) gate->open();
    EXPECT_EQ(wanted.get(), clip_.substr(kFar, 9));
    gate->open();
    EXPECT_EQ(completed(), clip_);
  }
}

TEST_F(FetchAhead, is_not_tried_where_nobody_knows_how_large_the_clip_is) {
  auto& download = start([&](const Request& request, int number) {
    Answering answering{.content = clip_, .length = false, .chunk = kChunk};
    if (number == 0) {
      answering.content_range = "bytes 0-" + std::to_string(clip_.size() - 1) + "/*";
      answering.gate_at = 2 * kChunk;
      answering.gate = gate_;
    }
    EXPECT_TRUE(number == 0 || request.range->first == clip_.size());
    return answering;
  });
  auto wanted = reading(download, kFar);
  ASSERT_TRUE(gate_->wait_for_somebody());
  std::this_thread::sleep_for(50ms);
  gate_->open();
  EXPECT_EQ(wanted.get(), clip_.substr(kFar, 9));
  EXPECT_EQ(completed(), clip_);
}

// The first connection gets to where the second is about to begin, and leaves the rest to it while
// that lives.
TEST_F(FetchAhead, is_waited_for_where_it_is_about_to_bring_what_comes_next_unless_it_hangs) {
  for (const bool hangs : {false, true}) {
    still_clock_.now = 0;
    clock_ = &still_clock_;
    const auto gate = std::make_shared<Gate>();
    const auto ahead = std::make_shared<Gate>();
    auto& download = start([&](const Request&, int number) {
      Answering answering{.content = clip_, .chunk = kChunk};
      if (number == 0) answering.gate = gate;
      if (number == 0) answering.gate_at = 2 * kChunk;
      if (number == 1) answering.gate = ahead;
      if (number == 1) answering.gate_at = kFar;
      return answering;
    });
    auto wanted = std::async(std::launch::async,
                             [&] { return error_of([&] { read(download, kFar, 9); }).kind; });
    ASSERT_TRUE(ahead->wait_for_somebody());
    download.set_flushing(true);  // or the first connection would wait for the reader's sake
    EXPECT_EQ(wanted.get(), ErrorKind::Interrupted);
    download.set_flushing(false);
    gate->open();
    while (download.available(0) < static_cast<std::int64_t>(kFar))
      std::this_thread::sleep_for(1ms);
    std::this_thread::sleep_for(50ms);
    EXPECT_EQ(source_->requests().size(), 2u);
    if (hangs) still_clock_.now = 1;
    if (!hangs) ahead->open();
    EXPECT_EQ(completed(), clip_);
    if (hangs) {
      EXPECT_EQ(source_->requests().size(), 3u);
    }
  }
}

TEST_F(FetchAhead, is_begun_for_nobody_beyond_the_end_or_after_the_end_of_it_all) {
  auto source = std::make_unique<ScriptedSource>([this](const Request&, int) {
    return Answering{.content = clip_, .chunk = kChunk, .gate_at = 2 * kChunk, .gate = gate_};
  });
  const auto& asked = *source;
  PartialFile partial("", directory_.path(), "vid_1");
  Downloader downloader(std::move(source), partial, options_, {}, environment());
  ASSERT_TRUE(gate_->wait_for_somebody());
  downloader.want(clip_.size());
  downloader.cancel();
  downloader.want(kFar);
  EXPECT_EQ(error_of([&] { partial.wait_complete(); }).kind, ErrorKind::Cancelled);
  EXPECT_EQ(asked.requests().size(), 1u);
}

}  // namespace
}  // namespace airforce::test
