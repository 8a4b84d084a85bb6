// SPDX-License-Identifier: LGPL-2.1-or-later
// What comes out of the element, against the same MP4 decoded from a file.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "support.h"

using namespace airforce::gst::test;

namespace {

// With caps, as a delayed link without takes the first pad that comes.
const std::string kVideoBranch = "s. ! video/x-raw ! queue ! fakesink name=video sync=false ";
const std::string kAudioBranch = "s. ! audio/x-raw ! queue ! fakesink name=audio sync=false ";

std::string source(const std::string& settings = "") {
  return std::string("airforcevideosrc name=s ") + kRequest + " " + settings + " ";
}

std::string from_file(const std::string& clip) {
  return "filesrc location=" + clip + " ! decodebin3 name=s ";
}

struct Output {
  std::vector<std::string> video;
  std::vector<std::string> audio;
};

Output play_both(const std::string& source_description) {
  Pipeline pipeline(source_description + kVideoBranch + kAudioBranch);
  const Received video(pipeline, "video");
  const Received audio(pipeline, "audio");
  pipeline.play_to_end();
  return {video.lines(), audio.lines()};
}

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Stream {
  std::string id;
  guint group = 0;
};
struct Streams {
  Stream video;
  Stream audio;
};

Stream stream_of(GstElement* element, const char* pad_name) {
  const Ref<GstPad> pad(gst_element_get_static_pad(element, pad_name));
  fail_unless(pad != nullptr, "no pad %s", pad_name);
  g_autoptr(GstEvent) event = gst_pad_get_sticky_event(pad.get(), GST_EVENT_STREAM_START, 0);
  fail_unless(event != nullptr);
  const char* id = nullptr;
  Stream stream;
  gst_event_parse_stream_start(event, &id);
  fail_unless(gst_event_parse_group_id(event, &stream.group));
  stream.id = id;
  return stream;
}

Streams streams_of(const Pipeline& pipeline) {
  const Ref<GstElement> element = pipeline.element("s");
  return {stream_of(element.get(), "video_0"), stream_of(element.get(), "audio_0")};
}

}  // namespace

GST_START_TEST(frames_and_samples_are_those_of_the_same_file) {
  const Served served;
  const Output ours = play_both(source("sound=true"));
  const Output theirs = play_both(from_file(served.clip));
  fail_unless_equals_int(theirs.video.size(), 48);
  fail_unless(ours.video == theirs.video);
  fail_unless(!theirs.audio.empty());
  fail_unless(ours.audio == theirs.audio);
}
GST_END_TEST

GST_START_TEST(a_clip_that_the_simulator_renders_plays) {
  const Simulator simulator({"--task-seconds=0.2"});
  const Output output = play_both(source("sound=true quality=480p"));
  fail_unless(output.video.size() > 50);
  fail_unless(output.audio.size() > 50);
}
GST_END_TEST

// From GStreamer 1.26 on, libav's decoder aborts in some of these runs when it is left as it is.
GST_START_TEST(a_clip_whose_coded_width_is_another_plays_each_time) {
  const TempDir directory;
  const std::string clip = directory.file("clip.mp4");
  Pipeline(
      "videotestsrc num-buffers=48 ! video/x-raw,width=854,height=480,framerate=24/1 ! "
      "x264enc threads=1 speed-preset=ultrafast ! video/x-h264,profile=high ! mp4mux ! "
      "filesink location=" +
      clip)
      .play_to_end();
  const Simulator simulator({"--clip=" + clip, "--task-seconds=0.1"});
  for (int round = 0; round < 15; ++round) {
    Pipeline pipeline(source("reuse=never") +
                      "! videoconvert ! video/x-raw,format=RGBx ! fakesink name=video sync=false");
    const Received video(pipeline, "video");
    pipeline.play_to_end();
    fail_unless_equals_int(video.lines().size(), 48);
  }
}
GST_END_TEST

GST_START_TEST(a_line_that_links_only_the_video_plays_to_its_end) {
  const Served served;
  Pipeline pipeline(source("sound=true") + kVideoBranch);
  const Received video(pipeline, "video");
  pipeline.play_to_end();
  fail_unless_equals_int(video.lines().size(), 48);
}
GST_END_TEST

