// SPDX-License-Identifier: LGPL-2.1-or-later
// Pads for pictures: how long they are waited for, and what is refused before any purchase.
#include <algorithm>

#include "image_support.h"

using namespace airforce::gst::test;
using airforce::test::read_file;

GST_START_TEST(the_end_of_a_stream_without_a_picture_is_an_error_and_nothing_is_bought) {
  const LiveObjects objects;
  {
    const Served served({}, false);
    Pipeline pipeline("videotestsrc num-buffers=0 ! " + kSource + "! fakesink");
    fail_unless_image_error(served.simulator, pipeline.play_to_error().get(),
                            "image_0 got the end of its stream, but no picture");
  }
  objects.fail_if_any();
}
GST_END_TEST

GST_START_TEST(one_missing_picture_of_two_buys_nothing) {
  const Served served({}, false);
  Pipeline pipeline(
      "videotestsrc num-buffers=1 ! s.image_0  videotestsrc num-buffers=0 ! "
      "s.image_1  " +
      kSource + "! fakesink");
  fail_unless_image_error(served.simulator, pipeline.play_to_error().get(), "image_1");
}
GST_END_TEST

GST_START_TEST(caps_that_are_no_pictures_are_refused_and_nothing_is_bought) {
  ByHand by_hand("");
  by_hand.pipeline.set_state(GST_STATE_PLAYING);
  by_hand.feeder.begin("audio/x-raw");
  fail_unless_equals_int(by_hand.feeder.push("sound"), GST_FLOW_NOT_NEGOTIATED);
  fail_unless(by_hand.feeder.end());
  fail_unless_image_error(by_hand.served.simulator, by_hand.pipeline.wait(GST_MESSAGE_ERROR).get(),
                          "image_0");
}
GST_END_TEST

GST_START_TEST(a_piece_of_a_picture_is_an_error_and_nothing_is_bought) {
  const Served served({}, false);
  const Picture picture(served.directory, "snow", "jpegenc");
  // In blocks of 4 kB, as a source of bytes reads it.
  Pipeline pipeline("filesrc location=" + picture.path + " ! image/jpeg ! " + kSource +
                    "! fakesink");
  fail_unless_image_error(served.simulator, pipeline.play_to_error().get(), "whole JPEG");
}
GST_END_TEST

GST_START_TEST(bytes_without_caps_are_an_error_and_nothing_is_bought) {
  const Served served({}, false);
  const Picture picture(served.directory, "red", "jpegenc");
  Pipeline pipeline("filesrc location=" + picture.path + " ! " + kSource + "! fakesink");
  fail_unless_image_error(served.simulator, pipeline.play_to_error().get(), "jpegparse");
}
GST_END_TEST

GST_START_TEST(more_pictures_than_the_mode_takes_are_an_error_and_nothing_is_bought) {
  const char* kModes[] = {"image", "text"};
  const char* kWords[] = {"takes one input image, not 2", "takes no input images"};
  const Served served({}, false);
  Pipeline pipeline("videotestsrc num-buffers=1 ! s.  videotestsrc num-buffers=1 ! s.  " + kSource +
                    "mode=" + kModes[__i__] + " ! fakesink");
  fail_unless_image_error(served.simulator, pipeline.play_to_error().get(), kWords[__i__]);
}
GST_END_TEST

GST_START_TEST(a_picture_that_is_too_large_is_an_error_and_nothing_is_bought) {
  ByHand by_hand;
  by_hand.pipeline.set_state(GST_STATE_PLAYING);
  fail_unless(by_hand.feeder.begin("image/jpeg"));
  // An image, a scan, much, the end.
  std::string large("\xFF\xD8\xFF\xDA\x00\x02", 6);
  large.resize(33u << 20, 'x');
  fail_unless_equals_int(by_hand.feeder.push(large + "\xFF\xD9"), GST_FLOW_OK);
  fail_unless_image_error(by_hand.served.simulator, by_hand.pipeline.wait(GST_MESSAGE_ERROR).get(),
                          "image_0: the image from memory is larger than 33554432 bytes");
}
GST_END_TEST

GST_START_TEST(a_frame_that_can_not_be_encoded_is_an_error_and_nothing_is_bought) {
  ByHand by_hand;
  by_hand.pipeline.set_state(GST_STATE_PLAYING);
  fail_unless(by_hand.feeder.begin("video/x-raw,format=I420,width=64,height=64,framerate=0/1"));
  fail_unless_equals_int(by_hand.feeder.push("too little"), GST_FLOW_OK);
  fail_unless_image_error(by_hand.served.simulator, by_hand.pipeline.wait(GST_MESSAGE_ERROR).get(),
                          "image_0");
}
GST_END_TEST

