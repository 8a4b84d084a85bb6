// SPDX-License-Identifier: LGPL-2.1-or-later
// Films in the element: purchases, messages, URIs and what is refused.
#include <cstring>

#include "film_service.h"

using namespace airforce::gst::test;

// The third one comes five seconds after the others: it continues the second.
GST_START_TEST(the_first_shot_plays_while_the_last_one_is_made) {
  const FilmService service({"--fault=create:after=2,gateway=20,late=5"});
  Pipeline pipeline(film(service.storyboard("ad+d")) + kVideoBranch);
  pipeline.set_state(GST_STATE_PLAYING);
  bool has_begun = false;
  pipeline.wait(static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ELEMENT),
                [&](GstMessage* message) {
                  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) return true;
                  guint done = 0;
                  gst_structure_get_uint(gst_message_get_structure(message), "shots-done", &done);
                  if (gst_message_has_name(message, "airforce-shot")) has_begun = true;
                  if (done == 3) fail_unless(has_begun, "the first shot waited for the last");
                  return false;
                });
  const Ref<GstElement> source = pipeline.element("s");
  guint shot = 0;
  g_object_get(source.get(), "current-shot", &shot, nullptr);
  fail_unless_equals_int(shot, 3);
}
GST_END_TEST

GST_START_TEST(each_shot_is_announced_with_its_price_task_and_place) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("ad")) + kVideoBranch);
  pipeline.set_state(GST_STATE_PLAYING);
  std::vector<Structure> shots;
  pipeline.wait(static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ELEMENT),
                [&](GstMessage* message) {
                  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) return true;
                  if (gst_message_has_name(message, "airforce-shot")) {
                    shots.emplace_back(gst_structure_copy(gst_message_get_structure(message)));
                  }
                  return false;
                });
  fail_unless_equals_int(shots.size(), 2);
  guint number = 0;
  guint64 time = 0;
  guint64 duration = 0;
  double cents = 0;
  const GstStructure* second = shots[1].get();
  fail_unless(gst_structure_get(second, "number", G_TYPE_UINT, &number, "film-time", G_TYPE_UINT64,
                                &time, "duration", G_TYPE_UINT64, &duration, "price-cents",
                                G_TYPE_DOUBLE, &cents, nullptr));
  fail_unless_equals_int(number, 2);
  fail_unless_equals_uint64(time, gst_util_uint64_scale(25, GST_SECOND, kFilmRate));
  fail_unless_equals_uint64(duration, GST_SECOND);
  fail_unless(cents == 600, "%f", cents);
  fail_unless_equals_string(gst_structure_get_string(second, "prompt"), "shot 2");
  fail_unless(gst_structure_get_string(second, "task-id") != nullptr);
}
GST_END_TEST

GST_START_TEST(progress_is_complete_with_the_first_shot_and_has_the_price_of_all) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("add")) + kVideoBranch);
  pipeline.set_state(GST_STATE_PLAYING);
  double cents = 0;
  guint shots = 0;
  pipeline.wait(GST_MESSAGE_PROGRESS, [&](GstMessage* message) {
    const GstStructure* structure = gst_message_get_structure(message);
    gst_structure_get(structure, "price-cents", G_TYPE_DOUBLE, &cents, "shots", G_TYPE_UINT, &shots,
                      nullptr);
    return progress_type(message) == GST_PROGRESS_TYPE_COMPLETE;
  });
  fail_unless(cents == 200 + 600 + 600, "%f", cents);
  fail_unless_equals_int(shots, 3);
  pipeline.wait(GST_MESSAGE_EOS);
}
GST_END_TEST

GST_START_TEST(a_film_above_its_ceiling_is_refused_before_any_purchase) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("add"), "max-cost-cents=1399") + kVideoBranch);
  const Message error = pipeline.play_to_error();
  g_autoptr(GError) reported = nullptr;
  gst_message_parse_error(error.get(), &reported, nullptr);
  fail_unless(g_error_matches(reported, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS));
  fail_unless(strstr(reported->message, "max-cost-cents") != nullptr, "%s", reported->message);
  fail_unless_equals_int(service.simulator.creates(), 0);
}
GST_END_TEST