GST_START_TEST(a_line_that_links_only_the_audio_plays_to_its_end) {
  const Served served;
  Pipeline pipeline(source("sound=true") + kAudioBranch);
  const Received audio(pipeline, "audio");
  pipeline.play_to_end();
  fail_unless(!audio.lines().empty());
}
GST_END_TEST

GST_START_TEST(a_clip_without_sound_warns_who_asked_for_it) {
  const Served served({}, false);
  Pipeline pipeline(source("sound=true") + kVideoBranch);
  pipeline.set_state(GST_STATE_PLAYING);
  const Message message = pipeline.wait(
      static_cast<GstMessageType>(GST_MESSAGE_WARNING | GST_MESSAGE_ERROR | GST_MESSAGE_EOS));
  fail_unless_equals_int(GST_MESSAGE_TYPE(message.get()), GST_MESSAGE_WARNING);
}
GST_END_TEST

GST_START_TEST(a_slow_server_and_an_index_at_the_end_change_nothing) {
  TempDir directory;
  const std::string clip = make_clip(directory);
  const std::string other = directory.file("moov-at-end.mp4");
  Pipeline("filesrc location=" + clip +
           " ! qtdemux name=d d.video_0 ! queue ! h264parse ! mux. d.audio_0 ! queue ! aacparse ! "
           "mux. " +
           "mp4mux name=mux faststart=false ! filesink location=" + other)
      .play_to_end();
  const Simulator simulator({"--clip=" + other, "--task-seconds=0.2", "--bandwidth=100000"});
  const Output ours = play_both(source("sound=true"));
  const Output theirs = play_both(from_file(other));
  fail_unless(ours.video == theirs.video);
  fail_unless(ours.audio == theirs.audio);
}
GST_END_TEST

GST_START_TEST(all_pads_are_there_when_no_more_pads_is_emitted_once) {
  const Served served;
  Pipeline pipeline(source("sound=true") + kVideoBranch + kAudioBranch);
  struct Seen {
    int pads = 0;
    int no_more_pads = 0;
    int pads_then = 0;
  } seen;
  const Ref<GstElement> element = pipeline.element("s");
  g_signal_connect(element.get(), "pad-added",
                   G_CALLBACK(+[](GstElement*, GstPad*, Seen* s) { g_atomic_int_inc(&s->pads); }),
                   &seen);
  g_signal_connect(element.get(), "no-more-pads", G_CALLBACK(+[](GstElement*, Seen* s) {
                     ++s->no_more_pads;
                     s->pads_then = g_atomic_int_get(&s->pads);
                   }),
                   &seen);
  pipeline.play_to_end();
  fail_unless_equals_int(seen.no_more_pads, 1);
  fail_unless_equals_int(seen.pads_then, 2);
  fail_unless_equals_int(seen.pads, 2);
}
GST_END_TEST

GST_START_TEST(stream_ids_come_from_the_task_and_the_group_is_one) {
  const Served served;
  std::string task_id;
  Streams bought;
  {
    Pipeline pipeline(source("sound=true") + kVideoBranch + kAudioBranch);
    pipeline.play_to_end();
    bought = streams_of(pipeline);
    g_autofree char* id = nullptr;
    g_object_get(pipeline.element("s").get(), "task-id", &id, nullptr);
    task_id = id;
  }
  Pipeline pipeline("airforcevideosrc name=s task-id=" + task_id + " " + kVideoBranch +
                    kAudioBranch);
  pipeline.play_to_end();
  const Streams attached = streams_of(pipeline);
  fail_unless(bought.video.id == attached.video.id);
  fail_unless(bought.audio.id == attached.audio.id);
  fail_unless(bought.video.id != bought.audio.id);
  fail_unless_equals_int(bought.video.group, bought.audio.group);
  fail_unless(bought.video.group != attached.video.group);
  fail_unless_equals_int(served.simulator.logged("POST"), 1);
}
GST_END_TEST

