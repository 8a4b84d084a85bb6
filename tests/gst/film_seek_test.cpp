// SPDX-License-Identifier: LGPL-2.1-or-later
// Seeks in a film of the element, and its length.
#include <algorithm>
#include <cmath>

#include "film_service.h"

using namespace airforce::gst::test;

GST_START_TEST(a_seek_goes_to_any_shot_by_the_time_of_the_film) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("a+bd")) + kBranches);
  FilmWatch watch(pipeline);
  preroll(pipeline);
  // Once all are there their lengths are known.
  pipeline.play_to_end();
  const auto whole = watch.numbers();
  for (const int frame : {60, 3, 25, 24, 49}) {
    pipeline.set_state(GST_STATE_PAUSED);
    watch.clear();
    seek(pipeline, 1, gst_util_uint64_scale(static_cast<guint64>(frame), GST_SECOND, kFilmRate) + 1,
         GST_CLOCK_TIME_NONE, GST_SEEK_FLAG_ACCURATE);
    pipeline.play_to_end();
    const std::vector<int> rest(whole.begin() + frame, whole.end());
    fail_unless(watch.numbers() == rest, "from %d: %u pictures, the first is %d", frame,
                static_cast<unsigned>(watch.numbers().size()), watch.numbers().front());
    fail_unless_contiguous(watch.sound());
  }
  fail_unless_equals_int(service.simulator.creates(), 3);
}
GST_END_TEST

// The second shot continues the first, and comes three seconds later.
GST_START_TEST(a_seek_into_a_shot_that_is_being_made_buffers_until_it_comes) {
  const FilmService service({"--fault=create:after=1,gateway=20,late=3"});
  Pipeline pipeline(film(service.storyboard("a+b")) + kVideoBranch);
  FilmWatch watch(pipeline, false);
  preroll(pipeline);
  watch.clear();
  seek(pipeline, 1, 25 * kFilmFrame + 26, GST_CLOCK_TIME_NONE, GST_SEEK_FLAG_ACCURATE);
  int percent = 100;
  const auto report = [&](GstMessage* message) {
    gst_message_parse_buffering(message, &percent);
    return true;
  };
  pipeline.wait(GST_MESSAGE_BUFFERING, report);
  fail_unless(percent < 100);
  fail_unless_equals_int(watch.frames().size(), 0);
  while (percent < 100) pipeline.wait(GST_MESSAGE_BUFFERING, report);
  pipeline.play_to_end();
  std::vector<int> numbers;
  append(numbers, 25, 24);
  fail_unless(watch.numbers() == numbers, "%u pictures",
              static_cast<unsigned>(watch.numbers().size()));
  fail_unless_equals_int(service.simulator.creates(), 2);
}
GST_END_TEST

GST_START_TEST(a_seek_with_an_end_ends_there) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("adda")) + kVideoBranch);
  FilmWatch watch(pipeline, false);
  pipeline.play_to_end();
  const auto whole = watch.numbers();
  pipeline.set_state(GST_STATE_PAUSED);
  watch.clear();
  seek(pipeline, 1, 10 * kFilmFrame + 11, 60 * kFilmFrame, GST_SEEK_FLAG_ACCURATE);
  pipeline.play_to_end();
  fail_unless(watch.numbers() == std::vector<int>(whole.begin() + 10, whole.begin() + 60));
}
GST_END_TEST

GST_START_TEST(a_film_plays_backwards) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("ad")) + kVideoBranch);
  FilmWatch watch(pipeline, false);
  pipeline.play_to_end();
  std::vector<int> whole = watch.numbers();
  std::sort(whole.begin(), whole.end());
  pipeline.set_state(GST_STATE_PAUSED);
  watch.clear();
  seek(pipeline, -1, 0, 49 * kFilmFrame + 49, GST_SEEK_FLAG_ACCURATE);
  pipeline.play_to_end();
  std::vector<int> numbers = watch.numbers();
  fail_unless(numbers.front() > 200 && numbers.back() < 25, "%d to %d", numbers.front(),
              numbers.back());
  std::sort(numbers.begin(), numbers.end());
  fail_unless(numbers == whole, "%u pictures", static_cast<unsigned>(numbers.size()));
}
GST_END_TEST

GST_START_TEST(a_seek_before_there_are_pads_begins_in_its_shot) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("ddd")) + kVideoBranch);
  const FilmWatch watch(pipeline, false);
  const Ref<GstElement> source = pipeline.element("s");
  pipeline.set_state(GST_STATE_PAUSED);
  // By the plan each of them has eight seconds.
  fail_unless(gst_element_send_event(
      source.get(),
      gst_event_new_seek(1, GST_FORMAT_TIME,
                         static_cast<GstSeekFlags>(GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
                         GST_SEEK_TYPE_SET, 8 * GST_SECOND, GST_SEEK_TYPE_NONE, -1)));
  pipeline.play_to_end();
  fail_unless_equals_int(watch.frames().size(), 48);
}
GST_END_TEST

GST_START_TEST(the_duration_is_planned_and_then_measured) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("ad")) + kVideoBranch);
  preroll(pipeline);
  gint64 duration = 0;
  fail_unless(gst_element_query_duration(pipeline.get(), GST_FORMAT_TIME, &duration));
  fail_unless(duration <= static_cast<gint64>(25 * kFilmFrame + 8 * GST_SECOND + 100));
  pipeline.play_to_end();
  const Ref<GstElement> source = pipeline.element("s");
  const Ref<GstPad> pad(gst_element_get_static_pad(source.get(), "video_0"));
  fail_unless(gst_pad_query_duration(pad.get(), GST_FORMAT_TIME, &duration));
  fail_unless(std::abs(duration - static_cast<gint64>(49 * kFilmFrame)) < 100, "%lld",
              static_cast<long long>(duration));
}
GST_END_TEST

static Suite* film_seek_suite() {
  Suite* suite = suite_create("film_seek");
  TCase* tcase = tcase_create("film_seek");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 200);
  tcase_add_test(tcase, a_seek_goes_to_any_shot_by_the_time_of_the_film);
  tcase_add_test(tcase, a_seek_into_a_shot_that_is_being_made_buffers_until_it_comes);
  tcase_add_test(tcase, a_seek_with_an_end_ends_there);
  tcase_add_test(tcase, a_film_plays_backwards);
  tcase_add_test(tcase, a_seek_before_there_are_pads_begins_in_its_shot);
  tcase_add_test(tcase, the_duration_is_planned_and_then_measured);
  return suite;
}

GST_CHECK_MAIN(film_seek)