GST_START_TEST(a_decoder_that_is_found_at_run_time_needs_a_converter_behind_it) {
  const Served served({}, false);
  const Picture picture(served.directory, "ball", "jpegenc");
  const Ran ran = run("gst-launch-1.0 filesrc location=" + picture.path +
                      " ! decodebin ! videoconvert ! " + kSource + "mode=image ! fakesink");
  fail_unless(ran.exit_code == 0, "%s", ran.output.c_str());
  fail_unless_equals_int(served.simulator.creates(), 1);
}
GST_END_TEST

GST_START_TEST(the_picture_is_waited_for_without_blocking_and_nothing_is_bought_meanwhile) {
  const LiveObjects objects;
  {
    const Served served({}, false);
    const Picture picture(served.directory, "ball", "jpegenc");
    Pipeline pipeline(kSource + "mode=image ! fakesink");
    Feeder feeder(pipeline, "image_0");
    const gint64 start = g_get_monotonic_time();
    fail_unless_equals_int(pipeline.set_state(GST_STATE_PLAYING), GST_STATE_CHANGE_ASYNC);
    fail_unless(g_get_monotonic_time() - start < G_TIME_SPAN_SECOND);
    wait_for_start_of(pipeline, "image");
    // No progress is open: gst-launch-1.0 would not let a live source play.
    const Message reported = pipeline.wait(GST_MESSAGE_PROGRESS);
    fail_unless_equals_int(progress_type(reported.get()), GST_PROGRESS_TYPE_COMPLETE);
    fail_unless(is_waiting(pipeline));
    fail_unless_equals_int(served.simulator.logged("GET"), 0);
    fail_unless(feeder.begin("image/jpeg"));
    fail_unless_equals_int(feeder.push(read_file(picture.path)), GST_FLOW_OK);
    pipeline.wait(GST_MESSAGE_EOS);
    fail_unless_images(served.simulator, {picture.hash});
  }
  objects.fail_if_any();
}
GST_END_TEST

GST_START_TEST(pads_are_requested_in_null_and_ready_and_released_in_any_state) {
  const Served served({}, false);
  const Picture picture(served.directory, "ball", "jpegenc");
  Pipeline pipeline(kSource + "! fakesink");
  const Ref<GstElement> element = pipeline.element("s");
  Feeder released(pipeline, "image_%u");
  released.release();
  Feeder feeder(pipeline, "image_%u");
  fail_unless(Ref<GstPad>(gst_element_get_static_pad(element.get(), "image_0")) != nullptr);
  pipeline.set_state(GST_STATE_READY);
  Feeder other(pipeline, "image_5");
  other.release();
  pipeline.set_state(GST_STATE_PLAYING);
  fail_unless_refused(pipeline, "image_%u");
  pipeline.wait(GST_MESSAGE_WARNING);
  fail_unless(feeder.begin("image/jpeg"));
  fail_unless_equals_int(feeder.push(read_file(picture.path)), GST_FLOW_OK);
  feeder.release();
  pipeline.wait(GST_MESSAGE_EOS);
  fail_unless_images(served.simulator, {picture.hash});
  fail_unless_refused(pipeline, "image_3");
}
GST_END_TEST

GST_START_TEST(a_pad_that_is_released_before_its_picture_buys_nothing) {
  ByHand by_hand("");
  by_hand.pipeline.set_state(GST_STATE_PLAYING);
  by_hand.feeder.release();
  fail_unless_image_error(by_hand.served.simulator, by_hand.pipeline.wait(GST_MESSAGE_ERROR).get(),
                          "image_0 was released");
}
GST_END_TEST

GST_START_TEST(each_start_waits_for_a_new_picture) {
  const LiveObjects objects;
  {
    const Served served({}, false);
    Pipeline pipeline("videotestsrc name=camera num-buffers=1 ! " + kSource +
                      "mode=image fakesink name=sink");
    keep_linked(pipeline, "s", "video", "sink");
    const Ref<GstElement> camera = pipeline.element("camera");
    std::vector<std::string> sent;
    for (const char* pattern : {"red", "green", "blue"}) {
      gst_util_set_object_arg(G_OBJECT(camera.get()), "pattern", pattern);
      pipeline.play_to_end();
      pipeline.set_state(GST_STATE_READY);
      sent.push_back(served.simulator.last_images().at(0));
    }
    fail_unless_equals_int(served.simulator.creates(), 3);
    fail_unless(sent[0] != sent[1] && sent[1] != sent[2] && sent[0] != sent[2]);
  }
  objects.fail_if_any();
}
GST_END_TEST

