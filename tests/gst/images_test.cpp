// SPDX-License-Identifier: LGPL-2.1-or-later
// A picture from the pipeline: what is waited for, what the service gets, what is paid for.
#include <algorithm>
#include <atomic>

#include "support.h"
#include "support/slowness.h"

using namespace airforce::gst::test;
using airforce::test::read_file;

namespace {

constexpr gint64 kPrompt = airforce::test::kSlowness * 100 * G_TIME_SPAN_MILLISECOND;
// A test that nothing happens has to end some time.
constexpr GstClockTime kNothingHappens = 300 * GST_MSECOND;

// A model with the modes image and reference.
const std::string kSource = "airforcevideosrc name=s model=vidu-q1 prompt=\"It moves\" ";

std::string sha256(const std::string& bytes) {
  g_autofree char* hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, bytes.data(),
                                                        static_cast<gssize>(bytes.size()));
  return hash;
}

// A file of one frame, and its hash.
struct Picture {
  Picture(const TempDir& directory, const std::string& pattern, const std::string& encoder,
          const std::string& caps = "width=320,height=240")
      : path(directory.file(pattern + "." + encoder)) {
    Pipeline("videotestsrc num-buffers=1 pattern=" + pattern + " ! video/x-raw," + caps +
             " ! videoconvert ! " + encoder + " ! filesink location=" + path)
        .play_to_end();
    hash = sha256(read_file(path));
  }
  std::string path;
  std::string hash;
};

// What a pad is given by hand.
class Feeder {
 public:
  Feeder(const Pipeline& pipeline, const char* pad_name)
      : pad_(GST_PAD(gst_object_ref_sink(gst_pad_new("src", GST_PAD_SRC)))),
        sink_(gst_element_request_pad_simple(pipeline.element("s").get(), pad_name)) {
    fail_unless(sink_ != nullptr);
    fail_unless_equals_int(gst_pad_link(pad_.get(), sink_.get()), GST_PAD_LINK_OK);
    gst_pad_set_active(pad_.get(), TRUE);
  }
  bool begin(const char* caps) {
    gst_pad_push_event(pad_.get(), gst_event_new_stream_start("picture"));
    g_autoptr(GstCaps) format = gst_caps_from_string(caps);
    if (!gst_pad_push_event(pad_.get(), gst_event_new_caps(format))) return false;
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    return gst_pad_push_event(pad_.get(), gst_event_new_segment(&segment));
  }
  GstFlowReturn push(const std::string& bytes) {
    return gst_pad_push(pad_.get(),
                        gst_buffer_new_memdup(bytes.data(), static_cast<gsize>(bytes.size())));
  }
  bool end() { return gst_pad_push_event(pad_.get(), gst_event_new_eos()); }
  void flush() {
    gst_pad_push_event(pad_.get(), gst_event_new_flush_start());
    gst_pad_push_event(pad_.get(), gst_event_new_flush_stop(TRUE));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(pad_.get(), gst_event_new_segment(&segment));
  }
  void release() {
    const Ref<GstElement> element(gst_pad_get_parent_element(sink_.get()));
    gst_element_release_request_pad(element.get(), sink_.get());
  }

 private:
  Ref<GstPad> pad_;
  Ref<GstPad> sink_;
};

// A source whose picture is given by hand.
struct ByHand {
  explicit ByHand(const std::string& mode = "mode=image ", const char* pad = "image_0")
      : pipeline(kSource + mode + "! fakesink"), feeder(pipeline, pad) {}

  const Served served{{}, false};
  Pipeline pipeline;
  Feeder feeder;
};

void fail_unless_refused(const Pipeline& pipeline, const char* pad) {
  const Ref<GstElement> element = pipeline.element("s");
  fail_unless(gst_element_request_pad_simple(element.get(), pad) == nullptr);
}

// The error is the element's own, about the picture, and nothing has been bought.
void fail_unless_image_error(const Simulator& simulator, GstMessage* message,
                             const std::string& words) {
  g_autoptr(GError) error = nullptr;
  gst_message_parse_error(message, &error, nullptr);
  fail_unless(strstr(error->message, words.c_str()) != nullptr, "%s", error->message);
  fail_unless(strstr(error->message, "nothing was charged") != nullptr, "%s", error->message);
  fail_unless(g_error_matches(error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS));
  const GstStructure* details = nullptr;
  gst_message_parse_error_details(message, &details);
  fail_unless(details != nullptr);
  fail_unless_equals_string(gst_structure_get_string(details, "charge"), "none");
  fail_unless_equals_int(simulator.creates(), 0);
}

