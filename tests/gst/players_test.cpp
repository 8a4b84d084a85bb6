// SPDX-License-Identifier: LGPL-2.1-or-later
// The programs that open URIs, as a person at a shell sees them; each pays once.
#include "support.h"

using namespace airforce::gst::test;

namespace {

// As an argument for a shell: the URI of a request, or that of the task that it has become, which
// is bought here.
std::string a_uri(int of_task, const std::string& animal = "fox") {
  return "'" +
         (of_task != 0
              ? task_uri("prompt=\"A red " + animal + "\"")
              : "airforce://generate?model=wan-2.6&sound=true&prompt=A%20red%20" + animal) +
         "'";
}

// For ges-launch-1.0, whose command line is a URI itself: '?' and '%' are encoded once more.
std::string for_ges(std::string uri) {
  for (std::size_t at = 0; (at = uri.find_first_of("?%", at)) != std::string::npos; at += 3) {
    uri.replace(at, 1, uri[at] == '?' ? "%3F" : "%25");
  }
  return uri;
}

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
  const std::string fox = a_uri(__i__);
  const Ran discovered = run_well("gst-discoverer-1.0 " + fox);
  for (const char* line : {"Seekable: yes", "video", "audio"}) {
    fail_unless(!discovered.lines_with(line).empty(), "%s", discovered.output.c_str());
  }
  run_well(gst_play(fox));
  run_well(gst_play("--use-playbin3 --start-position=1 " + fox));
  fail_unless_equals_int(served.simulator.logged("POST"), 1);
}
GST_END_TEST

GST_START_TEST(gst_play_goes_through_a_list_without_a_gap) {
  const Served served;
  const std::string list = a_uri(0) + " " + a_uri(1, "hen") + " ";
  // Newer ones have to be made to use the old playbin.
  const bool has_both = !run_well(gst_play("--help")).lines_with("--use-playbin2").empty();
  for (const char* playbin : {has_both ? "--use-playbin2 " : "", "--use-playbin3 "}) {
    const Ran ran = run_well(gst_play(std::string("--gapless ") + playbin + list));
    // "Now playing", or "preparing next title" where the player can.
    fail_unless(!ran.lines_with("airforce://task/").empty(), "%s", ran.output.c_str());
  }
  fail_unless_equals_int(served.simulator.logged("POST"), 2);
}
GST_END_TEST

GST_START_TEST(ges_launch_plays_a_time_line_of_clips) {
  const Served served;
  const std::string sinks = "ges-launch-1.0 --videosink=fakevideosink --audiosink=fakeaudiosink ";
  const std::string fox = for_ges(a_uri(__i__));
  const Ran ran =
      run_well(sinks + "+clip " + fox + " duration=1.0 +clip " + fox + " inpoint=1.0 duration=1.0");
  fail_unless(!ran.lines_with("Done").empty(), "%s", ran.output.c_str());
  fail_unless_equals_int(served.simulator.logged("POST"), 1);
}
GST_END_TEST

GST_START_TEST(ges_launch_renders_picture_and_sound) {
  const Served served;
  const std::string file = served.directory.file("rendered.webm");
  run_well("ges-launch-1.0 --outputuri=file://" + file +
           " --format=video/webm:video/x-vp8:audio/x-vorbis +clip " + for_ges(a_uri(0)) +
           " duration=0.5 +clip " + for_ges(a_uri(1)) + " inpoint=1.0 duration=0.5");
  Pipeline pipeline("filesrc location=" + file +
                    " ! decodebin3 name=d "
                    "d. ! video/x-raw ! queue ! fakesink name=video "
                    "d. ! audio/x-raw ! queue ! fakesink name=audio");
  const Received video(pipeline, "video");
  const Received audio(pipeline, "audio");
  pipeline.play_to_end();
  fail_unless(video.lines().size() >= 23, "%u frames", static_cast<unsigned>(video.lines().size()));
  fail_unless(!audio.lines().empty());
  fail_unless_equals_int(served.simulator.logged("POST"), 1);
}
GST_END_TEST

GST_START_TEST(gst_play_library_plays_seeks_and_plays_to_the_end) {
  const Served served;
  run_well(std::string(g_getenv("AIRFORCE_TEST_PYTHON")) + " " +
           g_getenv("AIRFORCE_TEST_GST_PLAY") + " " + a_uri(__i__));
  fail_unless_equals_int(served.simulator.logged("POST"), 1);
}
GST_END_TEST

GST_START_TEST(players_open_a_film_by_its_uri) {
  const Served served;
  const std::string film = "\"airforce://film?model=wan-2.6&sound=true&storyboard=Fern%0AMoss\"";
  const Ran discovered = run_well("gst-discoverer-1.0 " + film);
  fail_unless(!discovered.lines_with("Duration: 0:00:0").empty(), "%s", discovered.output.c_str());
  run_well(gst_play(film));
  run_well("gst-launch-1.0 playbin uri=" + film +
           " video-sink=fakevideosink audio-sink=fakeaudiosink");
  fail_unless_equals_int(served.simulator.creates(), 2);
}
GST_END_TEST

static Suite* players_suite() {
  Suite* suite = suite_create("players");
  TCase* tcase = tcase_create("players");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 200);
  // Each by the URI of a request and by that of a task.
  tcase_add_loop_test(tcase, gst_discoverer_and_gst_play_share_one_purchase, 0, 2);
  tcase_add_test(tcase, players_open_a_film_by_its_uri);
  tcase_add_test(tcase, gst_play_goes_through_a_list_without_a_gap);
  // What this system lacks is not tested here; meson says so.
  if (g_getenv("AIRFORCE_TEST_GES_LAUNCH") != nullptr) {
    tcase_add_loop_test(tcase, ges_launch_plays_a_time_line_of_clips, 0, 2);
    tcase_add_test(tcase, ges_launch_renders_picture_and_sound);
  }
  if (g_getenv("AIRFORCE_TEST_PYTHON") != nullptr) {
    tcase_add_loop_test(tcase, gst_play_library_plays_seeks_and_plays_to_the_end, 0, 2);
  }
  return suite;
}

GST_CHECK_MAIN(players)