GST_START_TEST(a_stop_while_it_waits_is_prompt_and_buys_nothing) {
  const LiveObjects objects;
  {
    const Served served({}, false);
    Pipeline pipeline("videotestsrc is-live=true num-buffers=0 ! queue ! s.image_0  " + kSource +
                      "! fakesink name=sink");
    const Ref<GstElement> element = pipeline.element("s");
    const Ref<GstPad> unlinked(gst_element_request_pad_simple(element.get(), "image_1"));
    std::vector<gint64> took;
    for (int round = 0; round < 10; ++round) {
      pipeline.set_state(GST_STATE_PAUSED);
      if (round % 2 == 0) wait_for_start_of(pipeline, "image");
      const gint64 start = g_get_monotonic_time();
      fail_unless_equals_int(pipeline.set_state(GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
      took.push_back(g_get_monotonic_time() - start);
    }
    std::sort(took.begin(), took.end());
    fail_unless(took[8] < kPrompt, "stopping took up to %" G_GINT64_FORMAT " us", took.back());
    fail_unless_equals_int(served.simulator.logged("GET") + served.simulator.creates(), 0);
    gst_element_release_request_pad(element.get(), unlinked.get());
  }
  objects.fail_if_any();
}
GST_END_TEST

GST_START_TEST(a_stop_while_a_large_frame_is_encoded_is_prompt_and_buys_nothing) {
  ByHand by_hand;
  by_hand.pipeline.set_state(GST_STATE_PAUSED);
  fail_unless(by_hand.feeder.begin("video/x-raw,format=RGB,width=3000,height=2000,framerate=0/1"));
  std::string noise(3000 * 2000 * 3, '\0');
  guint32 state = 1;
  for (char& byte : noise) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  fail_unless_equals_int(by_hand.feeder.push(noise), GST_FLOW_OK);
  wait_for_start_of(by_hand.pipeline, "generate");
  g_usleep(100000);
  const gint64 start = g_get_monotonic_time();
  fail_unless_equals_int(by_hand.pipeline.set_state(GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
  const gint64 took = g_get_monotonic_time() - start;
  // Encoding takes seconds; once only, so that a busy machine may have taken some of this.
  fail_unless(took < 10 * kPrompt, "stopping took %" G_GINT64_FORMAT " us", took);
  fail_unless_equals_int(by_hand.served.simulator.creates(), 0);
}
GST_END_TEST

static Suite* image_pads_suite() {
  Suite* suite = suite_create("image_pads");
  TCase* tcase = tcase_create("image_pads");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 200);
  tcase_add_test(tcase, the_end_of_a_stream_without_a_picture_is_an_error_and_nothing_is_bought);
  tcase_add_test(tcase, one_missing_picture_of_two_buys_nothing);
  tcase_add_test(tcase, caps_that_are_no_pictures_are_refused_and_nothing_is_bought);
  tcase_add_test(tcase, a_piece_of_a_picture_is_an_error_and_nothing_is_bought);
  tcase_add_test(tcase, bytes_without_caps_are_an_error_and_nothing_is_bought);
  tcase_add_test(tcase, more_pictures_than_the_mode_takes_are_an_error_and_nothing_is_bought);
  tcase_add_test(tcase, a_picture_that_is_too_large_is_an_error_and_nothing_is_bought);
  tcase_add_test(tcase, a_frame_that_can_not_be_encoded_is_an_error_and_nothing_is_bought);
  tcase_add_test(tcase, a_decoder_that_is_found_at_run_time_needs_a_converter_behind_it);
  tcase_add_test(tcase, the_picture_is_waited_for_without_blocking_and_nothing_is_bought_meanwhile);
  tcase_add_test(tcase, pads_are_requested_in_null_and_ready_and_released_in_any_state);
  tcase_add_test(tcase, a_pad_that_is_released_before_its_picture_buys_nothing);
  tcase_add_test(tcase, each_start_waits_for_a_new_picture);
  tcase_add_test(tcase, a_stop_while_it_waits_is_prompt_and_buys_nothing);
  tcase_add_test(tcase, a_stop_while_a_large_frame_is_encoded_is_prompt_and_buys_nothing);
  return suite;
}

GST_CHECK_MAIN(image_pads)
