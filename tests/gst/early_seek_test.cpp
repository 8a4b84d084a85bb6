// SPDX-License-Identifier: LGPL-2.1-or-later
// Seeks that are sent to the element before there is anything to seek in: the clip begins there.
#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "support.h"

using namespace airforce::gst::test;

namespace {

const std::string kSinks =
    "s. ! video/x-raw ! queue ! fakesink name=video sync=false "
    "s. ! audio/x-raw ! queue ! fakesink name=audio sync=false ";

std::string from_service(const std::string& settings = "") {
  return std::string("airforcevideosrc name=s sound=true reuse=never ") + kRequest + " " +
         settings + " ";
}

std::string from_file(const std::string& clip) {
  return "filesrc location=" + clip + " ! decodebin3 name=s ";
}

const Seek kAccurate = {"accurate", 1, GST_SEEK_FLAG_ACCURATE, 5300 * GST_MSECOND,
                        GST_CLOCK_TIME_NONE};
const Seek kEarlier = {"earlier", 1, GST_SEEK_FLAG_ACCURATE, 2 * GST_SECOND, 3 * GST_SECOND};
const std::vector<Seek> kSeeks = {
    kAccurate,
    {"flushing", 1, 0, 5300 * GST_MSECOND, GST_CLOCK_TIME_NONE},
    {"key-unit", 1, GST_SEEK_FLAG_KEY_UNIT, 5300 * GST_MSECOND, GST_CLOCK_TIME_NONE},
    {"accurate, with an end", 1, GST_SEEK_FLAG_ACCURATE, 5300 * GST_MSECOND, 6 * GST_SECOND},
    {"reverse", -1, GST_SEEK_FLAG_ACCURATE, 5 * GST_SECOND, 6 * GST_SECOND},
    {"twice as fast", 2, GST_SEEK_FLAG_ACCURATE, 5300 * GST_MSECOND, GST_CLOCK_TIME_NONE},
};

// What goes through the element's pads, apart from data.
class Events {
 public:
  explicit Events(const Pipeline& pipeline) {
    const Ref<GstElement> source = pipeline.element("s");
    g_signal_connect(source.get(), "pad-added", G_CALLBACK(pad_added), this);
    g_signal_connect(source.get(), "deep-element-added", G_CALLBACK(element_added), this);
  }
  int flushes() const { return g_atomic_int_get(&flushes_); }
  // That the decoder was asked for, by any of its pads.
  int seeks() const { return g_atomic_int_get(&seeks_); }
  // Of the last segment of the picture.
  guint32 seqnum() const { return static_cast<guint32>(g_atomic_int_get(&seqnum_)); }

 private:
  static void pad_added(GstElement*, GstPad* pad, Events* self) {
    gst_pad_add_probe(pad,
                      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                                   GST_PAD_PROBE_TYPE_EVENT_FLUSH),
                      downstream, self, nullptr);
  }
  static void element_added(GstBin*, GstBin*, GstElement* element, Events* self) {
    if (!g_str_has_prefix(GST_OBJECT_NAME(element), "decodebin3")) return;
    g_signal_connect(element, "pad-added", G_CALLBACK(inner_pad_added), self);
  }
  static void inner_pad_added(GstElement*, GstPad* pad, Events* self) {
    if (GST_PAD_IS_SINK(pad)) return;
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, upstream, self, nullptr);
  }
  static GstPadProbeReturn downstream(GstPad* pad, GstPadProbeInfo* info, gpointer self) {
    auto* events = static_cast<Events*>(self);
    GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
    if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_START) g_atomic_int_inc(&events->flushes_);
    if (GST_EVENT_TYPE(event) == GST_EVENT_SEGMENT &&
        g_str_has_prefix(GST_PAD_NAME(pad), "video")) {
      g_atomic_int_set(&events->seqnum_, static_cast<gint>(gst_event_get_seqnum(event)));
    }
    return GST_PAD_PROBE_OK;
  }
  static GstPadProbeReturn upstream(GstPad*, GstPadProbeInfo* info, gpointer self) {
    if (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_SEEK)
      g_atomic_int_inc(&static_cast<Events*>(self)->seeks_);
    return GST_PAD_PROBE_OK;
  }

  mutable gint flushes_ = 0;
  mutable gint seeks_ = 0;
  mutable gint seqnum_ = 0;
};

