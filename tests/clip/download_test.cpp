// SPDX-License-Identifier: LGPL-2.1-or-later
// A download that goes well, and what a reader gets of it meanwhile.
#include <chrono>
#include <future>
#include <thread>

#include "download_fixture.h"
#include "support/error_of.h"
#include "support/slowness.h"

namespace airforce::test {
namespace {

using namespace std::chrono_literals;

class Download : public DownloadFixture {};

constexpr std::size_t kLarge = 3u << 20;

// Gives `clip`. The connection that begins at its first byte waits at the gate; one ahead does not.
ScriptedSource::Script held_in_front(const std::string& clip, const std::shared_ptr<Gate>& gate) {
  return [=](const Request& request, int) {
    Answering answering{.content = clip, .chunk = 64 * 1024};
    if (request.range->first == 0) {
      answering.gate_at = 100'000;
      answering.gate = gate;
    }
    return answering;
  };
}

TEST_F(Download, gives_the_clip_byte_for_byte) {
  const auto clip = faststart_clip(300'000);
  start([&](const Request&, int) { return Answering{.content = clip}; });
  EXPECT_EQ(completed(), clip);
  EXPECT_EQ(source_->requests().size(), 1u);
}

TEST_F(Download, asks_for_a_range_so_that_it_learns_whether_there_are_any) {
  const auto clip = faststart_clip(1000);
  start([&](const Request&, int) { return Answering{.content = clip}; });
  completed();
  const auto first = source_->requests().front();
  ASSERT_TRUE(first.range);
  EXPECT_EQ(first.range->first, 0u);
  EXPECT_FALSE(first.range->last);
  EXPECT_EQ(first.validator, "");
}

TEST_F(Download, is_read_while_it_runs) {
  const auto clip = faststart_clip(300'000);
  const auto gate = std::make_shared<Gate>();
  auto& download = start([&](const Request&, int) {
    return Answering{.content = clip, .gate_at = 100'000, .gate = gate};
  });
  EXPECT_EQ(read(download, 50'000, 50'000), clip.substr(50'000, 50'000));
  EXPECT_EQ(download.size(), static_cast<std::int64_t>(clip.size()));
  EXPECT_EQ(download.available(0), 100'000);
  EXPECT_EQ(download.available(90'000), 10'000);
  EXPECT_EQ(download.available(100'000), 0);
  gate->open();
  EXPECT_EQ(completed(), clip);
}

TEST_F(Download, gives_a_short_count_only_at_the_end) {
  const auto clip = faststart_clip(10'000);
  auto& download =
      start([&](const Request&, int) { return Answering{.content = clip, .chunk = 7}; });
  EXPECT_EQ(read(download, 0, clip.size() + 100), clip);
  EXPECT_EQ(read(download, clip.size() - 5, 100), clip.substr(clip.size() - 5));
  EXPECT_EQ(read(download, clip.size(), 100), "");
  EXPECT_EQ(read(download, clip.size() + 1000, 100), "");
}

TEST_F(Download, read_ahead_of_the_download_does_not_wait_for_the_middle) {
  const auto clip = faststart_clip(kLarge);
  const auto gate = std::make_shared<Gate>();
  auto& download = start(held_in_front(clip, gate));
  const auto far = clip.size() - 1000;
  EXPECT_EQ(read(download, far, 1000), clip.substr(far));
  EXPECT_EQ(download.available(100'000), 0) << "the middle was not needed, and is not here";
  gate->open();
  EXPECT_EQ(completed(), clip);
  EXPECT_EQ(source_->requests().size(), 2u);
}

TEST_F(Download, fetches_moov_at_the_end_before_anybody_asks) {
  const auto clip = plain_clip(kLarge);
  const auto gate = std::make_shared<Gate>();
  auto& download = start(held_in_front(clip, gate));
  const auto moov = static_cast<std::uint64_t>(clip.size() - 2008);
  while (download.available(moov) < 2008) std::this_thread::sleep_for(1ms);
  gate->open();
  EXPECT_EQ(completed(), clip);
  ASSERT_EQ(source_->requests().size(), 2u);
  EXPECT_EQ(source_->requests()[1].range->first, moov);
}

TEST_F(Download, does_not_open_a_second_connection_for_a_faststart_clip) {
  const auto clip = faststart_clip(kLarge);
  start([&](const Request&, int) { return Answering{.content = clip}; });
  completed();
  EXPECT_EQ(source_->requests().size(), 1u);
}

TEST_F(Download, fetches_no_byte_twice_when_a_reader_jumps) {
  const auto clip = faststart_clip(kLarge);
  const auto gate = std::make_shared<Gate>();
  auto& download = start(held_in_front(clip, gate));
  read(download, 2'000'000, 1000);
  while (download.available(2'000'000) + 2'000'000 < download.size()) {
    std::this_thread::sleep_for(1ms);
  }
  gate->open();
  EXPECT_EQ(completed(), clip);
  EXPECT_EQ(source_->requests().size(), 2u);
}

TEST_F(Download, works_without_range) {
  const auto clip = plain_clip(kLarge);
  auto& download = start([&](const Request&, int) {
    return Answering{.content = clip, .ranges = false, .chunk = 64 * 1024};
  });
  EXPECT_EQ(read(download, clip.size() - 10, 10), clip.substr(clip.size() - 10));
  EXPECT_EQ(completed(), clip);
  EXPECT_EQ(source_->requests().size(), 1u);
}

TEST_F(Download, works_without_a_length) {
  const auto clip = faststart_clip(100'000);
  auto& download = start([&](const Request&, int) {
    return Answering{.content = clip, .ranges = false, .length = false};
  });
  EXPECT_EQ(completed(), clip);
  EXPECT_EQ(download.size(), static_cast<std::int64_t>(clip.size()));
}

TEST_F(Download, takes_small_pieces_if_the_service_gives_no_larger_ones) {
  const auto clip = faststart_clip(kLarge);
  start([&](const Request&, int) {
    return Answering{.content = clip, .most = 500'000, .chunk = 64 * 1024};
  });
  EXPECT_EQ(completed(), clip);
  EXPECT_TRUE(waits().empty()) << "that is no failure";
}

TEST_F(Download, flushing_interrupts_a_reader_and_nothing_else) {
  const auto clip = faststart_clip(300'000);
  const auto gate = std::make_shared<Gate>();
  auto& download = start([&](const Request&, int) {
    return Answering{.content = clip, .gate_at = 1000, .gate = gate};
  });
  auto reading = std::async(std::launch::async,
                            [&] { return error_of([&] { read(download, 200'000, 100); }).kind; });
  ASSERT_TRUE(gate->wait_for_somebody());
  while (reading.wait_for(0s) != std::future_status::ready) {
    download.set_flushing(true);
    download.set_flushing(false);
  }
  EXPECT_EQ(reading.get(), ErrorKind::Interrupted);
  gate->open();
  EXPECT_EQ(read(download, 200'000, 100), clip.substr(200'000, 100));
  EXPECT_EQ(completed(), clip);
}

TEST_F(Download, refuses_to_read_while_flushing) {
  const auto clip = faststart_clip(1000);
  auto& download = start([&](const Request&, int) { return Answering{.content = clip}; });
  completed();
  download.set_flushing(true);
  EXPECT_THROW(read(download, 0, 10), Error);
  download.set_flushing(false);
  EXPECT_EQ(read(download, 0, 10), clip.substr(0, 10));
}

TEST_F(Download, cancel_ends_every_reader_and_waiter_at_once) {
  const auto clip = faststart_clip(300'000);
  const auto gate = std::make_shared<Gate>();
  auto& download = start([&](const Request&, int) {
    return Answering{.content = clip, .gate_at = 1000, .gate = gate};
  });
  const auto kind_of = [](auto action) { return error_of(action).kind; };
  auto reading = std::async(std::launch::async,
                            [&] { return kind_of([&] { read(download, 200'000, 100); }); });
  auto waiting =
      std::async(std::launch::async, [&] { return kind_of([&] { download.wait_complete(); }); });
  ASSERT_TRUE(gate->wait_for_somebody());
  const auto before = std::chrono::steady_clock::now();
  download.cancel();
  EXPECT_EQ(reading.get(), ErrorKind::Cancelled);
  EXPECT_EQ(waiting.get(), ErrorKind::Cancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - before, kSlowness * 500ms);
}

TEST_F(Download, reports_its_progress) {
  const auto clip = faststart_clip(300'000);
  std::vector<std::pair<std::int64_t, std::int64_t>> reported;
  options_.progress = [&](std::int64_t bytes, std::int64_t total) {
    reported.emplace_back(bytes, total);
  };
  start([&](const Request&, int) { return Answering{.content = clip}; });
  completed();
  const auto size = static_cast<std::int64_t>(clip.size());
  ASSERT_FALSE(reported.empty());
  EXPECT_EQ(reported.back(), std::make_pair(size, size));
  EXPECT_LE(reported.size(), 20u) << "some ten times a second, not for every read";
}

TEST_F(Download, reports_no_unknown_size) {
  const auto clip = faststart_clip(300'000);
  std::vector<std::int64_t> totals;
  options_.progress = [&](std::int64_t, std::int64_t total) { totals.push_back(total); };
  start([&](const Request&, int) {
    return Answering{.content = clip, .ranges = false, .length = false};
  });
  completed();
  ASSERT_FALSE(totals.empty());
  EXPECT_EQ(totals.front(), -1);
  EXPECT_EQ(totals.back(), static_cast<std::int64_t>(clip.size()));
}

TEST_F(Download, reports_its_completion_before_a_waiting_reader_returns) {
  const auto clip = faststart_clip(300'000);
  std::string content;
  options_.completed = [&](const Clip& done) { content = read_file(done.path()); };
  start([&](const Request&, int) { return Answering{.content = clip}; });
  completed();
  EXPECT_EQ(content, clip);
}

}  // namespace
}  // namespace airforce::test
