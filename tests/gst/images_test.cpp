// SPDX-License-Identifier: LGPL-2.1-or-later
// A picture from the pipeline: what the service gets, and what is paid for.
#include <atomic>

#include "image_support.h"

using namespace airforce::gst::test;
using airforce::test::read_file;

GST_START_TEST(a_jpeg_and_a_png_are_sent_as_they_are) {
  const char* kEncoders[] = {"jpegenc", "pngenc"};
  const char* kParsers[] = {"jpegparse", "pngparse"};
  const Served served({}, false);
  const Picture picture(served.directory, "ball", kEncoders[__i__]);
  Pipeline("filesrc location=" + picture.path + " ! " + kParsers[__i__] + " ! " + kSource +
           " mode=image ! fakesink")
      .play_to_end();
  fail_unless_images(served.simulator, {picture.hash});
  fail_unless_equals_int(served.simulator.creates(), 1);
}
GST_END_TEST

GST_START_TEST(a_raw_frame_is_sent_as_a_png_of_the_same_picture) {
  const Served served({}, false);
  // What videoconvert makes of it for the encoder.
  const Picture png(served.directory, "smpte", "pngenc", "format=RGB,width=320,height=240");
  Pipeline(
      "videotestsrc num-buffers=1 pattern=smpte ! video/x-raw,format=RGB,width=320,height=240 "
      "! " +
      kSource + " mode=image ! fakesink")
      .play_to_end();
  fail_unless_images(served.simulator, {png.hash});
}
GST_END_TEST

GST_START_TEST(a_decoded_file_moves_in_the_clip) {
  const Simulator simulator({"--task-seconds=0.1"});
  TempDir directory;
  const Picture red(directory, "red", "jpegenc");
  Pipeline pipeline("filesrc location=" + red.path +
                    " ! jpegdec ! videoconvert ! airforcevideosrc name=s model=seedance-lite "
                    "quality=480p mode=image prompt=\"It moves\" ! videoconvert ! "
                    "video/x-raw,format=RGB ! fakesink name=sink signal-handoffs=true");
  std::atomic<int> red_frames{0};
  g_signal_connect(
      pipeline.element("sink").get(), "handoff",
      G_CALLBACK(+[](GstElement*, GstBuffer* buffer, GstPad*, std::atomic<int>* count) {
        const gsize middle = gst_buffer_get_size(buffer) / 6 * 3;
        guint8 pixel[3] = {};
        gst_buffer_extract(buffer, middle - middle % 3, pixel, sizeof pixel);
        if (pixel[0] > 150 && pixel[1] < 90 && pixel[2] < 90) ++*count;
      }),
      &red_frames);
  pipeline.play_to_end();
  fail_unless(red_frames > 20, "%d frames are red", red_frames.load());
  fail_unless_equals_int(simulator.creates(), 1);
}
GST_END_TEST

GST_START_TEST(pixels_that_are_not_square_become_so) {
  const Served served({}, false);
  Pipeline(
      "videotestsrc num-buffers=1 pattern=red ! "
      "video/x-raw,format=RGB,width=160,height=240,pixel-aspect-ratio=2/1 ! " +
      kSource + " mode=image ! fakesink")
      .play_to_end();
  const Picture square(served.directory, "red", "pngenc", "format=RGB,width=320,height=240");
  fail_unless_images(served.simulator, {square.hash});
}
GST_END_TEST

GST_START_TEST(pictures_come_behind_the_property_and_by_the_numbers_of_their_pads) {
  const Served served({}, false);
  const Picture one(served.directory, "red", "jpegenc");
  const Picture two(served.directory, "green", "pngenc");
  const Picture three(served.directory, "blue", "jpegenc");
  Pipeline("filesrc location=" + three.path +
           " ! jpegparse ! s.image_7  filesrc location=" + two.path + " ! pngparse ! s.image_2  " +
           kSource + "input-images=<" + one.path + "> ! fakesink")
      .play_to_end();
  fail_unless_images(served.simulator, {one.hash, two.hash, three.hash});
}
GST_END_TEST

GST_START_TEST(equal_pictures_are_one_purchase_wherever_they_come_from) {
  const Served served({}, false);
  const Picture picture(served.directory, "ball", "jpegenc");
  const std::string source = kSource + "reuse=always mode=image ";
  Pipeline("filesrc location=" + picture.path + " ! jpegparse ! " + source + "! fakesink")
      .play_to_end();
  Pipeline(source + "input-images=<" + picture.path + "> ! fakesink").play_to_end();
  fail_unless_equals_int(served.simulator.creates(), 1);
  for (int round = 0; round < 2; ++round) {
    Pipeline("videotestsrc num-buffers=1 ! " + source + "! fakesink").play_to_end();
  }
  fail_unless_equals_int(served.simulator.creates(), 2);
}
GST_END_TEST