struct Output {
  std::vector<std::string> video;
  std::vector<std::string> audio;
};

// What a file gives after a seek once it has prerolled.
Output play_file(const std::string& clip, const Seek& seek) {
  Pipeline pipeline(from_file(clip) + kSinks);
  pipeline.set_state(GST_STATE_PAUSED);
  pipeline.wait(GST_MESSAGE_ASYNC_DONE);
  const Received video(pipeline, "video");
  const Received audio(pipeline, "audio");
  fail_unless(gst_element_send_event(pipeline.get(), event_of(seek)));
  pipeline.wait(GST_MESSAGE_ASYNC_DONE);
  pipeline.play_to_end();
  return {video.lines(), audio.lines()};
}

// The lines without the hashes.
std::vector<std::string> times_of(std::vector<std::string> lines) {
  for (std::string& line : lines) line.resize(line.rfind(' '));
  return lines;
}

enum class When { in_ready, while_the_task_runs, when_the_clip_is_about_to_come };

void wait_until(Pipeline& pipeline, When when) {
  pipeline.set_state(when == When::in_ready ? GST_STATE_READY : GST_STATE_PAUSED);
  if (when == When::while_the_task_runs) pipeline.wait_for_progress(GST_PROGRESS_TYPE_CONTINUE);
  if (when == When::when_the_clip_is_about_to_come)
    pipeline.wait_for_progress(GST_PROGRESS_TYPE_COMPLETE);
}

void seek_element(const Pipeline& pipeline, const Seek& seek) {
  fail_unless(gst_element_send_event(pipeline.element("s").get(), event_of(seek)), "no %s seek",
              seek.name);
}

// Everything from the first buffer on is what a file gives after that seek.
void check_seek(const std::string& clip, const Seek& seek, When when) {
  Pipeline pipeline(from_service() + kSinks);
  const Received video(pipeline, "video");
  const Received audio(pipeline, "audio");
  const Events events(pipeline);
  wait_until(pipeline, when);
  seek_element(pipeline, kEarlier);
  GstEvent* event = event_of(seek);
  const guint32 seqnum = gst_event_get_seqnum(event);
  fail_unless(gst_element_send_event(pipeline.element("s").get(), event), "no %s seek", seek.name);
  pipeline.play_to_end();
  const Output theirs = play_file(clip, seek);
  fail_unless(!theirs.video.empty());
  fail_unless(video.lines() == theirs.video, "%s: other pictures", seek.name);
  fail_unless(times_of(audio.lines()) == times_of(theirs.audio), "%s: other sound", seek.name);
  fail_unless_equals_int(events.seeks(), 1);
  fail_unless_equals_int(events.flushes(), 0);
  fail_unless_equals_int(events.seqnum(), seqnum);
}

// A long clip, and a simulator that takes a moment to make it.
struct Slow {
  explicit Slow(const char* mux = kFaststart, std::vector<std::string> arguments = {})
      : clip(make_long_clip(directory, mux)), simulator([&] {
          arguments.insert(arguments.end(), {"--clip=" + clip, "--task-seconds=0.3"});
          return arguments;
        }()) {}
  TempDir directory;
  std::string clip;
  Simulator simulator;
};

}  // namespace

GST_START_TEST(every_kind_of_seek_is_where_the_clip_begins) {
  const Slow slow;
  for (const Seek& seek : kSeeks) check_seek(slow.clip, seek, When::in_ready);
}
GST_END_TEST

GST_START_TEST(a_seek_during_the_task_or_the_download_is_where_it_begins) {
  const Slow slow(kFaststart, {"--bandwidth=1000000", "--fault=download:stall-before=1"});
  check_seek(slow.clip, kAccurate, When::while_the_task_runs);
  check_seek(slow.clip, kAccurate, When::when_the_clip_is_about_to_come);
}
GST_END_TEST