GST_START_TEST(progress_starts_goes_up_and_is_complete_before_the_first_pad) {
  const Served served;
  Pipeline pipeline(source() + kVideoBranch);
  const Ref<GstElement> element = pipeline.element("s");
  static gint pads = 0;
  g_signal_connect(element.get(), "pad-added",
                   G_CALLBACK(+[](GstElement*, GstPad*, gpointer) { g_atomic_int_inc(&pads); }),
                   nullptr);
  std::vector<GstProgressType> types;
  int last_percent = 0;
  pipeline.set_state(GST_STATE_PLAYING);
  pipeline.wait(static_cast<GstMessageType>(GST_MESSAGE_PROGRESS | GST_MESSAGE_EOS),
                [&](GstMessage* message) {
                  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) return true;
                  g_autofree char* code = nullptr;
                  g_autofree char* text = nullptr;
                  GstProgressType type = GST_PROGRESS_TYPE_START;
                  gst_message_parse_progress(message, &type, &code, &text);
                  fail_unless_equals_string(code, "generate");
                  fail_unless(*text != '\0');
                  int percent = -1;
                  gst_structure_get_int(gst_message_get_structure(message), "percent", &percent);
                  fail_unless(percent >= last_percent, "%d after %d", percent, last_percent);
                  last_percent = percent;
                  types.push_back(type);
                  return false;
                });
  fail_unless(types.size() > 2);
  fail_unless_equals_int(types.front(), GST_PROGRESS_TYPE_START);
  fail_unless_equals_int(types.back(), GST_PROGRESS_TYPE_COMPLETE);
  fail_unless_equals_int(std::count(types.begin(), types.end(), GST_PROGRESS_TYPE_CONTINUE),
                         types.size() - 2);
  fail_unless_equals_int(last_percent, 100);
  fail_unless_equals_int(pads, 1 + 1);  // the clip has sound
}
GST_END_TEST

GST_START_TEST(what_is_known_of_the_task_is_posted_in_element_messages) {
  const Served served;
  Pipeline pipeline(source() + kVideoBranch);
  std::string status;
  std::string task_id;
  pipeline.set_state(GST_STATE_PLAYING);
  pipeline.wait(static_cast<GstMessageType>(GST_MESSAGE_ELEMENT | GST_MESSAGE_EOS),
                [&](GstMessage* message) {
                  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) return true;
                  const GstStructure* task = gst_message_get_structure(message);
                  if (!gst_structure_has_name(task, "airforce-task")) return false;
                  g_autofree char* text = gst_structure_to_string(task);
                  fail_unless(strstr(text, "http") == nullptr, "a URL in %s", text);
                  status = gst_structure_get_string(task, "status");
                  task_id = gst_structure_get_string(task, "task-id");
                  fail_unless(speaks_sdk_dialect() ||
                              gst_structure_has_field_typed(task, "cost-cents", G_TYPE_DOUBLE));
                  fail_unless(gst_structure_has_field_typed(task, "expires-at", G_TYPE_INT64));
                  return false;
                });
  fail_unless_equals_string(status.c_str(), "completed");
  g_autofree char* property = nullptr;
  g_object_get(pipeline.element("s").get(), "task-id", &property, nullptr);
  fail_unless_equals_string(property, task_id.c_str());
}
GST_END_TEST

