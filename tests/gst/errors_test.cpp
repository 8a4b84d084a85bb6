// SPDX-License-Identifier: LGPL-2.1-or-later
// What an application and a person at gst-launch-1.0 see when it can't work.
#include "support.h"

using namespace airforce::gst::test;

namespace {

// What an error message says.
struct ReportedError {
  GQuark domain = 0;
  int code = 0;
  std::string text;
  Structure details;
};

ReportedError error_of(Pipeline& pipeline) {
  const Message message = pipeline.play_to_error();
  ReportedError reported;
  g_autoptr(GError) error = nullptr;
  gst_message_parse_error(message.get(), &error, nullptr);
  reported.domain = error->domain;
  reported.code = error->code;
  reported.text = error->message;
  const GstStructure* details = nullptr;
  gst_message_parse_error_details(message.get(), &details);
  fail_unless(details != nullptr, "no details with: %s", error->message);
  reported.details.reset(gst_structure_copy(details));
  fail_unless(reported.text.find('\n') == std::string::npos, "more than one line: %s",
              error->message);
  return reported;
}

ReportedError error_with(const std::string& settings) {
  Pipeline pipeline("airforcevideosrc " + settings + " ! fakesink");
  ReportedError reported = error_of(pipeline);
  pipeline.wait_for_progress(
      GST_PROGRESS_TYPE_ERROR);  // after the error, as gst-launch-1.0 needs it
  return reported;
}

void fail_unless_resource(const ReportedError& reported, GstResourceError code) {
  fail_unless(reported.domain == GST_RESOURCE_ERROR && reported.code == code, "%s error %d: %s",
              g_quark_to_string(reported.domain), reported.code, reported.text.c_str());
}

void fail_unless_detail(const ReportedError& reported, const char* field, const char* expected) {
  fail_unless_equals_string(gst_structure_get_string(reported.details.get(), field), expected);
}

void fail_unless_says(const ReportedError& reported, const std::string& word) {
  fail_unless(reported.text.find(word) != std::string::npos, "no \"%s\" in: %s", word.c_str(),
              reported.text.c_str());
}

// An MP4 without an index.
std::string broken_clip(const TempDir& directory) {
  std::string path = make_clip(directory);
  g_autofree char* bytes = nullptr;
  gsize length = 0;
  fail_unless(g_file_get_contents(path.c_str(), &bytes, &length, nullptr));
  std::string clip(bytes, length);
  clip.replace(clip.find("moov"), 4, "free");
  fail_unless(
      g_file_set_contents(path.c_str(), clip.data(), static_cast<gssize>(clip.size()), nullptr));
  return path;
}

}  // namespace

GST_START_TEST(no_key_is_not_authorized_and_says_where_to_put_one) {
  const Simulator simulator;
  g_unsetenv("AIRFORCE_API_KEY");
  const ReportedError reported = error_with(kRequest);
  fail_unless_resource(reported, GST_RESOURCE_ERROR_NOT_AUTHORIZED);
  fail_unless_says(reported, "AIRFORCE_API_KEY");
  fail_unless_detail(reported, "charge", "none");
}
GST_END_TEST

GST_START_TEST(a_wrong_key_is_not_authorized_and_never_shown) {
  const Simulator simulator;
  const ReportedError reported = error_with(std::string("api-key=sk-air-canary ") + kRequest);
  fail_unless_resource(reported, GST_RESOURCE_ERROR_NOT_AUTHORIZED);
  guint status = 0;
  fail_unless(gst_structure_get_uint(reported.details.get(), "http-status-code", &status));
  fail_unless_equals_int(status, 401);
  fail_unless(reported.text.find("canary") == std::string::npos);
}
GST_END_TEST

GST_START_TEST(the_password_of_a_store_cannot_be_read_back) {
  GstElement* element = gst_element_factory_make("airforcevideosrc", nullptr);
  for (const char* uri : {"redis://user:canary@host:1/2", "rediss://:canary/with@signs@host",
                          "redis+unix://:canary@/run/x"}) {
    g_object_set(element, "store", uri, nullptr);
    g_autofree char* shown = nullptr;
    g_object_get(element, "store", &shown, nullptr);
    fail_unless(std::string(shown).find("canary") == std::string::npos, "shown: %s", shown);
  }
  g_object_set(element, "store", "/a/b@c/store.sqlite", nullptr);
  g_autofree char* path = nullptr;
  g_object_get(element, "store", &path, nullptr);
  fail_unless_equals_string(path, "/a/b@c/store.sqlite");
  gst_object_unref(element);
}
GST_END_TEST

GST_START_TEST(an_empty_balance_is_not_authorized) {
  const Simulator simulator({"--balance=1"});
  fail_unless_resource(error_with(kRequest), GST_RESOURCE_ERROR_NOT_AUTHORIZED);
}
GST_END_TEST

