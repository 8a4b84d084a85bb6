// SPDX-License-Identifier: LGPL-2.1-or-later
// What a download survives, and what it refuses of an answer.
#include <atomic>

#include <gmock/gmock.h>

#include "download_fixture.h"
#include "support/error_of.h"

namespace airforce::test {
namespace {

using testing::HasSubstr;

TEST_F(DownloadFaults, resumes_download_after_connection_loss) {
  start([&](const Request&, int number) {
    Answering answering{.content = clip_bytes_};
    if (number == 0) answering.lost_at = 100'000;
    return answering;
  });
  EXPECT_EQ(completed(), clip_bytes_);
  const auto requests = source_->requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[1].range->first, 100'000u);
  EXPECT_EQ(requests[1].validator, "\"one\"");
}

TEST_F(DownloadFaults, resumes_after_a_connection_that_ended_early_or_fell_silent) {
  start([&](const Request&, int number) {
    Answering answering{.content = clip_bytes_};
    if (number == 0) answering.end_at = 100'000;
    if (number == 1) answering.silent_at = 200'000;
    return answering;
  });
  EXPECT_EQ(completed(), clip_bytes_);
  EXPECT_EQ(source_->requests().size(), 3u);
}

TEST_F(DownloadFaults, continues_for_as_long_as_bytes_arrive) {
  start([&](const Request& request, int) {
    Answering answering{.content = clip_bytes_};
    answering.lost_at = request.range->first + 3000;
    return answering;
  });
  EXPECT_EQ(completed(), clip_bytes_);
  EXPECT_EQ(source_->requests().size(), clip_bytes_.size() / 3000 + 1);
}

// Ten seconds pass whenever somebody looks.
struct RunningClock final : Clock {
  double elapsed() const override { return now = now + 10; }
  std::int64_t unix_time() const override { return system_clock().unix_time(); }
  mutable std::atomic<double> now = 0;
};

TEST_F(DownloadFaults, ends_where_bytes_drip_without_an_end) {
  const RunningClock clock;
  clock_ = &clock;
  start([&](const Request&, int) {
    Answering answering{.content = clip_bytes_};
    answering.chunk = 10;
    return answering;
  });
  const Error error = failure();
  EXPECT_EQ(error.kind, ErrorKind::Network);
  EXPECT_THAT(error.message, HasSubstr("next to nothing came for long"));
  EXPECT_EQ(source_->requests().size(), 1u);
}

TEST_F(DownloadFaults, ends_where_every_connection_brings_a_byte_and_falls_silent) {
  const RunningClock clock;
  clock_ = &clock;
  start([&](const Request& request, int) {
    Answering answering{.content = clip_bytes_};
    answering.silent_at = request.range->first + 100;
    return answering;
  });
  EXPECT_THAT(failure().message, HasSubstr("next to nothing came for long"));
}

TEST_F(DownloadFaults, continues_on_a_slow_connection) {
  const RunningClock clock;
  clock_ = &clock;
  options_.limits.least_bytes = 1000;
  start([&](const Request&, int) { return Answering{.content = clip_bytes_}; });
  EXPECT_EQ(completed(), clip_bytes_);
}

TEST_F(DownloadFaults, starts_over_and_skips_where_there_is_no_range) {
  start([&](const Request&, int number) {
    Answering answering{.content = clip_bytes_, .ranges = false};
    if (number == 0) answering.lost_at = 100'000;
    return answering;
  });
  EXPECT_EQ(completed(), clip_bytes_);
  EXPECT_EQ(source_->requests().size(), 2u);
}

TEST_F(DownloadFaults, starts_over_where_nothing_identifies_the_version) {
  start([&](const Request&, int number) {
    Answering answering{.content = clip_bytes_, .ranges = false, .length = false, .etag = ""};
    if (number == 0) answering.lost_at = 100'000;
    return answering;
  });
  EXPECT_EQ(completed(), clip_bytes_);
}

TEST_F(DownloadFaults, compares_what_overlaps_where_there_is_no_etag) {
  start([&](const Request&, int number) {
    Answering answering{.content = clip_bytes_, .etag = ""};
    if (number == 0) answering.lost_at = 100'000;
    return answering;
  });
  EXPECT_EQ(completed(), clip_bytes_);
  EXPECT_LT(source_->requests()[1].range->first, 100'000u);
}

TEST_F(DownloadFaults, waits_longer_after_every_failure_and_forgets_them_with_the_first_byte) {
  start([&](const Request&, int number) {
    Answering answering{.content = clip_bytes_};
    if (number == 3) answering.lost_at = 100'000;
    answering.unreachable = number < 3 || number == 4;
    return answering;
  });
  EXPECT_EQ(completed(), clip_bytes_);
  EXPECT_EQ(waits(), (std::vector<double>{0.1, 0.2, 0.4, 0.1, 0.2}));
}

TEST_F(DownloadFaults, gives_up_when_nothing_comes_for_many_tries) {
  start([&](const Request&, int number) {
    Answering answering{.content = clip_bytes_};
    if (number == 0) answering.lost_at = 100'000;
    answering.unreachable = number > 0;
    return answering;
  });
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::Network);
  EXPECT_EQ(error.step, Step::Download);
  EXPECT_EQ(error.charge, Charge::Announced);
  EXPECT_EQ(error.task_id, "vid_1");
  EXPECT_EQ(source_->requests().size(), static_cast<std::size_t>(options_.limits.tries));
  EXPECT_NE(error.message.find("100000 of " + std::to_string(clip_bytes_.size()) + " bytes came"),
            std::string::npos)
      << error.message;
  EXPECT_NE(error.next_step.find("airforce-video download vid_1"), std::string::npos);
}

TEST_F(DownloadFaults, leaves_the_downloaded_part_readable) {
  options_.limits.tries = 2;
  auto& download = start([&](const Request&, int number) {
    Answering answering{.content = clip_bytes_};
    if (number == 0) answering.lost_at = 100'000;
    answering.unreachable = number > 0;
    return answering;
  });
  failure();
  EXPECT_EQ(read(download, 0, 100'000), clip_bytes_.substr(0, 100'000));
  EXPECT_THROW(read(download, 0, 100'001), Error);
}

TEST_F(DownloadFaults, survives_errors_of_the_server) {
  start([&](const Request&, int number) {
    Answering answering{.content = clip_bytes_};
    constexpr std::array kStatuses = {500, 502, 503, 504, 408, 204};
    if (number < static_cast<int>(kStatuses.size())) {
      answering.status = kStatuses.at(static_cast<std::size_t>(number));
    }
    return answering;
  });
  EXPECT_EQ(completed(), clip_bytes_);
}

TEST_F(DownloadFaults, checks_content_range_and_asks_for_the_whole_where_it_lies) {
  const auto size = std::to_string(clip_bytes_.size());
  for (const auto& content_range :
       {"bytes 200000-200100/" + size, std::string("bytes 5-1/7"), std::string("pages 1-2/3")}) {
    start([&](const Request&, int number) {
      Answering answering{.content = clip_bytes_};
      if (number == 0) answering.lost_at = 100'000;
      if (number == 1) answering.content_range = content_range;
      return answering;
    });
    EXPECT_EQ(completed(), clip_bytes_);
    EXPECT_FALSE(source_->requests()[2].range);
  }
}

TEST_F(DownloadFaults, survives_a_416_without_reason) {
  start([&](const Request& request, int number) {
    Answering answering{.content = clip_bytes_};
    if (number == 0) answering.lost_at = 100'000;
    if (number > 0 && request.range) answering.status = 416;
    return answering;
  });
  EXPECT_EQ(completed(), clip_bytes_);
}

TEST_F(DownloadFaults, takes_a_416_for_the_end_of_a_clip_of_unknown_length) {
  // With bytes behind the last box, so that the boxes do not show that it is whole.
  const auto odd = box("ftyp", "isom0000") + box("moov", box("trak", "")) +
                   box("mdat", noise(100'000, 1)) + "12345";
  start([&](const Request&, int number) {
    Answering answering{.content = odd, .length = false};
    answering.ranges = number > 0;
    return answering;
  });
  EXPECT_EQ(completed(), odd);
}

TEST_F(DownloadFaults, resumes_after_a_connection_that_is_silent_from_its_first_byte) {
  start([&](const Request&, int number) {
    Answering answering{.content = clip_bytes_};
    if (number == 0) answering.silent_at = 0;
    return answering;
  });
  EXPECT_EQ(completed(), clip_bytes_);
  EXPECT_EQ(source_->requests().size(), 2u);
}

TEST_F(DownloadFaults, takes_no_range_of_what_is_compressed_on_the_way) {
  start([&](const Request&, int number) {
    return Answering{.content = clip_bytes_, .encoding = number == 0 ? "gzip" : "identity"};
  });
  EXPECT_EQ(completed(), clip_bytes_);
  ASSERT_EQ(source_->requests().size(), 2u);
  EXPECT_FALSE(source_->requests()[1].range);
}

TEST_F(DownloadFaults, resumes_by_a_date_only_where_it_is_older_than_the_answer) {
  const std::string modified = "Thu, 01 Jan 1970 00:00:00 GMT";
  for (const std::string& now : {modified, std::string("Fri, 02 Jan 1970 00:00:00 GMT")}) {
    start([&](const Request&, int number) {
      Answering answering{
          .content = clip_bytes_, .etag = "", .last_modified = modified, .date = now};
      if (number == 0) answering.lost_at = 100'000;
      return answering;
    });
    EXPECT_EQ(completed(), clip_bytes_);
    EXPECT_EQ(source_->requests()[1].validator, now == modified ? "" : modified);
  }
}

TEST_F(DownloadFaults, gives_up_on_a_service_that_gives_other_bytes_than_it_is_asked_for) {
  const auto clip = faststart_clip(3u << 20);
  start([&](const Request&, int number) {
    Answering answering{.content = clip, .chunk = 64 * 1024};
    if (number == 0) answering.lost_at = 2u << 20;
    if (number > 0) answering.from = 0;
    return answering;
  });
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::Protocol);
  EXPECT_NE(error.message.find("different range"), std::string::npos) << error.message;
}

TEST_F(DownloadFaults, does_not_begin_where_there_is_no_room_for_a_file) {
  options_.cache_directory = directory_.file("no/such");
  const auto error = error_of(
      [&] { start([&](const Request&, int) { return Answering{.content = clip_bytes_}; }); });
  EXPECT_EQ(error.kind, ErrorKind::File);
  EXPECT_EQ(error.charge, Charge::Announced);
  EXPECT_EQ(error.task_id, "vid_1");
}

}  // namespace
}  // namespace airforce::test