GST_START_TEST(a_seek_gives_the_frames_that_a_file_gives) {
  const Served served;
  const auto seek_and_play = [](const std::string& description) {
    Pipeline pipeline(description + kVideoBranch + kAudioBranch);
    const Received video(pipeline, "video");
    pipeline.set_state(GST_STATE_PAUSED);
    pipeline.wait(GST_MESSAGE_ASYNC_DONE);
    fail_unless(gst_element_seek_simple(
        pipeline.get(), GST_FORMAT_TIME,
        static_cast<GstSeekFlags>(GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
        GST_SECOND + 300 * GST_MSECOND));
    pipeline.play_to_end();
    return video.lines();
  };
  const auto ours = seek_and_play(source("sound=true"));
  const auto theirs = seek_and_play(from_file(served.clip));
  fail_unless(theirs.size() > 10 && theirs.size() < 25);
  fail_unless(ours == theirs);
}
GST_END_TEST

GST_START_TEST(it_plays_again_after_a_seek_back_from_the_end) {
  const Served served;
  Pipeline pipeline(source("sound=true") + kVideoBranch + kAudioBranch);
  const Received video(pipeline, "video");
  pipeline.play_to_end();
  fail_unless(gst_element_seek_simple(pipeline.get(), GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, 0));
  pipeline.wait(GST_MESSAGE_EOS);
  fail_unless_equals_int(video.lines().size(), 2 * 48);
}
GST_END_TEST

GST_START_TEST(duration_and_seekability_are_known_in_paused) {
  const Served served;
  Pipeline pipeline(source("sound=true") + kVideoBranch);
  fail_unless_equals_int(pipeline.set_state(GST_STATE_PAUSED), GST_STATE_CHANGE_ASYNC);
  pipeline.wait(GST_MESSAGE_ASYNC_DONE);
  gint64 duration = 0;
  fail_unless(gst_element_query_duration(pipeline.get(), GST_FORMAT_TIME, &duration));
  fail_unless(duration >= 2 * gint64{GST_SECOND} && duration < 2200 * gint64{GST_MSECOND},
              "%" G_GINT64_FORMAT, duration);
  g_autoptr(GstQuery) query = gst_query_new_seeking(GST_FORMAT_TIME);
  fail_unless(gst_element_query(pipeline.get(), query));
  gboolean seekable = FALSE;
  gst_query_parse_seeking(query, nullptr, &seekable, nullptr, nullptr);
  fail_unless(seekable);
}
GST_END_TEST

GST_START_TEST(the_file_at_location_is_whole_when_eos_comes) {
  const Served served({"--bandwidth=200000"});
  const std::string location = served.directory.file("kept.mp4");
  Pipeline pipeline(source("location=" + location) + kVideoBranch);
  pipeline.play_to_end();
  fail_unless(contents(location) == contents(served.clip));
}
GST_END_TEST

GST_START_TEST(the_same_element_generates_again_after_ready) {
  const Served served;
  Pipeline pipeline(source("reuse=never") + "fakesink name=video sync=false");
  keep_linked(pipeline, "s", "video", "video");
  const Received video(pipeline, "video");
  for (int i = 1; i <= 3; ++i) {
    pipeline.play_to_end();
    pipeline.set_state(GST_STATE_READY);
    fail_unless_equals_int(video.lines().size(), i * 48);
  }
  fail_unless_equals_int(served.simulator.logged("POST"), 3);
}
GST_END_TEST

static Suite* playing_suite() {
  Suite* suite = suite_create("playing");
  TCase* tcase = tcase_create("playing");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 200);
  tcase_add_test(tcase, frames_and_samples_are_those_of_the_same_file);
  tcase_add_test(tcase, a_clip_that_the_simulator_renders_plays);
  tcase_add_test(tcase, a_clip_whose_coded_width_is_another_plays_each_time);
  tcase_add_test(tcase, a_line_that_links_only_the_video_plays_to_its_end);
  tcase_add_test(tcase, a_line_that_links_only_the_audio_plays_to_its_end);
  tcase_add_test(tcase, a_clip_without_sound_warns_who_asked_for_it);
  tcase_add_test(tcase, a_slow_server_and_an_index_at_the_end_change_nothing);
  tcase_add_test(tcase, all_pads_are_there_when_no_more_pads_is_emitted_once);
  tcase_add_test(tcase, stream_ids_come_from_the_task_and_the_group_is_one);
  tcase_add_test(tcase, progress_starts_goes_up_and_is_complete_before_the_first_pad);
  tcase_add_test(tcase, what_is_known_of_the_task_is_posted_in_element_messages);
  tcase_add_test(tcase, a_seek_gives_the_frames_that_a_file_gives);
  tcase_add_test(tcase, it_plays_again_after_a_seek_back_from_the_end);
  tcase_add_test(tcase, duration_and_seekability_are_known_in_paused);
  tcase_add_test(tcase, the_file_at_location_is_whole_when_eos_comes);
  tcase_add_test(tcase, the_same_element_generates_again_after_ready);
  return suite;
}

GST_CHECK_MAIN(playing)