GST_START_TEST(no_model_is_a_setting_and_lists_what_there_is) {
  const Simulator simulator;
  const ReportedError reported = error_with("prompt=fox");
  fail_unless_resource(reported, GST_RESOURCE_ERROR_SETTINGS);
  fail_unless_says(reported, "wan-2.6");
  fail_unless_says(reported, "wan-2.6");
}
GST_END_TEST

GST_START_TEST(a_duration_out_of_range_is_a_setting_and_costs_nothing) {
  const Simulator simulator;
  const ReportedError reported = error_with(std::string(kRequest) + " duration-seconds=3599");
  fail_unless_resource(reported, GST_RESOURCE_ERROR_SETTINGS);
  fail_unless_says(reported, "duration");
  fail_unless_detail(reported, "charge", "none");
  fail_unless_equals_int(simulator.logged("POST"), 0);
}
GST_END_TEST

GST_START_TEST(a_price_above_the_limit_is_a_setting_and_costs_nothing) {
  const Simulator simulator;
  fail_unless_resource(error_with(std::string(kRequest) + " max-cost-cents=1"),
                       GST_RESOURCE_ERROR_SETTINGS);
  fail_unless_equals_int(simulator.logged("POST"), 0);
}
GST_END_TEST

GST_START_TEST(an_unreadable_image_names_the_file) {
  const Simulator simulator;
  const std::string image = simulator.directory().file("dragon.png");
  const ReportedError reported =
      error_with(std::string(kRequest) + " input-images=\"<\\\"" + image + "\\\">\"");
  fail_unless_resource(reported, GST_RESOURCE_ERROR_SETTINGS);
  fail_unless_says(reported, image);
  fail_unless_equals_int(simulator.logged("POST"), 0);
}
GST_END_TEST

GST_START_TEST(an_unknown_task_is_not_found) {
  const Simulator simulator;
  const ReportedError reported = error_with("task-id=vid_of_nobody");
  fail_unless_resource(reported, GST_RESOURCE_ERROR_NOT_FOUND);
  fail_unless_says(reported, "vid_of_nobody");
}
GST_END_TEST

GST_START_TEST(a_server_that_answers_html_is_a_failed_open_without_the_html) {
  const Simulator simulator({"--fault=create:status=200,body=html,content-type=text/html",
                             "--fault=list:status=200,body=html,content-type=text/html"});
  const ReportedError reported = error_with(std::string(kRequest) + " timeout=2");
  fail_unless(reported.domain == GST_RESOURCE_ERROR);
  fail_unless(reported.text.find('<') == std::string::npos, "%s", reported.text.c_str());
  fail_unless_detail(reported, "charge", "unknown");
}
GST_END_TEST

GST_START_TEST(nobody_listening_is_a_failed_open_that_names_the_server) {
  const Simulator simulator;
  const ReportedError reported =
      error_with(std::string(kRequest) + " base-url=http://127.0.0.1:1 timeout=1");
  fail_unless_resource(reported, GST_RESOURCE_ERROR_OPEN_READ);
  fail_unless_says(reported, "127.0.0.1:1");
  fail_unless_detail(reported, "charge", "none");
}
GST_END_TEST

GST_START_TEST(too_many_tasks_until_the_deadline_is_busy) {
  const Simulator simulator({"--fault=create:status=429,retry-after=1"});
  fail_unless_resource(error_with(std::string(kRequest) + " timeout=2"), GST_RESOURCE_ERROR_BUSY);
}
GST_END_TEST

GST_START_TEST(a_refusal_has_the_services_code_and_the_requests_id) {
  const Simulator simulator({"--fault=create:error=insufficient_balance"});
  const ReportedError reported = error_with(kRequest);
  fail_unless_resource(reported, GST_RESOURCE_ERROR_NOT_AUTHORIZED);
  fail_unless_detail(reported, "api-error-code", "insufficient_balance");
  fail_unless_detail(reported, "charge", "none");
  const char* request_id = gst_structure_get_string(reported.details.get(), "request-id");
  fail_unless(request_id != nullptr);
  fail_unless_says(reported, request_id);
}
GST_END_TEST

GST_START_TEST(a_failed_task_is_a_failed_stream_with_the_services_reason_and_a_refund) {
  const Simulator simulator(
      {"--task-seconds=0.1", "--fault=task:failed,type=content_policy,message=no foxes today"});
  const ReportedError reported = error_with(kRequest);
  fail_unless(reported.domain == GST_STREAM_ERROR && reported.code == GST_STREAM_ERROR_FAILED, "%s",
              reported.text.c_str());
  fail_unless_says(reported, "no foxes today");
  if (!speaks_sdk_dialect()) fail_unless_detail(reported, "api-error-type", "content_policy");
  fail_unless_detail(reported, "charge", "refunded");
}
GST_END_TEST