GST_START_TEST(a_shot_that_fails_is_an_error_behind_those_before_it) {
  const FilmService service({"--fault=task:failed,after=1,message=no foxes today"});
  Pipeline pipeline(film(service.storyboard("a+b")) + kVideoBranch);
  const FilmWatch watch(pipeline, false);
  const Message error = pipeline.play_to_error();
  g_autoptr(GError) reported = nullptr;
  gst_message_parse_error(error.get(), &reported, nullptr);
  fail_unless(strstr(reported->message, "shot 2") != nullptr, "%s", reported->message);
  fail_unless(strstr(reported->message, "no foxes today") != nullptr, "%s", reported->message);
  const GstStructure* details = nullptr;
  gst_message_parse_error_details(error.get(), &details);
  fail_unless(details != nullptr && gst_structure_get_string(details, "charge") != nullptr);
  fail_unless_equals_int(watch.frames().size(), 25);
}
GST_END_TEST

GST_START_TEST(a_film_that_is_played_again_is_not_bought_again) {
  const FilmService service;
  const std::string storyboard = service.storyboard("a+bd");
  for (int round = 0; round < 2; ++round) {
    Pipeline pipeline(film(storyboard) + kVideoBranch);
    const FilmWatch watch(pipeline, false);
    pipeline.play_to_end();
    fail_unless(watch.numbers() == expected_numbers("a+bd"));
  }
  fail_unless_equals_int(service.simulator.creates(), 3);
}
GST_END_TEST

// Whether a prompt, a list of one or a storyboard of one line asks for it.
GST_START_TEST(one_clip_is_a_film_of_one_shot) {
  const FilmService service;
  for (const std::string& request :
       {std::string("prompt=fox model=veo-3"), std::string("prompts=\"<\\\"fox\\\">\" model=veo-3"),
        "storyboard=" + service.storyboard("d")}) {
    Pipeline pipeline("airforcevideosrc name=s poll-interval=0.1 reuse=always " + request + " " +
                      kVideoBranch);
    const FilmWatch watch(pipeline, false);
    pipeline.set_state(GST_STATE_PLAYING);
    int shots = 0;
    pipeline.wait(static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ELEMENT),
                  [&](GstMessage* message) {
                    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) return true;
                    if (!gst_message_has_name(message, "airforce-shot")) return false;
                    ++shots;
                    const GstStructure* structure = gst_message_get_structure(message);
                    guint number = 0;
                    guint64 time = 1;
                    guint64 duration = 0;
                    double cents = 0;
                    fail_unless(
                        gst_structure_get(structure, "number", G_TYPE_UINT, &number, "film-time",
                                          G_TYPE_UINT64, &time, "duration", G_TYPE_UINT64,
                                          &duration, "price-cents", G_TYPE_DOUBLE, &cents, nullptr),
                        "%s", request.c_str());
                    fail_unless_equals_int(number, 1);
                    fail_unless_equals_uint64(time, 0);
                    fail_unless_equals_uint64(duration, GST_SECOND);
                    // The list replays what the prompt has bought.
                    const double price = request.starts_with("prompts=") ? 0 : 600;
                    fail_unless(cents == price, "%s: %f", request.c_str(), cents);
                    fail_unless(gst_structure_get_string(structure, "task-id") != nullptr);
                    return false;
                  });
    fail_unless_equals_int(shots, 1);
    guint current = 0;
    g_object_get(pipeline.element("s").get(), "current-shot", &current, nullptr);
    fail_unless_equals_int(current, 1);
    fail_unless(watch.numbers() == expected_numbers("d"), "%s", request.c_str());
  }
}
GST_END_TEST