GST_START_TEST(it_is_where_a_clip_with_its_index_behind_and_one_of_fragments_begin) {
  for (const char* mux : {kIndexBehind, kFragments}) {
    const Slow slow(mux, {"--bandwidth=1000000"});
    check_seek(slow.clip, kAccurate, When::while_the_task_runs);
  }
}
GST_END_TEST

GST_START_TEST(a_seek_that_does_not_flush_is_kept_as_well) {
  const Slow slow;
  Pipeline pipeline(from_service() + kSinks);
  const Received video(pipeline, "video");
  fail_unless(gst_element_send_event(pipeline.element("s").get(), event_of(kAccurate, 0)));
  pipeline.play_to_end();
  fail_unless(video.lines() == play_file(slow.clip, kAccurate).video);
}
GST_END_TEST

GST_START_TEST(a_segment_that_was_asked_for_early_ends_with_segment_done) {
  const Slow slow;
  const Seek segment = {"segment", 1, GST_SEEK_FLAG_SEGMENT | GST_SEEK_FLAG_ACCURATE,
                        5300 * GST_MSECOND, 6 * GST_SECOND};
  Pipeline pipeline(from_service() + kSinks);
  const Received video(pipeline, "video");
  seek_element(pipeline, segment);
  // The demuxer says that it is done, not the sinks: these have got something once they are paused.
  // It may say so before that, so nothing is taken from the bus until then.
  pipeline.set_state(GST_STATE_PAUSED);
  fail_unless_equals_int(gst_element_get_state(pipeline.get(), nullptr, nullptr, 30 * GST_SECOND),
                         GST_STATE_CHANGE_SUCCESS);
  pipeline.set_state(GST_STATE_PLAYING);
  const Message message = pipeline.wait(
      static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_SEGMENT_DONE | GST_MESSAGE_ERROR));
  fail_unless_equals_int(GST_MESSAGE_TYPE(message.get()), GST_MESSAGE_SEGMENT_DONE);
  gint64 position = 0;
  gst_message_parse_segment_done(message.get(), nullptr, &position);
  fail_unless_equals_int64(position, static_cast<gint64>(segment.stop));
  const Ref<GstElement> sink = pipeline.element("video");
  const auto rendered = [&sink] {
    g_autoptr(GstStructure) stats = nullptr;
    g_object_get(sink.get(), "stats", &stats, nullptr);
    guint64 count = 0;
    gst_structure_get_uint64(stats, "rendered", &count);
    return count;
  };
  while (rendered() == 0) g_usleep(1000);
  pipeline.set_state(GST_STATE_NULL);
  fail_unless(!video.lines().empty());
  fail_unless(video.lines().front() == play_file(slow.clip, kAccurate).video.front());
}
GST_END_TEST

GST_START_TEST(the_streams_as_they_are_begin_at_the_key_frame_before) {
  const Slow slow;
  Pipeline pipeline(from_service("output=encoded") +
                    "s. ! h264parse ! fakesink name=video sync=false");
  const Received video(pipeline, "video");
  seek_element(pipeline,
               {"key-unit", 1, GST_SEEK_FLAG_KEY_UNIT, 5300 * GST_MSECOND, GST_CLOCK_TIME_NONE});
  pipeline.play_to_end();
  fail_unless(!video.lines().empty());
  const gint64 begins_at = std::stoll(video.lines().front());
  fail_unless_equals_int64(begins_at, gint64{5 * GST_SECOND});  // there is one in every second
}
GST_END_TEST