GST_START_TEST(a_missing_core_is_said_and_nothing_else_breaks) {
  const Simulator simulator;
  const std::string library = simulator.directory().file("libairforcevideo.so.0");
  g_setenv("AIRFORCE_VIDEO_LIBRARY", library.c_str(), TRUE);
  const ReportedError reported = error_with(kRequest);
  fail_unless(reported.domain == GST_LIBRARY_ERROR && reported.code == GST_LIBRARY_ERROR_INIT);
  fail_unless_says(reported, library);
}
GST_END_TEST

GST_START_TEST(a_permanently_broken_download_is_one_error_with_its_progress) {
  TempDir directory;
  const Simulator simulator({"--task-seconds=0.1", "--clip=" + make_clip(directory),
                             "--fault=download:times=1,reset-after=12000",
                             "--fault=download:after=1,status=404"});
  Pipeline pipeline(std::string("airforcevideosrc ") + kRequest + " ! fakesink sync=false");
  const ReportedError reported = error_of(pipeline);
  fail_unless(reported.domain == GST_RESOURCE_ERROR);
  fail_unless_says(reported, "12000 of ");
  fail_unless_detail(reported, "step", "download");
  fail_unless_detail(reported, "charge", "charged");
  // What follows from it in the demuxer is not reported as well. The change to READY waits for the
  // demuxer.
  pipeline.set_state(GST_STATE_READY);
  const Ref<GstBus> bus(gst_element_get_bus(pipeline.get()));
  const Message second(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR));
  fail_unless(second == nullptr);
}
GST_END_TEST

GST_START_TEST(a_location_that_cannot_be_written_is_an_error_even_if_all_frames_were_played) {
  TempDir directory;
  const Simulator simulator({"--task-seconds=0.1", "--clip=" + make_clip(directory)});
  const std::string missing = directory.file("missing");
  Pipeline pipeline("airforcevideosrc location=" + missing + "/clip.mp4 " + kRequest +
                    " ! fakesink sync=false");
  const ReportedError reported = error_of(pipeline);
  fail_unless(reported.domain == GST_RESOURCE_ERROR);
  fail_unless_says(reported, missing);
}
GST_END_TEST

GST_START_TEST(a_clip_that_is_no_mp4_is_an_error_with_charge_task_and_next_step) {
  TempDir directory;
  const Simulator simulator({"--task-seconds=0.1", "--clip=" + broken_clip(directory)});
  for (const char* output : {"raw", "encoded", "container"}) {
    Pipeline pipeline(std::string("airforcevideosrc model=wan-2.6 prompt=fox output=") + output +
                      " ! fakesink");
    const Message message = pipeline.play_to_error();
    g_autoptr(GError) error = nullptr;
    gst_message_parse_error(message.get(), &error, nullptr);
    fail_unless(strstr(error->message, "not a playable MP4") != nullptr, "%s", error->message);
    const GstStructure* details = nullptr;
    gst_message_parse_error_details(message.get(), &details);
    fail_unless(details != nullptr);
    for (const char* field : {"charge", "task-id", "next-step"}) {
      fail_unless(gst_structure_has_field(details, field), "%s: no %s", output, field);
    }
  }
}
GST_END_TEST

static Suite* errors_suite() {
  Suite* suite = suite_create("errors");
  TCase* tcase = tcase_create("errors");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 200);
  tcase_add_test(tcase, no_key_is_not_authorized_and_says_where_to_put_one);
  tcase_add_test(tcase, a_wrong_key_is_not_authorized_and_never_shown);
  tcase_add_test(tcase, the_password_of_a_store_cannot_be_read_back);
  tcase_add_test(tcase, an_empty_balance_is_not_authorized);
  tcase_add_test(tcase, no_model_is_a_setting_and_lists_what_there_is);
  tcase_add_test(tcase, a_duration_out_of_range_is_a_setting_and_costs_nothing);
  tcase_add_test(tcase, a_price_above_the_limit_is_a_setting_and_costs_nothing);
  tcase_add_test(tcase, an_unreadable_image_names_the_file);
  tcase_add_test(tcase, an_unknown_task_is_not_found);
  tcase_add_test(tcase, a_server_that_answers_html_is_a_failed_open_without_the_html);
  tcase_add_test(tcase, nobody_listening_is_a_failed_open_that_names_the_server);
  tcase_add_test(tcase, too_many_tasks_until_the_deadline_is_busy);
  tcase_add_test(tcase, a_refusal_has_the_services_code_and_the_requests_id);
  tcase_add_test(tcase, a_failed_task_is_a_failed_stream_with_the_services_reason_and_a_refund);
  tcase_add_test(tcase, a_missing_core_is_said_and_nothing_else_breaks);
  tcase_add_test(tcase, a_permanently_broken_download_is_one_error_with_its_progress);
  tcase_add_test(tcase,
                 a_location_that_cannot_be_written_is_an_error_even_if_all_frames_were_played);
  tcase_add_test(tcase, a_clip_that_is_no_mp4_is_an_error_with_charge_task_and_next_step);
  return suite;
}

GST_CHECK_MAIN(errors)
