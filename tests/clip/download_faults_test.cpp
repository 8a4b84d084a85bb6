// SPDX-License-Identifier: LGPL-2.1-or-later
// What a download survives, and what it refuses.
#include <atomic>
#include <chrono>
#include <numeric>
#include <thread>

#include <gmock/gmock.h>

#include "download_fixture.h"
#include "support/error_of.h"

namespace airforce::test {
namespace {

class DownloadFaults : public DownloadFixture {
 protected:
  const std::string clip_bytes_ = faststart_clip(300'000);
};

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
  EXPECT_EQ(source_->requests().size(), static_cast<std::size_t>(options_.timeouts.tries));
  EXPECT_NE(error.message.find("100000 of " + std::to_string(clip_bytes_.size()) + " bytes came"),
            std::string::npos)
      << error.message;
  EXPECT_NE(error.next_step.find("airforce-video download vid_1"), std::string::npos);
}

TEST_F(DownloadFaults, leaves_the_downloaded_part_readable) {
  options_.timeouts.tries = 2;
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

TEST_F(DownloadFaults, obeys_retry_after) {
  start([&](const Request&, int number) {
    Answering answering{.content = clip_bytes_};
    if (number == 0) answering.status = 503;
    if (number == 1) answering.status = 429;
    answering.retry_after = "7";
    return answering;
  });
  EXPECT_EQ(completed(), clip_bytes_);
  EXPECT_EQ(waits(), (std::vector<double>{7, 7}));
}

TEST_F(DownloadFaults, does_not_sit_out_an_absurd_retry_after) {
  start([&](const Request&, int) {
    return Answering{.content = clip_bytes_, .status = 503, .retry_after = "86400"};
  });
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::Busy);
  EXPECT_EQ(error.http_status, 503);
  EXPECT_EQ(error.retry_after_seconds, 86400);
  EXPECT_TRUE(waits().empty());
}

TEST_F(DownloadFaults, asks_for_a_fresh_url_when_refused) {
  start([&](const Request&, int number) {
    Answering answering{.content = clip_bytes_};
    if (number == 0) answering.status = 403;
    return answering;
  });
  EXPECT_EQ(completed(), clip_bytes_);
  EXPECT_EQ(source_->refreshes(), 1);
  EXPECT_TRUE(waits().empty()) << "an expired URL is no reason to wait";
}

TEST_F(DownloadFaults, asks_for_a_fresh_url_in_the_middle_of_the_body_too) {
  for (const int status : {401, 403, 404, 410}) {
    start([&](const Request&, int number) {
      Answering answering{.content = clip_bytes_};
      if (number == 0) answering.lost_at = 100'000;
      if (number == 1) answering.status = status;
      return answering;
    });
    EXPECT_EQ(completed(), clip_bytes_);
    EXPECT_EQ(source_->refreshes(), 1);
    EXPECT_EQ(source_->requests()[2].range->first, 100'000u);
  }
}

TEST_F(DownloadFaults, gives_up_when_fresh_urls_are_refused_too) {
  start([&](const Request&, int) { return Answering{.content = clip_bytes_, .status = 404}; });
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::NotFound);
  EXPECT_EQ(error.http_status, 404);
  const std::vector<double> pauses = waits();
  const double waited = std::accumulate(pauses.begin(), pauses.end(), 0.0);
  EXPECT_GE(waited, 30);
  EXPECT_LT(waited, 36);
  EXPECT_LT(source_->refreshes(), 16);
}

TEST_F(DownloadFaults, survives_seconds_in_which_every_url_is_refused) {
  for (const int status : {401, 403, 404, 410}) {
    start([&](const Request&, int number) {
      Answering answering{.content = clip_bytes_};
      if (number < 9) answering.status = status;
      return answering;
    });
    EXPECT_EQ(completed(), clip_bytes_) << status;
    EXPECT_EQ(source_->refreshes(), 9) << status;
  }
}

TEST_F(DownloadFaults, obeys_a_pause_that_only_the_body_asks_for) {
  start([&](const Request&, int number) {
    Answering answering{.content = clip_bytes_};
    if (number == 0) answering.status = 429;
    answering.body = R"({"error":{"message":"slow","retry_after":40}})";
    return answering;
  });
  EXPECT_EQ(completed(), clip_bytes_);
  EXPECT_THAT(waits(), testing::ElementsAre(40));
}

TEST_F(DownloadFaults, does_not_ask_for_the_clip_of_a_locked_account_again) {
  for (const int status : {403, 429}) {
    start([&](const Request&, int) {
      return Answering{.content = clip_bytes_,
                       .status = status,
                       .body = R"({"error":{"code":"account_temporarily_locked"}})"};
    });
    EXPECT_EQ(failure().kind, ErrorKind::Busy);
    EXPECT_EQ(source_->requests().size(), 1u);
  }
}

TEST_F(DownloadFaults, ends_at_once_where_the_pause_is_longer_than_allowed) {
  options_.max_pause = [] { return 5.0; };
  start([&](const Request&, int) {
    return Answering{.content = clip_bytes_, .status = 503, .retry_after = "6"};
  });
  EXPECT_EQ(failure().kind, ErrorKind::Busy);
  EXPECT_EQ(source_->requests().size(), 1u);
}

TEST_F(DownloadFaults, ends_with_the_first_refusal_where_no_pause_is_allowed) {
  options_.max_pause = [] { return std::nullopt; };
  start([&](const Request&, int) { return Answering{.content = clip_bytes_, .status = 404}; });
  EXPECT_EQ(failure().kind, ErrorKind::NotFound);
  EXPECT_EQ(source_->requests().size(), 1u);
  EXPECT_EQ(source_->refreshes(), 0);
}

TEST_F(DownloadFaults, outlasts_an_api_outage_while_a_url_is_needed) {
  refresh_errors_ = {Error(ErrorKind::Network, Step::Follow, "no answer"),
                     Error(ErrorKind::Server, Step::Follow, "502"),
                     Error(ErrorKind::Busy, Step::Follow, "429")};
  start([&](const Request&, int number) {
    Answering answering{.content = clip_bytes_};
    if (number == 0) answering.status = 403;
    return answering;
  });
  EXPECT_EQ(completed(), clip_bytes_);
  EXPECT_EQ(source_->refreshes(), 4);
}

TEST_F(DownloadFaults, ends_when_the_question_for_a_fresh_url_is_cancelled) {
  refresh_errors_ = {Error(ErrorKind::Cancelled, Step::Follow, "cancelled")};
  start([&](const Request&, int) { return Answering{.content = clip_bytes_, .status = 403}; });
  EXPECT_EQ(failure().kind, ErrorKind::Cancelled);
  EXPECT_EQ(source_->requests().size(), 1u);
}

TEST_F(DownloadFaults, ends_when_the_task_is_gone) {
  refresh_errors_ = {Error(ErrorKind::NotFound, Step::Follow, "no such task")};
  start([&](const Request&, int) { return Answering{.content = clip_bytes_, .status = 410}; });
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::NotFound);
  EXPECT_EQ(error.step, Step::Download);
  EXPECT_EQ(error.charge, Charge::Announced);
  EXPECT_EQ(source_->refreshes(), 1);
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
  EXPECT_NE(error.message.find("other bytes"), std::string::npos) << error.message;
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