GST_START_TEST(a_seek_in_the_middle_of_the_start_is_never_lost) {
  // At no known moment: before there are pads it is kept, afterwards it goes to them.
  const Slow slow(kFaststart, {"--bandwidth=3000000"});
  const std::string last = play_file(slow.clip, kAccurate).video.front();
  for (int round = 0; round < 15; ++round) {
    Pipeline pipeline(from_service() + kSinks);
    const Received video(pipeline, "video");
    pipeline.set_state(GST_STATE_PAUSED);
    pipeline.wait_for_progress(GST_PROGRESS_TYPE_COMPLETE);
    g_usleep(static_cast<gulong>(round) * 3'000);
    seek_element(pipeline, kEarlier);
    seek_element(pipeline, kAccurate);
    pipeline.play_to_end();
    fail_unless(std::find(video.lines().begin(), video.lines().end(), last) != video.lines().end(),
                "round %d", round);
  }
}
GST_END_TEST

GST_START_TEST(once_there_are_pads_the_element_passes_seeks_to_them) {
  const Slow slow;
  Pipeline pipeline(from_service() + kSinks);
  pipeline.set_state(GST_STATE_PAUSED);
  pipeline.wait(GST_MESSAGE_ASYNC_DONE);
  const Received video(pipeline, "video");
  seek_element(pipeline, kAccurate);
  pipeline.wait(GST_MESSAGE_ASYNC_DONE);
  pipeline.play_to_end();
  fail_unless(video.lines() == play_file(slow.clip, kAccurate).video);
}
GST_END_TEST

GST_START_TEST(what_cannot_wait_is_refused_before_there_are_pads) {
  const Slow slow;
  Pipeline pipeline(from_service() + kSinks);
  const Ref<GstElement> source = pipeline.element("s");
  pipeline.set_state(GST_STATE_PAUSED);
  fail_unless(!gst_element_seek_simple(source.get(), GST_FORMAT_BYTES, GST_SEEK_FLAG_FLUSH, 100));
  fail_unless(!gst_element_seek(source.get(), 2, GST_FORMAT_TIME,
                                static_cast<GstSeekFlags>(GST_SEEK_FLAG_INSTANT_RATE_CHANGE),
                                GST_SEEK_TYPE_NONE, 0, GST_SEEK_TYPE_NONE, 0));
}
GST_END_TEST

GST_START_TEST(a_seek_belongs_to_the_run_that_it_was_sent_to) {
  const Slow slow;
  Pipeline pipeline(from_service() + "fakesink name=video sync=false");
  keep_linked(pipeline, "s", "video", "video");
  const Received video(pipeline, "video");
  pipeline.set_state(GST_STATE_PAUSED);
  pipeline.wait_for_progress(GST_PROGRESS_TYPE_CONTINUE);
  seek_element(pipeline, kAccurate);
  pipeline.set_state(GST_STATE_READY);
  fail_unless(video.lines().empty());
  pipeline.play_to_end();
  fail_unless_equals_int(video.lines().size(), 192);
}
GST_END_TEST

// Bytes begin at no time. If that were tried, a warning would report the failure.
GST_START_TEST(a_seek_is_forgotten_when_the_clip_is_to_come_as_a_file) {
  const Slow slow;
  const TempDir directory;
  const std::string file = directory.file("kept.mp4");
  Pipeline pipeline(from_service() + "filesink name=file location=" + file);
  const Ref<GstElement> source = pipeline.element("s");
  seek_element(pipeline, kAccurate);
  g_object_set(source.get(), "output", 2, nullptr);
  keep_linked(pipeline, "s", "video", "file");
  pipeline.set_state(GST_STATE_PLAYING);
  const Message last =
      pipeline.wait(static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_WARNING));
  fail_unless_equals_int(GST_MESSAGE_TYPE(last.get()), GST_MESSAGE_EOS);
  fail_unless(airforce::test::read_file(file) == airforce::test::read_file(slow.clip));
}
GST_END_TEST

