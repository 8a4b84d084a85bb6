// SPDX-License-Identifier: LGPL-2.1-or-later
// Ends of a film in the element: stops, kills, and what a long one takes.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <tuple>

#include <malloc.h>

#include "film_service.h"

using namespace airforce::gst::test;

namespace {

struct Used {
  long kilobytes = 0;  // of memory
  long files = 0;
  long threads = 0;
};

long entries_of(const char* directory) {
  return std::distance(std::filesystem::directory_iterator(directory), {});
}

Used used() {
  Used now;
  malloc_trim(0);  // what is free is not in use
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == "VmRSS:") status >> now.kilobytes;
  }
  now.files = entries_of("/proc/self/fd");
  now.threads = entries_of("/proc/self/task");
  return now;
}

}  // namespace

GST_START_TEST(a_film_stops_anywhere) {
  const FilmService service;
  const std::string storyboard = service.storyboard("a+bda+b");
  for (const int wait : {0, 20, 80, 200, 400, 700, 1000}) {
    Pipeline pipeline(film(storyboard) +
                      "s. ! video/x-raw ! queue ! fakesink name=video sync=true s. ! audio/x-raw ! "
                      "queue ! fakesink sync=true");
    pipeline.set_state(GST_STATE_PLAYING);
    g_usleep(static_cast<gulong>(wait) * 1000);
    pipeline.set_state(GST_STATE_NULL);
  }
  fail_unless(service.simulator.creates() <= 5);
}
GST_END_TEST

GST_START_TEST(eos_ends_a_film_in_its_middle) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("adad")) +
                    "s. ! video/x-raw ! queue ! fakesink name=video sync=true");
  preroll(pipeline);
  pipeline.set_state(GST_STATE_PLAYING);
  const Ref<GstElement> source = pipeline.element("s");
  fail_unless(gst_element_send_event(source.get(), gst_event_new_eos()));
  pipeline.wait(GST_MESSAGE_EOS);
}
GST_END_TEST

GST_START_TEST(eos_ends_a_film_whose_first_shot_is_being_made) {
  const TempDir directory;
  const Simulator simulator({"--task-seconds=300"});
  const std::string storyboard = directory.file("film.txt");
  std::ofstream(storyboard) << "Fern\nMoss\n";
  Pipeline pipeline(film(storyboard, "model=wan-2.6") + kVideoBranch);
  pipeline.set_state(GST_STATE_PLAYING);
  pipeline.wait(GST_MESSAGE_ELEMENT, [](GstMessage* message) {
    return gst_message_has_name(message, "airforce-task") != FALSE;
  });
  const Ref<GstElement> source = pipeline.element("s");
  fail_unless(gst_element_send_event(source.get(), gst_event_new_eos()));
  pipeline.wait(GST_MESSAGE_EOS);
}
GST_END_TEST

GST_START_TEST(eos_ends_a_film_that_waits_for_its_second_shot) {
  const FilmService service({"--fault=create:after=1,gateway=20,late=300"});
  Pipeline pipeline(film(service.storyboard("a+b")) + kVideoBranch);
  pipeline.set_state(GST_STATE_PLAYING);
  pipeline.wait(GST_MESSAGE_BUFFERING);
  const Ref<GstElement> source = pipeline.element("s");
  fail_unless(gst_element_send_event(source.get(), gst_event_new_eos()));
  pipeline.wait(GST_MESSAGE_EOS);
}
GST_END_TEST

// AIRFORCE_KILLS says how often.
GST_START_TEST(a_film_that_is_killed_is_resumed_and_each_shot_bought_once) {
  const char* wanted = g_getenv("AIRFORCE_KILLS");
  const int kills = wanted != nullptr ? std::atoi(wanted) : 3;
  const FilmService service;
  const std::string line = film(service.storyboard("a+bda+b")) + kVideoBranch;
  for (int i = 0; i < kills; ++i) {
    g_auto(GStrv) words = nullptr;
    fail_unless(
        g_shell_parse_argv(("gst-launch-1.0 -q " + line).c_str(), nullptr, &words, nullptr));
    g_autoptr(GSubprocess) process =
        g_subprocess_newv(words, G_SUBPROCESS_FLAGS_STDOUT_SILENCE, nullptr);
    fail_unless(process != nullptr);
    g_usleep(static_cast<gulong>(g_random_int_range(20, 1800)) * 1000);
    g_subprocess_force_exit(process);
    fail_unless(g_subprocess_wait(process, nullptr, nullptr));
  }
  Pipeline pipeline(line);
  // A kill between the record of a create and its request: nothing is bought again before three
  // minutes have shown that no task appears.
  pipeline.set_timeout(airforce::test::kSlowness * 260 * GST_SECOND);
  const FilmWatch watch(pipeline, false);
  pipeline.play_to_end();
  fail_unless(watch.numbers() == expected_numbers("a+bda+b"));
  fail_unless_equals_int(service.simulator.creates(), 5);
}
GST_END_TEST

