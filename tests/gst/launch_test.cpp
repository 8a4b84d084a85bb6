// SPDX-License-Identifier: LGPL-2.1-or-later
// The real gst-launch-1.0 and gst-inspect-1.0, as a person at a shell sees them.
#include <filesystem>

#include "support.h"

using namespace airforce::gst::test;

namespace {

Ran launch(const std::string& line) {
  return run("gst-launch-1.0 " + line);
}

// Runs under the tracer that lists at the end what is still alive.
Ran launch_traced(const std::string& line) {
  g_setenv("GST_TRACERS", "leaks", TRUE);
  g_setenv("GST_DEBUG", "GST_TRACER:7", TRUE);
  g_setenv("GST_DEBUG_NO_COLOR", "1", TRUE);
  return launch(line);
}

void fail_unless_nothing_leaked(const Ran& ran) {
  fail_unless(!ran.lines_with("object-alive.class").empty(), "the tracer did not run");
  fail_unless(ran.lines_with(":0:: object-alive").empty(), "%s", ran.output.c_str());
}

void fail_unless_one_error(const Ran& ran, const std::string& word) {
  fail_unless(ran.exit_code != 0, "%s", ran.output.c_str());
  const auto errors = ran.lines_with("ERROR: from element");
  fail_unless(errors.size() == 1 && errors[0].find(word) != std::string::npos, "%s",
              ran.output.c_str());
}

const std::string kFox = "airforcevideosrc model=wan-2.6 prompt=fox ";

}  // namespace

GST_START_TEST(the_example_of_gst_inspect_works) {
  TempDir directory;
  const Simulator simulator({"--task-seconds=0.1", "--clip=" + make_clip(directory)});
  const Ran inspected = run("gst-inspect-1.0 --no-colors airforcevideosrc");
  fail_unless_equals_int(inspected.exit_code, 0);
  const auto examples = inspected.lines_with("gst-launch-1.0");
  fail_unless_equals_int(examples.size(), 1);
  std::string line = examples[0].substr(examples[0].find("gst-launch-1.0"));
  const std::string screen = "autovideosink";
  fail_unless(line.find(screen) != std::string::npos);
  line.replace(line.find(screen), screen.size(), "fakevideosink");
  const Ran ran = run(line);
  fail_unless(ran.exit_code == 0, "%s", ran.output.c_str());
}
GST_END_TEST

GST_START_TEST(a_line_with_both_pads_plays_shows_progress_and_leaks_nothing) {
  TempDir directory;
  const Simulator simulator({"--task-seconds=0.1", "--clip=" + make_clip(directory)});
  const Ran ran = launch_traced(kFox +
                                "sound=true name=s s. ! queue ! videoconvert ! fakevideosink "
                                "s. ! queue ! audioconvert ! fakeaudiosink");
  fail_unless(ran.exit_code == 0, "%s", ran.output.c_str());
  fail_unless(ran.lines_with("Progress: (generate)").size() > 2);
  fail_unless_nothing_leaked(ran);
}
GST_END_TEST

GST_START_TEST(a_failing_line_leaks_nothing) {
  const Simulator simulator;
  const Ran ran = launch_traced(kFox + "duration-seconds=3000 ! fakesink");
  fail_unless(ran.exit_code != 0);
  fail_unless_nothing_leaked(ran);
}
GST_END_TEST

// What a person sees who asks for GST_DEBUG=airforce*:4: the story, and not each of its sentences.
GST_START_TEST(the_log_at_level_4_has_the_phases_and_little_else) {
  const Served served;
  g_setenv("GST_DEBUG", "airforce*:4", TRUE);
  g_setenv("GST_DEBUG_NO_COLOR", "1", TRUE);
  const Ran ran = launch(kFox + "sound=true start-now=true ! fakesink");
  fail_unless(ran.exit_code == 0, "%s", ran.output.c_str());
  std::size_t at = 0;
  for (const char* step : {"prepare: ", "create: ", "task vid_", "download: ", "begins at",
                           "all pads are there: 1 video, 1 audio", "EOS"}) {
    at = ran.output.find(step, at);
    fail_unless(at != std::string::npos, "no '%s' in its place: %s", step, ran.output.c_str());
  }
  fail_unless(ran.lines_with("airforcevideosrc ").size() < 25, "%s", ran.output.c_str());
}
GST_END_TEST