GST_START_TEST(stopping_waits_for_no_seek) {
  const Slow slow(kFaststart, {"--bandwidth=300000"});
  Pipeline pipeline(from_service() + "fakesink name=video");
  keep_linked(pipeline, "s", "video", "video");
  for (int round = 0; round < 12; ++round) {
    seek_element(pipeline, kAccurate);
    pipeline.set_state(GST_STATE_PLAYING);
    pipeline.wait_for_progress(round == 0 ? GST_PROGRESS_TYPE_CONTINUE
                                          : GST_PROGRESS_TYPE_COMPLETE);
    g_usleep(static_cast<gulong>(round) * 5'000);
    // Taken or not: pads that are just coming may refuse it.
    gst_element_send_event(pipeline.element("s").get(), event_of(kEarlier));
    fail_unless_equals_int(pipeline.set_state(GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
    fail_unless_equals_int(pipeline.element("s")->numpads, 0);
  }
}
GST_END_TEST

GST_START_TEST(a_seek_on_a_line_that_has_stalled_does_not_keep_it_from_being_stopped) {
  const Slow slow(kFaststart, {"--fault=download:stall-after=20000"});
  Pipeline pipeline(from_service() + kSinks);
  seek_element(pipeline, kAccurate);
  pipeline.set_state(GST_STATE_PAUSED);
  pipeline.wait_for_progress(GST_PROGRESS_TYPE_COMPLETE);
  for (int i = 0; i < 20; ++i) {
    seek_element(pipeline, kEarlier);
    g_usleep(20'000);
  }
  fail_unless_equals_int(pipeline.set_state(GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
}
GST_END_TEST

GST_START_TEST(a_clip_that_begins_late_may_begin_elsewhere) {
  const Slow slow;
  Pipeline pipeline(from_service("start-now=true") +
                    "fakesink name=video sync=false videotestsrc is-live=true ! fakesink");
  keep_linked(pipeline, "s", "video", "video");
  const Ref<GstElement> source = pipeline.element("s");
  static std::atomic<guint64> first = 0;
  g_signal_connect(
      pipeline.element("video").get(), "handoff",
      G_CALLBACK(+[](GstElement*, GstBuffer* buffer, GstPad* pad, gpointer) {
        g_autoptr(GstEvent) event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
        if (event == nullptr || first > 0) return;
        const GstSegment* segment = nullptr;
        gst_event_parse_segment(event, &segment);
        first = gst_segment_to_running_time(segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
      }),
      nullptr);
  const Received video(pipeline, "video");
  seek_element(pipeline, kAccurate);
  pipeline.set_state(GST_STATE_PLAYING);
  // The other source never ends.
  const Ref<GstPad> sink(gst_element_get_static_pad(pipeline.element("video").get(), "sink"));
  for (int i = 0; i < 3000 && GST_PAD_IS_EOS(sink.get()) == FALSE; ++i) g_usleep(10'000);
  fail_unless(GST_PAD_IS_EOS(sink.get()));
  fail_unless(first > guint64{100 * GST_MSECOND}, "time began at 0");
  fail_unless(video.lines() == play_file(slow.clip, kAccurate).video);
}
GST_END_TEST

static Suite* early_seek_suite() {
  Suite* suite = suite_create("early-seek");
  TCase* tcase = tcase_create("early-seek");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 200);
  tcase_add_test(tcase, every_kind_of_seek_is_where_the_clip_begins);
  tcase_add_test(tcase, a_seek_during_the_task_or_the_download_is_where_it_begins);
  tcase_add_test(tcase, it_is_where_a_clip_with_its_index_behind_and_one_of_fragments_begin);
  tcase_add_test(tcase, a_seek_that_does_not_flush_is_kept_as_well);
  tcase_add_test(tcase, a_segment_that_was_asked_for_early_ends_with_segment_done);
  tcase_add_test(tcase, the_streams_as_they_are_begin_at_the_key_frame_before);
  tcase_add_test(tcase, a_seek_in_the_middle_of_the_start_is_never_lost);
  tcase_add_test(tcase, once_there_are_pads_the_element_passes_seeks_to_them);
  tcase_add_test(tcase, what_cannot_wait_is_refused_before_there_are_pads);
  tcase_add_test(tcase, a_seek_belongs_to_the_run_that_it_was_sent_to);
  tcase_add_test(tcase, a_seek_is_forgotten_when_the_clip_is_to_come_as_a_file);
  tcase_add_test(tcase, stopping_waits_for_no_seek);
  tcase_add_test(tcase, a_seek_on_a_line_that_has_stalled_does_not_keep_it_from_being_stopped);
  tcase_add_test(tcase, a_clip_that_begins_late_may_begin_elsewhere);
  return suite;
}

GST_CHECK_MAIN(early_seek)