void fail_unless_images(const Simulator& simulator, const std::vector<std::string>& expected) {
  const auto images = simulator.last_images();
  fail_unless_equals_int(images.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    fail_unless_equals_string(images[i].c_str(), expected[i].c_str());
  }
}

bool is_waiting(const Pipeline& pipeline) {
  return gst_element_get_state(pipeline.get(), nullptr, nullptr, kNothingHappens) ==
         GST_STATE_CHANGE_ASYNC;
}

std::string code_of(GstMessage* message) {
  g_autofree char* code = nullptr;
  gst_message_parse_progress(message, nullptr, &code, nullptr);
  return code;
}

void wait_for_start_of(Pipeline& pipeline, const char* code) {
  pipeline.wait(GST_MESSAGE_PROGRESS, [code](GstMessage* message) {
    return progress_type(message) == GST_PROGRESS_TYPE_START && code_of(message) == code;
  });
}

}  // namespace

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

GST_START_TEST(a_decoder_that_is_found_at_run_time_needs_a_converter_behind_it) {
  const Served served({}, false);
  const Picture picture(served.directory, "ball", "jpegenc");
  const Ran ran = run("gst-launch-1.0 filesrc location=" + picture.path +
                      " ! decodebin ! videoconvert ! " + kSource + "mode=image ! fakesink");
  fail_unless(ran.exit_code == 0, "%s", ran.output.c_str());
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
  tcase_add_loop_test(tcase, a_jpeg_and_a_png_are_sent_as_they_are, 0, 2);
  tcase_add_test(tcase, a_raw_frame_is_sent_as_a_png_of_the_same_picture);
  tcase_add_test(tcase, a_decoded_file_moves_in_the_clip);
  tcase_add_test(tcase, pixels_that_are_not_square_become_so);
  tcase_add_test(tcase, pictures_come_behind_the_property_and_by_the_numbers_of_their_pads);
  tcase_add_test(tcase, equal_pictures_are_one_purchase_wherever_they_come_from);
  tcase_add_test(tcase, the_picture_is_waited_for_without_blocking_and_nothing_is_bought_meanwhile);
  tcase_add_test(tcase, the_first_picture_is_taken_and_then_what_is_before_it_may_stop);
  tcase_add_test(tcase, the_end_of_a_stream_without_a_picture_is_an_error_and_nothing_is_bought);
  tcase_add_test(tcase, one_missing_picture_of_two_buys_nothing);
  tcase_add_test(tcase, a_flush_takes_nothing_back);
  tcase_add_test(tcase, caps_that_are_no_pictures_are_refused_and_nothing_is_bought);
  tcase_add_test(tcase, a_piece_of_a_picture_is_an_error_and_nothing_is_bought);
  tcase_add_test(tcase, bytes_without_caps_are_an_error_and_nothing_is_bought);
  tcase_add_loop_test(tcase, more_pictures_than_the_mode_takes_are_an_error_and_nothing_is_bought,
                      0, 2);
  tcase_add_test(tcase, a_picture_that_is_too_large_is_an_error_and_nothing_is_bought);
  tcase_add_test(tcase, a_frame_that_can_not_be_encoded_is_an_error_and_nothing_is_bought);
  tcase_add_test(tcase, pads_are_requested_in_null_and_ready_and_released_in_any_state);
  tcase_add_test(tcase, a_pad_that_is_released_before_its_picture_buys_nothing);
  tcase_add_test(tcase, each_start_waits_for_a_new_picture);
  tcase_add_test(tcase, a_stop_while_it_waits_is_prompt_and_buys_nothing);
  tcase_add_test(tcase, a_stop_while_a_large_frame_is_encoded_is_prompt_and_buys_nothing);
  tcase_add_test(tcase, a_frame_of_a_live_source_is_taken_by_gst_launch);
  tcase_add_test(tcase, the_other_branches_of_a_live_source_keep_playing);
  tcase_add_test(tcase, a_decoder_that_is_found_at_run_time_needs_a_converter_behind_it);
  tcase_add_test(tcase, gst_inspect_shows_the_pads);
  return suite;
}

GST_CHECK_MAIN(images)
