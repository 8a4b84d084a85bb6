// SPDX-License-Identifier: LGPL-2.1-or-later
// What a download does where it is refused: by the clip's server, or where a fresh URL is asked
// for.
#include <numeric>

#include <gmock/gmock.h>

#include "download_fixture.h"
#include "support/error_of.h"

namespace airforce::test {
namespace {

using testing::HasSubstr;

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

}  // namespace
}  // namespace airforce::test
