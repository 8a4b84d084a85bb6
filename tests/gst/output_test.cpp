// SPDX-License-Identifier: LGPL-2.1-or-later
// The property output: the streams as they are in the clip, or its file.
#include "support.h"

using namespace airforce::gst::test;
using airforce::test::read_file;

namespace {

std::string source(const std::string& settings = "") {
  return std::string("airforcevideosrc name=s ") + kRequest + " " + settings + " ";
}

// Packets of both kinds as a line gives them that names its source s.
struct Packets {
  std::vector<std::string> video;
  std::vector<std::string> audio;
};

Packets packets_of(const std::string& from) {
  Pipeline pipeline(from +
                    "s. ! video/x-h264 ! queue ! fakesink name=video sync=false "
                    "s. ! audio/mpeg ! queue ! fakesink name=audio sync=false");
  const Received video(pipeline, "video");
  const Received audio(pipeline, "audio");
  pipeline.play_to_end();
  return {video.lines(), audio.lines()};
}

}  // namespace

GST_START_TEST(encoded_output_is_the_clips_own_packets) {
  const Served served;
  const Packets ours = packets_of(source("output=encoded"));
  const Packets theirs = packets_of("filesrc location=" + served.clip + " ! parsebin name=s ");
  fail_unless_equals_int(theirs.video.size(), 48);
  fail_unless(ours.video == theirs.video);
  fail_unless(!theirs.audio.empty());
  fail_unless(ours.audio == theirs.audio);
}
GST_END_TEST

GST_START_TEST(encoded_output_is_muxed_again_without_decoding) {
  const Served served;
  const std::string file = served.directory.file("again.mkv");
  Pipeline(source("output=encoded") +
           "s. ! queue ! h264parse ! mux. s. ! queue ! aacparse ! mux. "
           "matroskamux name=mux ! filesink location=" +
           file)
      .play_to_end();
  Pipeline again("filesrc location=" + file + " ! decodebin3 ! video/x-raw ! fakesink name=video");
  const Received video(again, "video");
  again.play_to_end();
  fail_unless_equals_int(video.lines().size(), 48);
}
GST_END_TEST

GST_START_TEST(container_output_is_the_clips_file) {
  const Served served;
  const std::string file = served.directory.file("kept.mp4");
  Pipeline(source("output=container") + "s. ! filesink location=" + file).play_to_end();
  fail_unless(read_file(file) == read_file(served.clip));
}
GST_END_TEST

// Pushed to one that was there before the clip.
GST_START_TEST(container_output_is_played_by_whatever_demuxes_it) {
  const Served served;
  for (const char* demuxer : {"decodebin3", "decodebin", "qtdemux ! h264parse ! avdec_h264"}) {
    Pipeline pipeline(source("output=container") + "s. ! " + demuxer +
                      " ! video/x-raw ! fakesink name=video");
    const Received video(pipeline, "video");
    pipeline.play_to_end();
    fail_unless(video.lines().size() == 48, "%s: %u frames", demuxer,
                static_cast<unsigned>(video.lines().size()));
  }
}
GST_END_TEST

// As any source of bytes: what makes times of them, the demuxer, is behind it.
GST_START_TEST(container_output_takes_no_seek_to_a_time) {
  const Served served;
  Pipeline pipeline(source("output=container") + "s. ! fakesink");
  const Ref<GstElement> element = pipeline.element("s");
  const auto seek = [&element](GstFormat format, gint64 where) {
    return gst_element_seek_simple(element.get(), format, GST_SEEK_FLAG_FLUSH, where) != FALSE;
  };
  fail_unless(!seek(GST_FORMAT_TIME, GST_SECOND));
  pipeline.set_state(GST_STATE_PAUSED);
  pipeline.wait(GST_MESSAGE_ASYNC_DONE);
  fail_unless(!seek(GST_FORMAT_TIME, GST_SECOND));
  fail_unless(seek(GST_FORMAT_BYTES, 1000));
  pipeline.play_to_end();
}
GST_END_TEST

GST_START_TEST(container_output_gives_the_prompt_to_the_application) {
  const Served served;
  Pipeline pipeline(source("output=container") + "s. ! fakesink");
  pipeline.set_state(GST_STATE_PAUSED);
  const Message message = pipeline.wait(GST_MESSAGE_TAG);
  g_autoptr(GstTagList) tags = nullptr;
  gst_message_parse_tag(message.get(), &tags);
  g_autofree char* comment = nullptr;
  fail_unless(gst_tag_list_get_string(tags, GST_TAG_COMMENT, &comment));
  fail_unless(comment != nullptr);
}
GST_END_TEST

GST_START_TEST(encoded_output_plays_with_one_pad_linked) {
  const Served served;
  Pipeline pipeline(source("output=encoded") + "s. ! video/x-h264 ! fakesink name=video");
  const Received video(pipeline, "video");
  pipeline.play_to_end();
  fail_unless_equals_int(video.lines().size(), 48);
}
GST_END_TEST

GST_START_TEST(no_more_pads_comes_once_for_encoded_output_too) {
  const Served served;
  Pipeline pipeline(source("output=encoded") + "s. ! video/x-h264 ! fakesink");
  static gint count = 0;
  g_signal_connect(pipeline.element("s").get(), "no-more-pads",
                   G_CALLBACK(+[](GstElement* element, gpointer) {
                     g_atomic_int_inc(&count);
                     fail_unless_equals_int(element->numsrcpads, 2);
                   }),
                   nullptr);
  pipeline.play_to_end();
  fail_unless_equals_int(g_atomic_int_get(&count), 1);
}
GST_END_TEST

static Suite* output_suite() {
  Suite* suite = suite_create("output");
  TCase* tcase = tcase_create("output");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 200);
  tcase_add_test(tcase, encoded_output_is_the_clips_own_packets);
  tcase_add_test(tcase, encoded_output_is_muxed_again_without_decoding);
  tcase_add_test(tcase, container_output_is_the_clips_file);
  tcase_add_test(tcase, container_output_is_played_by_whatever_demuxes_it);
  tcase_add_test(tcase, container_output_takes_no_seek_to_a_time);
  tcase_add_test(tcase, container_output_gives_the_prompt_to_the_application);
  tcase_add_test(tcase, encoded_output_plays_with_one_pad_linked);
  tcase_add_test(tcase, no_more_pads_comes_once_for_encoded_output_too);
  return suite;
}

GST_CHECK_MAIN(output)