GST_START_TEST(prompts_make_a_film_without_a_file) {
  const FilmService service;
  Pipeline pipeline(
      "airforcevideosrc name=s poll-interval=0.1 model=wan-2.6 "
      "prompts=\"<\\\"one fox\\\",\\\"two foxes\\\">\" " +
      std::string(kVideoBranch));
  const FilmWatch watch(pipeline, false);
  pipeline.play_to_end();
  fail_unless(watch.numbers() == expected_numbers("aa"));
}
GST_END_TEST

GST_START_TEST(a_uri_holds_a_whole_film) {
  const FilmService service;
  const std::string uri =
      "airforce://film?model=wan-2.6&storyboard=one%20fox%0Atwo%20foxes&sound=true";
  Pipeline pipeline("uridecodebin3 name=s uri=\"" + uri + "\" " + kBranches);
  const FilmWatch watch(pipeline);
  pipeline.play_to_end();
  fail_unless(watch.numbers() == expected_numbers("aa"));
  fail_unless_contiguous(watch.frames());
}
GST_END_TEST

GST_START_TEST(a_container_of_a_film_is_refused_before_any_purchase) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("ad"), "output=container") + "s. ! fakesink");
  pipeline.play_to_error();
  fail_unless_equals_int(service.simulator.creates(), 0);
}
GST_END_TEST

GST_START_TEST(a_policy_that_denies_uris_denies_films) {
  const FilmService service;
  Pipeline pipeline("airforcevideosrc name=s uri-policy=deny " + std::string(kVideoBranch));
  const Ref<GstElement> source = pipeline.element("s");
  fail_unless(gst_uri_handler_set_uri(GST_URI_HANDLER(source.get()),
                                      "airforce://film?model=wan-2.6&storyboard=Fern", nullptr));
  pipeline.play_to_error();
  fail_unless_equals_int(service.simulator.creates(), 0);
}
GST_END_TEST

GST_START_TEST(a_uri_of_a_film_that_is_wrong_is_refused_with_its_line) {
  const FilmService service;
  Pipeline pipeline("airforcevideosrc name=s " + std::string(kVideoBranch));
  const Ref<GstElement> source = pipeline.element("s");
  g_autoptr(GError) error = nullptr;
  const char* uri = "airforce://film?model=wan-2.6&storyboard=%7B%22promt%22%3A%22Fern%22%7D";
  fail_if(gst_uri_handler_set_uri(GST_URI_HANDLER(source.get()), uri, &error));
  fail_unless(g_error_matches(error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI));
  fail_unless(strstr(error->message, ":1:") != nullptr, "%s", error->message);
}
GST_END_TEST

static Suite* film_element_suite() {
  Suite* suite = suite_create("film_element");
  TCase* tcase = tcase_create("film_element");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 200);
  tcase_add_test(tcase, the_first_shot_plays_while_the_last_one_is_made);
  tcase_add_test(tcase, each_shot_is_announced_with_its_price_task_and_place);
  tcase_add_test(tcase, progress_is_complete_with_the_first_shot_and_has_the_price_of_all);
  tcase_add_test(tcase, a_film_above_its_ceiling_is_refused_before_any_purchase);
  tcase_add_test(tcase, a_shot_that_fails_is_an_error_behind_those_before_it);
  tcase_add_test(tcase, a_film_that_is_played_again_is_not_bought_again);
  tcase_add_test(tcase, one_clip_is_a_film_of_one_shot);
  tcase_add_test(tcase, prompts_make_a_film_without_a_file);
  tcase_add_test(tcase, a_uri_holds_a_whole_film);
  tcase_add_test(tcase, a_container_of_a_film_is_refused_before_any_purchase);
  tcase_add_test(tcase, a_policy_that_denies_uris_denies_films);
  tcase_add_test(tcase, a_uri_of_a_film_that_is_wrong_is_refused_with_its_line);
  return suite;
}

GST_CHECK_MAIN(film_element)