// One for each change of state; what is in them is what an application dumps too.
GST_START_TEST(the_graphs_are_read_without_a_complaint) {
  const Served served;
  const TempDir graphs;
  g_setenv("GST_DEBUG_DUMP_DOT_DIR", graphs.file("").c_str(), TRUE);
  const Ran ran = launch(
      "airforcevideosrc model=wan-2.6 prompt=\"A \\\"quoted\\\" <fox> {at} | dawn\" ! fakesink");
  fail_unless(ran.exit_code == 0, "%s", ran.output.c_str());
  std::string drawn;
  for (const auto& entry : std::filesystem::directory_iterator(graphs.path())) {
    const Ran dot = run("dot -Tcanon " + entry.path().string());
    fail_unless(dot.exit_code == 0, "%s", dot.output.c_str());
    fail_unless(dot.lines_with("Warning").empty() && dot.lines_with("Error").empty(), "%s: %s",
                entry.path().c_str(), dot.output.c_str());
    if (entry.path().string().find("PAUSED_PLAYING") != std::string::npos)
      drawn = airforce::test::read_file(entry.path());
  }
  for (const char* what : {"GstAirforceVideoSrc", "GstAirforceClipSrc", "GstDecodebin3", "video_0",
                           "task=airforce-task"}) {
    fail_unless(drawn.find(what) != std::string::npos, "no %s in a graph of %u bytes", what,
                static_cast<unsigned>(drawn.size()));
  }
}
GST_END_TEST

GST_START_TEST(no_key_is_one_clear_line) {
  const Simulator simulator;
  g_unsetenv("AIRFORCE_API_KEY");
  fail_unless_one_error(launch(kFox + "! fakesink"), "AIRFORCE_API_KEY");
}
GST_END_TEST

GST_START_TEST(a_wrong_key_is_one_clear_line) {
  const Simulator simulator;
  g_setenv("AIRFORCE_API_KEY", "sk-air-canary", TRUE);
  const Ran ran = launch(kFox + "! fakesink");
  fail_unless_one_error(ran, "401");
  fail_unless(ran.lines_with("canary").empty(), "%s", ran.output.c_str());
}
GST_END_TEST

GST_START_TEST(no_model_is_one_clear_line) {
  const Simulator simulator;
  fail_unless_one_error(launch("airforcevideosrc prompt=fox ! fakesink"), "wan-2.6");
}
GST_END_TEST

GST_START_TEST(a_duration_out_of_range_is_one_clear_line) {
  const Simulator simulator;
  fail_unless_one_error(launch(kFox + "duration-seconds=3000 ! fakesink"), "3000");
}
GST_END_TEST

GST_START_TEST(an_unreadable_image_is_one_clear_line) {
  const Simulator simulator;
  const std::string image = simulator.directory().file("dragon.png");
  fail_unless_one_error(launch(kFox + "input-images=<" + image + "> ! fakesink"), image);
}
GST_END_TEST

GST_START_TEST(a_server_that_answers_html_is_one_clear_line) {
  const Simulator simulator({"--fault=models:body=html,content-type=text/html",
                             "--fault=create:body=html,content-type=text/html",
                             "--fault=list:body=html,content-type=text/html"});
  const Ran ran = launch(kFox + "timeout=1 ! fakesink");
  fail_unless_one_error(ran, "web page");
  fail_unless(ran.lines_with("<html").empty() && ran.lines_with("<body").empty());
}
GST_END_TEST

GST_START_TEST(a_port_that_nobody_listens_on_is_one_clear_line) {
  const Simulator simulator;
  fail_unless_one_error(launch(kFox + "base-url=http://127.0.0.1:1 timeout=1 ! fakesink"),
                        "127.0.0.1:1");
}
GST_END_TEST

static Suite* launch_suite() {
  Suite* suite = suite_create("launch");
  TCase* tcase = tcase_create("launch");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 200);
  tcase_add_test(tcase, the_example_of_gst_inspect_works);
  tcase_add_test(tcase, a_line_with_both_pads_plays_shows_progress_and_leaks_nothing);
  tcase_add_test(tcase, a_failing_line_leaks_nothing);
  tcase_add_test(tcase, the_log_at_level_4_has_the_phases_and_little_else);
  g_autofree char* dot = g_find_program_in_path("dot");
  if (dot != nullptr) tcase_add_test(tcase, the_graphs_are_read_without_a_complaint);
  tcase_add_test(tcase, no_key_is_one_clear_line);
  tcase_add_test(tcase, a_wrong_key_is_one_clear_line);
  tcase_add_test(tcase, no_model_is_one_clear_line);
  tcase_add_test(tcase, a_duration_out_of_range_is_one_clear_line);
  tcase_add_test(tcase, an_unreadable_image_is_one_clear_line);
  tcase_add_test(tcase, a_server_that_answers_html_is_one_clear_line);
  tcase_add_test(tcase, a_port_that_nobody_listens_on_is_one_clear_line);
  return suite;
}

GST_CHECK_MAIN(launch)