GST_START_TEST(the_first_picture_is_taken_and_then_what_is_before_it_may_stop) {
  ByHand by_hand("mode=image ", "image_%u");
  const Picture one(by_hand.served.directory, "red", "jpegenc");
  const Picture two(by_hand.served.directory, "green", "jpegenc");
  by_hand.pipeline.set_state(GST_STATE_PLAYING);
  fail_unless(by_hand.feeder.begin("image/jpeg"));
  fail_unless_equals_int(by_hand.feeder.push(read_file(one.path)), GST_FLOW_OK);
  fail_unless_equals_int(by_hand.feeder.push(read_file(two.path)), GST_FLOW_EOS);
  fail_unless(by_hand.feeder.end());
  by_hand.pipeline.wait(GST_MESSAGE_EOS);
  fail_unless_images(by_hand.served.simulator, {one.hash});
}
GST_END_TEST

GST_START_TEST(a_flush_takes_nothing_back) {
  ByHand by_hand;
  const Picture one(by_hand.served.directory, "red", "jpegenc");
  const Picture two(by_hand.served.directory, "green", "jpegenc");
  by_hand.pipeline.set_state(GST_STATE_PLAYING);
  fail_unless(by_hand.feeder.begin("image/jpeg"));
  by_hand.feeder.flush();
  fail_unless_equals_int(by_hand.feeder.push(read_file(one.path)), GST_FLOW_OK);
  by_hand.feeder.flush();
  fail_unless_equals_int(by_hand.feeder.push(read_file(two.path)), GST_FLOW_EOS);
  by_hand.pipeline.wait(GST_MESSAGE_EOS);
  fail_unless_images(by_hand.served.simulator, {one.hash});
}
GST_END_TEST

GST_START_TEST(a_frame_of_a_live_source_is_taken_by_gst_launch) {
  const Served served({}, false);
  const Ran ran = run("gst-launch-1.0 videotestsrc is-live=true ! " + kSource +
                      "mode=image start-now=true ! videoconvert ! fakesink sync=true");
  fail_unless(ran.exit_code == 0, "%s", ran.output.c_str());
  fail_unless_equals_int(ran.lines_with("Progress: (image)").size(), 2);
  fail_unless_equals_int(served.simulator.creates(), 1);
  fail_unless_equals_int(served.simulator.last_images().size(), 1);
}
GST_END_TEST

GST_START_TEST(the_other_branches_of_a_live_source_keep_playing) {
  const Served served({}, false);
  Pipeline pipeline(
      "videotestsrc is-live=true num-buffers=45 ! tee name=t  t. ! queue ! fakesink "
      "name=preview  t. ! queue ! videoconvert ! s.image_0  " +
      kSource + "mode=image ! fakesink");
  const Received preview(pipeline, "preview");
  pipeline.play_to_end();
  fail_unless_equals_int(preview.lines().size(), 45);
  fail_unless_equals_int(served.simulator.creates(), 1);
}
GST_END_TEST

GST_START_TEST(gst_inspect_shows_the_pads) {
  const Ran ran = run("gst-inspect-1.0 --no-colors airforcevideosrc");
  const auto pad = ran.output.find("SINK template: 'image_%u'");
  fail_unless(pad != std::string::npos, "%s", ran.output.c_str());
  const std::string shown = ran.output.substr(pad, 200);
  for (const char* words : {"On request", "image/jpeg", "image/png", "video/x-raw"}) {
    fail_unless(shown.find(words) != std::string::npos, "%s", shown.c_str());
  }
}
GST_END_TEST

static Suite* images_suite() {
  Suite* suite = suite_create("images");
  TCase* tcase = tcase_create("images");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 200);
  tcase_add_test(tcase, a_jpeg_and_a_png_are_sent_as_they_are);
  tcase_add_test(tcase, a_raw_frame_is_sent_as_a_png_of_the_same_picture);
  tcase_add_test(tcase, a_decoded_file_moves_in_the_clip);
  tcase_add_test(tcase, pixels_that_are_not_square_become_so);
  tcase_add_test(tcase, pictures_come_behind_the_property_and_by_the_numbers_of_their_pads);
  tcase_add_test(tcase, equal_pictures_are_one_purchase_wherever_they_come_from);
  tcase_add_test(tcase, the_first_picture_is_taken_and_then_what_is_before_it_may_stop);
  tcase_add_test(tcase, a_flush_takes_nothing_back);
  tcase_add_test(tcase, a_frame_of_a_live_source_is_taken_by_gst_launch);
  tcase_add_test(tcase, the_other_branches_of_a_live_source_keep_playing);
  tcase_add_test(tcase, gst_inspect_shows_the_pads);
  return suite;
}

GST_CHECK_MAIN(images)