// AIRFORCE_FILM_SHOTS says how many there are.
GST_START_TEST(a_long_film_takes_no_more_than_a_short_one) {
  const char* wanted = g_getenv("AIRFORCE_FILM_SHOTS");
  const int count = wanted != nullptr ? std::atoi(wanted) : 30;
  // Threads come and go with each shot: arenas of their own would hide what is in use.
  mallopt(M_ARENA_MAX, 1);
  const FilmService service({"--balance=1000000"});
  const std::string storyboard = service.directory.file("long.txt");
  {
    std::ofstream file(storyboard);
    for (int i = 1; i <= count; ++i) file << "fox number " << i << "\n";
  }
  // Queues of their usual size would hold more or less from moment to moment.
  Pipeline pipeline(film(storyboard, "model=veo-3") +
                    "s. ! video/x-raw ! queue max-size-buffers=2 ! fakesink name=video sync=false "
                    "s. ! audio/x-raw ! audioconvert ! audio/x-raw,format=S16LE ! "
                    "queue max-size-buffers=2 ! fakesink name=audio sync=false");
  const FilmWatch watch(pipeline);
  pipeline.set_state(GST_STATE_PLAYING);
  std::vector<Used> after;
  pipeline.wait(static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ELEMENT),
                [&](GstMessage* message) {
                  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) return true;
                  if (gst_message_has_name(message, "airforce-shot")) after.push_back(used());
                  return false;
                });
  fail_unless_equals_int(watch.frames().size(), 24 * count);
  fail_unless_equals_int(service.simulator.creates(), count);
  // Up to sixteen shots are ready ahead of the one that plays, with some descriptors each; how
  // many, and how many pictures are decoded, changes from moment to moment.
  const auto usual = [&](std::size_t first, long Used::*what) {
    std::vector<long> values;
    for (std::size_t i = first; i < first + 9; ++i) values.push_back(after[i].*what);
    std::nth_element(values.begin(), values.begin() + 4, values.end());
    return values[4];
  };
  const std::size_t end = after.size() - 10;
  // A sanitizer remembers what was freed, and all that threads did.
  const long memory = airforce::test::kSlowness == 1 ? 10000 : std::numeric_limits<long>::max() / 2;
  for (const auto& [name, what, more] : {std::tuple{"kB of memory", &Used::kilobytes, memory},
                                         {"descriptors", &Used::files, 64L},
                                         {"threads", &Used::threads, 8L}}) {
    const long before = usual(9, what);
    const long now = usual(end, what);
    g_print("%d shots: %ld %s about the tenth, %ld near the end\n", count, before, name, now);
    fail_unless(now < before + more, "%ld %s, then %ld", before, name, now);
  }
}
GST_END_TEST

static Suite* film_limits_suite() {
  Suite* suite = suite_create("film_limits");
  TCase* tcase = tcase_create("film_limits");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 400);
  tcase_add_test(tcase, a_film_stops_anywhere);
  tcase_add_test(tcase, eos_ends_a_film_in_its_middle);
  tcase_add_test(tcase, eos_ends_a_film_whose_first_shot_is_being_made);
  tcase_add_test(tcase, eos_ends_a_film_that_waits_for_its_second_shot);
  tcase_add_test(tcase, a_film_that_is_killed_is_resumed_and_each_shot_bought_once);
  tcase_add_test(tcase, a_long_film_takes_no_more_than_a_short_one);
  return suite;
}

GST_CHECK_MAIN(film_limits)
