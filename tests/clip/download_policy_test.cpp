// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip/download_policy.h"

#include <gtest/gtest.h>

namespace airforce::test {
namespace {

using Action = Decision::Action;

ClipVersion version(const std::string& etag, std::optional<std::uint64_t> total = 1000) {
  ClipVersion made;
  made.etag = etag;
  made.total = total;
  return made;
}

RangeResponse response(int status, const std::string& content_range = "",
                       const std::string& etag = "\"a\"") {
  RangeResponse made;
  made.status = status;
  made.content_range = content_range;
  made.version.etag = etag;
  return made;
}

RangeRequest asked(std::uint64_t first, std::optional<std::uint64_t> end = std::nullopt) {
  RangeRequest made;
  made.first = first;
  made.end = end;
  return made;
}

TEST(ClipVersion, equal_strong_etags_are_the_same_clip) {
  EXPECT_EQ(compare(version("\"a\""), version("\"a\"")), VersionMatch::Same);
  EXPECT_EQ(compare(version("\"a\""), version("\"b\"")), VersionMatch::Changed);
}

TEST(ClipVersion, a_weak_etag_or_a_date_is_only_a_hint) {
  EXPECT_EQ(compare(version("W/\"a\""), version("W/\"a\"")), VersionMatch::Alike);
  EXPECT_EQ(compare(version("W/\"a\""), version("\"a\"")), VersionMatch::Alike);
  ClipVersion dated = version("");
  dated.last_modified = "Thu, 01 Jan 1970 00:00:00 GMT";
  EXPECT_EQ(compare(dated, dated), VersionMatch::Alike);
  auto later = dated;
  later.last_modified = "Thu, 01 Jan 1970 00:00:01 GMT";
  EXPECT_EQ(compare(dated, later), VersionMatch::Changed);
}

TEST(ClipVersion, another_size_is_another_clip_whatever_the_etag_says) {
  EXPECT_EQ(compare(version("\"a\"", 10), version("\"a\"", 11)), VersionMatch::Changed);
  EXPECT_EQ(compare(version("", 10), version("", 10)), VersionMatch::Unknown);
  EXPECT_EQ(compare(version("\"a\"", 10), version("\"a\"", std::nullopt)), VersionMatch::Same);
}

TEST(ClipVersion, is_not_sent_in_if_range_when_weak) {
  EXPECT_EQ(version("\"a\"").validator(), "\"a\"");
  EXPECT_EQ(version("W/\"a\"").validator(), "");
  ClipVersion dated;
  dated.last_modified = "Thu, 01 Jan 1970 00:00:00 GMT";
  EXPECT_EQ(dated.validator(), "") << "it may have been modified twice in that second";
  dated.dated = true;
  EXPECT_EQ(dated.validator(), dated.last_modified);
}

TEST(Judge, takes_the_range_that_was_asked_for) {
  const auto decision = judge(asked(100), response(206, "bytes 100-999/1000"), version("\"a\""));
  EXPECT_EQ(decision.action, Action::Take);
  EXPECT_EQ(decision.at, 100u);
  EXPECT_EQ(decision.end, 1000u);
  EXPECT_EQ(decision.version.total, 1000u);
  EXPECT_EQ(decision.version_match, VersionMatch::Same);
}

TEST(Judge, takes_a_range_that_begins_earlier_or_ends_earlier) {
  const auto decision = judge(asked(100), response(206, "bytes 50-149/1000"), version("\"a\""));
  EXPECT_EQ(decision.action, Action::Take);
  EXPECT_EQ(decision.at, 50u);
  EXPECT_EQ(decision.end, 150u);
}

TEST(Judge, asks_for_the_whole_where_the_range_is_another_one) {
  for (const char* range :
       {"bytes 101-999/1000", "bytes 0-99/1000", "bytes */1000", "", "bytes 100-99/1000"}) {
    EXPECT_EQ(judge(asked(100), response(206, range), version("\"a\"")).action, Action::AskPlain)
        << range;
  }
  RangeRequest plain;
  plain.ranged = false;
  EXPECT_EQ(judge(plain, response(206, "bytes 5-9/10"), {}).action, Action::TryAgain);
}

TEST(Judge, starts_again_where_a_range_is_of_another_version) {
  EXPECT_EQ(
      judge(asked(100), response(206, "bytes 100-999/1000", "\"b\""), version("\"a\"")).action,
      Action::StartAgain);
  EXPECT_EQ(judge(asked(100), response(206, "bytes 100-1099/1100"), version("\"a\"")).action,
            Action::StartAgain);
}

TEST(Judge, takes_another_version_from_its_beginning) {
  const auto decision = judge(asked(100), response(200, "", "\"b\""), version("\"a\""));
  EXPECT_EQ(decision.action, Action::Take);
  EXPECT_EQ(decision.at, 0u);
  EXPECT_EQ(decision.version_match, VersionMatch::Changed);
}

TEST(Judge, does_not_believe_the_length_of_what_is_compressed_on_the_way) {
  auto answer = response(200);
  answer.content_length = 500;
  EXPECT_EQ(judge(asked(0), answer, {}).end, 500u);
  answer.encoded = true;
  EXPECT_FALSE(judge(asked(0), answer, {}).end);
  auto partial = response(206, "bytes 0-999/1000");
  partial.encoded = true;
  EXPECT_EQ(judge(asked(0), partial, {}).action, Action::AskPlain);
}

TEST(Judge, reads_416_as_the_end_only_where_it_says_so) {
  const auto unknown = version("\"a\"", std::nullopt);
  EXPECT_EQ(judge(asked(100), response(416, "bytes */100"), unknown).action, Action::WholeHere);
  EXPECT_EQ(judge(asked(100), response(416, "bytes */50"), unknown).action, Action::StartAgain);
  EXPECT_EQ(judge(asked(100), response(416, "bytes */500"), unknown).action, Action::AskPlain);
  EXPECT_EQ(judge(asked(100), response(416), unknown).action, Action::AskPlain);
  EXPECT_EQ(judge(asked(0), response(416, "bytes */0"), unknown).action, Action::AskPlain);
  EXPECT_EQ(judge(asked(100), response(416, "bytes */100"), version("\"a\"")).action,
            Action::StartAgain)
      << "it was announced to be longer";
}

TEST(Judge, sorts_every_status) {
  const auto action_of = [](int status) { return judge(asked(0), response(status), {}).action; };
  for (const int status : {400, 401, 402, 403, 404, 405, 409, 410, 422, 451}) {
    EXPECT_EQ(action_of(status), Action::FreshUrl) << status;
  }
  for (const int status : {204, 408, 425, 429, 500, 502, 503, 504, 520}) {
    EXPECT_EQ(action_of(status), Action::TryAgain) << status;
  }
  for (const int status : {301, 302, 304, 307, 308, 501, 505}) {
    EXPECT_EQ(action_of(status), Action::GiveUp) << status;
  }
}

TEST(ResumeAt, overlaps_the_downloaded_part_without_a_strong_etag) {
  EXPECT_EQ(resume_at(version("\"a\""), 1'000'000, 1'000'000), 1'000'000u);
  EXPECT_EQ(resume_at(version("W/\"a\""), 1'000'000, 1'000'000), 1'000'000u - 65'536);
  EXPECT_EQ(resume_at(version(""), 1000, 1000), 0u);
  EXPECT_EQ(resume_at(version(""), 1'000'000, 0), 1'000'000u);
}

TEST(SecondFetch, is_worth_it_for_what_the_first_does_not_bring_soon) {
  EXPECT_FALSE(is_worth_a_second_fetch(100'000, 0)) << "near";
  EXPECT_TRUE(is_worth_a_second_fetch(1'000'000, 0)) << "nothing moves";
  EXPECT_TRUE(is_worth_a_second_fetch(1'000'000, 1'000'000)) << "a second away";
  EXPECT_FALSE(is_worth_a_second_fetch(1'000'000, 100'000'000)) << "ten milliseconds away";
}

TEST(RetryState, double_the_wait_up_to_a_limit_and_keep_half_of_it_random) {
  RetryLimits limits;
  limits.tries = 100;
  limits.first_wait = Seconds(1);
  limits.max_wait = Seconds(5);
  RetryState tries(limits);
  EXPECT_EQ(tries.after(FailureReason::Lost, -1, 1.0), 1);
  EXPECT_EQ(tries.after(FailureReason::Lost, -1, 1.0), 2);
  EXPECT_EQ(tries.after(FailureReason::Lost, -1, 0.0), 2);
  EXPECT_EQ(tries.after(FailureReason::Lost, -1, 1.0), 5);
  for (int more = 0; more < 90; ++more) EXPECT_EQ(tries.after(FailureReason::Lost, -1, 1.0), 5);
  tries.progress();
  EXPECT_EQ(tries.after(FailureReason::Lost, -1, 1.0), 1);
}

TEST(RetryState, end_after_so_many_in_a_row) {
  RetryLimits limits;
  limits.tries = 3;
  RetryState tries(limits);
  EXPECT_TRUE(tries.after(FailureReason::Lost, -1, 0));
  EXPECT_TRUE(tries.after(FailureReason::Lost, -1, 0));
  tries.progress();
  EXPECT_TRUE(tries.after(FailureReason::Lost, -1, 0));
  EXPECT_TRUE(tries.after(FailureReason::Lost, -1, 0));
  EXPECT_FALSE(tries.after(FailureReason::Lost, -1, 0));
}

TEST(RetryState, distinguishes_a_permanent_end_from_an_outage) {
  RetryState tries{RetryLimits{}};
  for (int times = 0; times < 4; ++times) EXPECT_TRUE(tries.after(FailureReason::CutShort, -1, 0));
  EXPECT_FALSE(tries.after(FailureReason::CutShort, -1, 0));
  EXPECT_TRUE(tries.only_cut_short());

  RetryState mixed{RetryLimits{}};
  EXPECT_TRUE(mixed.after(FailureReason::Lost, -1, 0));
  for (int times = 0; times < 5; ++times) EXPECT_TRUE(mixed.after(FailureReason::CutShort, -1, 0));
  EXPECT_FALSE(mixed.only_cut_short());
}

TEST(ClipVersion, is_not_compared_by_what_only_one_of_them_has) {
  EXPECT_EQ(compare(version("\"a\""), version("")), VersionMatch::Unknown);
  ClipVersion dated = version("");
  dated.last_modified = "Thu, 01 Jan 1970 00:00:00 GMT";
  EXPECT_EQ(compare(dated, version("")), VersionMatch::Unknown);
}

TEST(Judge, takes_another_version_from_a_range_that_begins_with_it) {
  const auto decision =
      judge(asked(0), response(206, "bytes 0-999/1000", "\"b\""), version("\"a\""));
  EXPECT_EQ(decision.action, Action::Take);
  EXPECT_EQ(decision.version_match, VersionMatch::Changed);
}

TEST(Judge, makes_of_416_what_fits_what_was_asked_and_is_known) {
  EXPECT_EQ(judge(asked(100), response(416, "bytes 0-99/100"), {}).action, Action::AskPlain)
      << "that is a range";
  EXPECT_EQ(judge(asked(100), response(416, "bytes */*"), {}).action, Action::AskPlain);
  EXPECT_EQ(judge(asked(1000), response(416, "bytes */1000"), version("\"a\"")).action,
            Action::WholeHere)
      << "as long as was announced";
  RangeRequest plain;
  plain.ranged = false;
  EXPECT_EQ(judge(plain, response(416, "bytes */100"), {}).action, Action::TryAgain);
}

TEST(RetryState, is_not_cut_short_before_the_first_try) {
  EXPECT_FALSE(RetryState{RetryLimits{}}.only_cut_short());
}

}  // namespace
}  // namespace airforce::test
