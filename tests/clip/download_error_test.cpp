// SPDX-License-Identifier: LGPL-2.1-or-later
// What a person sees of a failed download.
#include "clip/download_error.h"

#include <cerrno>
#include <system_error>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace airforce::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kTask = "vid_1";

std::system_error refusal(int error) {
  return {error, std::generic_category(), "/clips/clip.mp4"};
}

TEST(DownloadError, gives_no_advice_about_a_task_that_nobody_knows) {
  for (const ErrorKind kind : {ErrorKind::Network, ErrorKind::NotFound})
    EXPECT_EQ(download_error(kind, "gone", "", {}).next_step, "");
  EXPECT_EQ(file_error(refusal(ENOSPC), "", {}).next_step, "");
  EXPECT_EQ(no_room_error("/clips", 1, "", {}).next_step, "");
  EXPECT_THAT(download_error(ErrorKind::NotFound, "gone", kTask, {}).next_step,
              HasSubstr("airforce-video status vid_1"));
}

TEST(DownloadError, says_how_much_room_is_needed_where_that_is_what_is_missing) {
  for (const int error : {ENOSPC, EDQUOT}) {
    const Error reported = file_error(refusal(error), kTask, {10, 1000});
    EXPECT_THAT(reported.message, HasSubstr("1000 bytes are needed in all")) << error;
    EXPECT_THAT(reported.next_step, StartsWith("make room, then ")) << error;
    EXPECT_THAT(file_error(refusal(error), kTask, {10, {}}).message, Not(HasSubstr("needed")));
  }
  const Error reported = file_error(refusal(EIO), kTask, {10, 1000});
  EXPECT_THAT(reported.message, Not(HasSubstr("needed")));
  EXPECT_THAT(reported.next_step, Not(HasSubstr("make room")));
}

TEST(DownloadError, keeps_what_is_known_of_the_money) {
  Error error(ErrorKind::TaskFailed, Step::Follow, "expired", "ask again");
  EXPECT_EQ(in_download(error, kTask, {}).charge, Charge::Announced);
  error.charge = Charge::Refunded;
  const Error reported = in_download(error, kTask, {});
  EXPECT_EQ(reported.charge, Charge::Refunded);
  EXPECT_EQ(reported.step, Step::Download);
  EXPECT_EQ(reported.next_step, "ask again");
}

TEST(DownloadError, has_a_kind_for_every_end) {
  const auto kind_of = [](FailureReason failure, int status = 0, bool only_cut_short = false) {
    return given_up_error(failure, only_cut_short, status, "words", kTask, {}).kind;
  };
  for (const FailureReason failure : {FailureReason::Unreachable, FailureReason::Lost,
                                      FailureReason::Stalled, FailureReason::CutShort})
    EXPECT_EQ(kind_of(failure), ErrorKind::Network);
  EXPECT_EQ(kind_of(FailureReason::CutShort, 0, true), ErrorKind::Clip) << "there never was more";
  EXPECT_EQ(kind_of(FailureReason::Busy), ErrorKind::Busy);
  EXPECT_EQ(kind_of(FailureReason::ServerError), ErrorKind::Server);
  EXPECT_EQ(kind_of(FailureReason::BadAnswer), ErrorKind::Protocol);
  for (const int status : {401, 402, 403})
    EXPECT_EQ(kind_of(FailureReason::Refused, status), ErrorKind::Server) << "no key is in a URL";
  for (const int status : {404, 410})
    EXPECT_EQ(kind_of(FailureReason::Refused, status), ErrorKind::NotFound);
  EXPECT_EQ(kind_of(FailureReason::Refused, 400), ErrorKind::Rejected);
}

}  // namespace
}  // namespace airforce::test
