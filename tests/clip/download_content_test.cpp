// SPDX-License-Identifier: LGPL-2.1-or-later
// Whose bytes a reader gets: never those of two versions, nor what is no clip.
#include <atomic>
#include <chrono>
#include <thread>

#include "download_fixture.h"
#include "support/error_of.h"

namespace airforce::test {
namespace {

TEST_F(DownloadFaults, never_mixes_two_versions_of_a_clip) {
  const auto second = faststart_clip(300'000, 2);
  start([&](const Request&, int number) {
    if (number == 0) return Answering{.content = clip_bytes_, .lost_at = 100'000};
    return Answering{.content = second, .etag = "\"two\""};
  });
  EXPECT_EQ(completed(), second);
}

TEST_F(DownloadFaults, never_mixes_versions_when_if_range_is_ignored) {
  const auto second = faststart_clip(300'000, 2);
  start([&](const Request&, int number) {
    if (number == 0) return Answering{.content = clip_bytes_, .lost_at = 100'000};
    return Answering{.content = second, .if_range = false, .etag = "\"two\""};
  });
  EXPECT_EQ(completed(), second);
}

TEST_F(DownloadFaults, never_mixes_versions_that_differ_in_their_bytes_only) {
  const auto second = faststart_clip(300'000, 2);
  for (const bool ranges : {true, false}) {
    start([&](const Request&, int number) {
      Answering answering{
          .content = number == 0 ? clip_bytes_ : second, .ranges = ranges, .etag = ""};
      if (number == 0) answering.lost_at = 100'000;
      return answering;
    });
    EXPECT_EQ(completed(), second);
  }
}

TEST_F(DownloadFaults, never_mixes_versions_of_different_sizes) {
  const auto second = faststart_clip(200'000, 2);
  start([&](const Request&, int number) {
    if (number == 0) return Answering{.content = clip_bytes_, .lost_at = 250'000};
    return Answering{.content = second, .etag = ""};
  });
  EXPECT_EQ(completed(), second);
}

TEST_F(DownloadFaults, a_reader_of_the_old_version_gets_an_error_and_not_the_new_one) {
  const auto second = faststart_clip(300'000, 2);
  const auto gate = std::make_shared<Gate>();
  auto& download = start([&](const Request&, int number) {
    Answering answering{.content = clip_bytes_, .gate_at = 100'000, .gate = gate};
    if (number == 0) answering.lost_at = 100'000;
    if (number > 0) answering = {.content = second, .etag = "\"two\""};
    return answering;
  });
  EXPECT_EQ(read(download, 0, 100'000), clip_bytes_.substr(0, 100'000));
  gate->open();
  EXPECT_EQ(completed(), second) << "what was paid for is kept all the same";
  EXPECT_EQ(error_of([&] { read(download, 100'000, 100); }).kind, ErrorKind::Clip);
}

TEST_F(DownloadFaults, a_reader_does_not_notice_another_etag_for_the_same_bytes) {
  const auto gate = std::make_shared<Gate>();
  auto& download = start([&](const Request&, int number) {
    Answering answering{.content = clip_bytes_, .gate_at = 100'000, .gate = gate};
    if (number == 0) answering.lost_at = 100'000;
    if (number > 0) answering = {.content = clip_bytes_, .etag = "\"mirror\""};
    return answering;
  });
  EXPECT_EQ(read(download, 0, 100'000), clip_bytes_.substr(0, 100'000));
  gate->open();
  EXPECT_EQ(read(download, 100'000, 1000), clip_bytes_.substr(100'000, 1000));
  EXPECT_EQ(completed(), clip_bytes_);
}

TEST_F(DownloadFaults, gives_up_on_a_clip_that_keeps_changing) {
  start([&](const Request&, int number) {
    return Answering{
        .content = clip_bytes_, .etag = "\"" + std::to_string(number) + "\"", .lost_at = 100'000};
  });
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::Clip);
  EXPECT_NE(error.message.find("keeps changing"), std::string::npos);
}

TEST_F(DownloadFaults, says_how_far_it_got_when_truncated) {
  options_.location = directory_.file("clip.mp4");
  start([&](const Request&, int) { return Answering{.content = clip_bytes_, .end_at = 120'000}; });
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::Clip);
  EXPECT_EQ(error.charge, Charge::Announced);
  EXPECT_NE(error.message.find("120000 of " + std::to_string(clip_bytes_.size()) + " bytes came"),
            std::string::npos)
      << error.message;
  EXPECT_NE(error.next_step.find("airforce-video download vid_1"), std::string::npos);
  EXPECT_TRUE(directory_.entries().empty()) << "nothing partial is left";
}

TEST_F(DownloadFaults, refuses_a_clip_that_is_shorter_than_announced) {
  start([&](const Request&, int) {
    return Answering{.content = clip_bytes_, .ranges = false, .more = 1000};
  });
  EXPECT_EQ(failure().kind, ErrorKind::Clip);
}

TEST_F(DownloadFaults, refuses_a_clip_without_length_that_ends_within_a_box) {
  const auto cut = clip_bytes_.substr(0, 200'000);
  start([&](const Request&, int) {
    return Answering{.content = cut, .ranges = false, .length = false};
  });
  EXPECT_EQ(failure().kind, ErrorKind::Clip);
}

TEST_F(DownloadFaults, refuses_a_part_that_the_service_gives_as_the_whole) {
  options_.location = directory_.file("clip.mp4");
  const auto part = clip_bytes_.substr(0, 200'000);
  auto& download = start([&](const Request&, int) { return Answering{.content = part}; });
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::Clip);
  EXPECT_EQ(error.charge, Charge::Announced);
  EXPECT_NE(error.message.find("200000 of " + std::to_string(clip_bytes_.size()) + " bytes came"),
            std::string::npos)
      << error.message;
  EXPECT_NE(error.next_step.find("airforce-video download vid_1"), std::string::npos);
  EXPECT_TRUE(directory_.entries().empty()) << "nothing partial is left";
  EXPECT_EQ(read(download, 0, part.size()), part) << "the downloaded part can be played";
}

TEST_F(DownloadFaults, refuses_a_web_page) {
  options_.location = directory_.file("clip.mp4");
  start([&](const Request&, int) {
    return Answering{.content = "<!DOCTYPE html><html><body>Sign in</body></html>"};
  });
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::Clip);
  EXPECT_NE(error.message.find("a web page"), std::string::npos) << error.message;
  EXPECT_EQ(error.message.find("Sign in"), std::string::npos);
  EXPECT_TRUE(directory_.entries().empty());
}

TEST_F(DownloadFaults, no_reader_gets_a_byte_of_a_web_page) {
  auto& download = start([&](const Request&, int) {
    return Answering{.content = "<!DOCTYPE html><html><body>Sign in</body></html>", .chunk = 1};
  });
  EXPECT_THROW(read(download, 0, 4), Error);
}

TEST_F(DownloadFaults, refuses_an_empty_clip) {
  for (const bool length : {true, false}) {
    start([&](const Request&, int) { return Answering{.content = "", .length = length}; });
    const auto error = failure();
    EXPECT_EQ(error.kind, ErrorKind::Clip);
    EXPECT_NE(error.message.find("empty"), std::string::npos) << error.message;
  }
}

TEST_F(DownloadFaults, a_web_page_in_the_middle_is_only_a_bad_answer) {
  start([&](const Request&, int number) {
    if (number == 0) return Answering{.content = clip_bytes_, .lost_at = 100'000};
    if (number == 1) return Answering{.content = "<html>Welcome to the hotel", .ranges = false};
    return Answering{.content = clip_bytes_};
  });
  EXPECT_EQ(completed(), clip_bytes_);
}

TEST_F(DownloadFaults, refuses_a_clip_above_the_limit) {
  for (const bool length : {true, false}) {
    options_.largest = 100'000;
    auto& download = start([&](const Request&, int) {
      return Answering{.content = clip_bytes_, .ranges = false, .length = length};
    });
    const auto error = failure();
    EXPECT_EQ(error.kind, ErrorKind::Clip);
    EXPECT_NE(error.message.find("100000"), std::string::npos) << error.message;
    EXPECT_LE(download.available(0), 100'000);
  }
}

TEST_F(DownloadFaults, refuses_a_redirect_that_was_not_followed) {
  start([&](const Request&, int) { return Answering{.content = clip_bytes_, .status = 302}; });
  EXPECT_EQ(failure().kind, ErrorKind::Protocol);
  EXPECT_EQ(source_->requests().size(), 1u);
}

TEST_F(DownloadFaults, takes_a_clip_with_a_few_bytes_behind_its_last_box) {
  const auto clip = box("ftyp", "isom0000") + box("moov", box("trak", "")) +
                    box("mdat", noise(100'000, 1)) + "12345";
  start([&](const Request&, int) { return Answering{.content = clip}; });
  EXPECT_EQ(completed(), clip);
}

TEST_F(DownloadFaults, refuses_a_clip_without_a_moov_and_leaves_no_file) {
  options_.location = directory_.file("clip.mp4");
  const auto clip = box("ftyp", "isom0000") + box("mdat", noise(100'000, 1));
  start([&](const Request&, int) { return Answering{.content = clip}; });
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::Clip);
  EXPECT_NE(error.message.find("no index (moov)"), std::string::npos) << error.message;
  EXPECT_FALSE(std::filesystem::exists(options_.location));
}

TEST_F(DownloadFaults, leaves_no_file_when_cancelled_with_its_last_byte) {
  clock_ = &still_clock_;  // by which progress is reported with the first byte and with the last
  options_.location = directory_.file("clip.mp4");
  DownloadedClip* download = nullptr;
  std::atomic<int> reports = 0;
  options_.progress = [&](std::int64_t, std::int64_t) {
    if (++reports == 2) download->cancel();
  };
  const auto gate = std::make_shared<Gate>();
  download = &start([&](const Request&, int) {
    return Answering{.content = clip_bytes_, .gate_at = 100'000, .gate = gate};
  });
  gate->open();
  EXPECT_EQ(failure().kind, ErrorKind::Cancelled);
  while (reports < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  // In place of the first, whose thread has ended then.
  start([&](const Request&, int) { return Answering{.content = clip_bytes_, .status = 404}; });
  EXPECT_TRUE(directory_.entries().empty());
  EXPECT_EQ(failure().http_status, 404);
}

}  // namespace
}  // namespace airforce::test
