// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report.h"

#include <gtest/gtest.h>

#include "generation/generation.h"

namespace airforce::cli {
namespace {

Error cancelled(Charge charge) {
  Error error(ErrorKind::Cancelled, Step::Follow, "cancelled", resume_advice("vid_1"));
  error.charge = charge;
  error.task_id = "vid_1";
  error.resumable = true;
  return error;
}

TEST(Report, speaks_of_flags_where_the_core_speaks_of_parameters) {
  EXPECT_EQ(with_flags("set max_cost_cents to 0"), "set --max-cost-cents to 0");
  EXPECT_EQ(with_flags("set model to one of: wan-2.6"), "set --model to one of: wan-2.6");
  EXPECT_EQ(with_flags("mode=text takes no input_images"), "--mode=text takes no --image");
  EXPECT_EQ(with_flags("attach with task_id=vid_1"), "attach with --task-id=vid_1");
}

TEST(Report, leaves_plain_words_alone) {
  EXPECT_EQ(with_flags("the prompt is not valid UTF-8"), "the prompt is not valid UTF-8");
  EXPECT_EQ(with_flags("there is no video model 'sound'"), "there is no video model 'sound'");
  EXPECT_EQ(with_flags("pass --model=x"), "pass --model=x");
}

TEST(Report, says_how_to_get_what_is_paid_for) {
  const Error error = in_words_of(*find_command("generate"), cancelled(Charge::Charged));
  const std::string line = error_line(find_command("generate"), error);
  EXPECT_NE(line.find("airforce-video download vid_1"), std::string::npos) << line;
  EXPECT_EQ(line.find("--task-id"), std::string::npos) << "one way is enough: " << line;
}

TEST(Report, gives_advice_once_though_the_core_gave_it_already) {
  Error error = cancelled(Charge::Charged);
  error.next_step =
      "fetch it again without paying: airforce-video download vid_1, or set task_id=vid_1";
  EXPECT_EQ(in_words_of(*find_command("generate"), error).next_step,
            "fetch it again without paying: airforce-video download vid_1");
}

TEST(Report, keeps_to_one_line_that_cannot_steer_the_terminal) {
  const Error error(ErrorKind::Server, Step::Create, "two\nlines\x1b[2J");
  EXPECT_EQ(error_line(nullptr, error), "airforce-video: two lines[2J\n");
}

TEST(Report, speaks_of_money_only_where_some_was_at_stake) {
  const Error error(ErrorKind::NotFound, Step::Follow, "no such task");
  EXPECT_EQ(error_line(find_command("status"), error), "airforce-video: no such task\n");
  EXPECT_EQ(error_line(find_command("generate"), error),
            "airforce-video: no such task; nothing was charged\n");
  const Error early(ErrorKind::Budget, Step::Settings, "too expensive");
  EXPECT_EQ(error_line(find_command("batch"), early),
            "airforce-video: too expensive; nothing was charged\n");
  const Error late(ErrorKind::Cancelled, Step::Settings, "cancelled");
  EXPECT_EQ(error_line(find_command("batch"), late), "airforce-video: cancelled\n")
      << "other shots may have been bought";
}

}  // namespace
}  // namespace airforce::cli
