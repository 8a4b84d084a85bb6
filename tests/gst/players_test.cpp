// SPDX-License-Identifier: LGPL-2.1-or-later
// The programs that open URIs, as a person at a shell sees them; each pays once.
#include "support.h"

using namespace airforce::gst::test;

namespace {

const std::string kRequestOf = "generate?model=wan-2.6&sound=true&prompt=";
const std::string kFox = "'airforce://" + kRequestOf + "A%20red%20fox'";

// The test fails when the command does, or prints an error.
Ran run_well(const std::string& command) {
  Ran ran = run(command);
  fail_unless(ran.exit_code == 0, "%s: %s", command.c_str(), ran.output.c_str());
  fail_unless(ran.lines_with("ERROR").empty(), "%s: %s", command.c_str(), ran.output.c_str());
  return ran;
}

std::string gst_play(const std::string& arguments) {
  return "gst-play-1.0 --no-interactive --videosink=fakevideosink --audiosink=fakeaudiosink " +
         arguments;
}

}  // namespace

GST_START_TEST(gst_discoverer_and_gst_play_share_one_purchase) {
  const Served served;
  const Ran discovered = run_well("gst-discoverer-1.0 " + kFox);
  fail_unless(!discovered.lines_with("Seekable: yes").empty(), "%s", discovered.output.c_str());
  run_well(gst_play(kFox));
  run_well(gst_play("--use-playbin3 " + kFox));
  fail_unless_equals_int(served.simulator.logged("POST"), 1);
}
GST_END_TEST

GST_START_TEST(gst_play_goes_through_a_list_without_a_gap) {
  const Served served;
  const std::string list = kFox + " 'airforce://" + kRequestOf + "A%20blue%20fox'";
  run_well(gst_play("--gapless " + list));
  run_well(gst_play("--gapless --use-playbin3 " + list));
  fail_unless_equals_int(served.simulator.logged("POST"), 2);
}
GST_END_TEST

// Its command line is a URI itself, so '?' and '%' are encoded once more.
GST_START_TEST(ges_launch_plays_a_time_line_of_clips) {
  const Served served;
  const std::string sinks = "ges-launch-1.0 --videosink=fakevideosink --audiosink=fakeaudiosink ";
  const std::string fox = "'airforce://generate%3Fmodel=wan-2.6&sound=true&prompt=A%2520red%20fox'";
  const Ran ran =
      run_well(sinks + "+clip " + fox + " duration=1.0 +clip " + fox + " inpoint=1.0 duration=1.0");
  fail_unless(!ran.lines_with("Done").empty(), "%s", ran.output.c_str());
  fail_unless_equals_int(served.simulator.logged("POST"), 1);
}
GST_END_TEST

GST_START_TEST(gst_play_library_plays_seeks_and_plays_to_the_end) {
  const Served served;
  run_well(std::string(g_getenv("AIRFORCE_TEST_PYTHON")) + " " +
           g_getenv("AIRFORCE_TEST_GST_PLAY") + " " + kFox);
  fail_unless_equals_int(served.simulator.logged("POST"), 1);
}
GST_END_TEST

static Suite* players_suite() {
  Suite* suite = suite_create("players");
  TCase* tcase = tcase_create("players");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, gst_discoverer_and_gst_play_share_one_purchase);
  tcase_add_test(tcase, gst_play_goes_through_a_list_without_a_gap);
  // What this system lacks is not tested here; meson says so.
  if (g_getenv("AIRFORCE_TEST_GES_LAUNCH") != nullptr) {
    tcase_add_test(tcase, ges_launch_plays_a_time_line_of_clips);
  }
  if (g_getenv("AIRFORCE_TEST_PYTHON") != nullptr) {
    tcase_add_test(tcase, gst_play_library_plays_seeks_and_plays_to_the_end);
  }
  return suite;
}

GST_CHECK_MAIN(players)
