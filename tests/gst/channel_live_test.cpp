// SPDX-License-Identifier: LGPL-2.1-or-later
// A channel as a live source: latency, QoS, clocks, PAUSED and back.
#include <algorithm>

#include "channel_support.h"

using namespace airforce::gst::test;

GST_START_TEST(a_channel_answers_the_latency_query_as_a_live_source) {
  const Served served;
  ChannelPipeline channel;
  const Cadence picture(channel.pipeline.element("picture").get());
  channel.play();
  wait_for_buffers(picture, 2);
  g_autoptr(GstQuery) query = gst_query_new_latency();
  fail_unless(gst_element_query(channel.pipeline.get(), query));
  gboolean live = FALSE;
  GstClockTime minimum = 0;
  gst_query_parse_latency(query, &live, &minimum, nullptr);
  fail_unless(live);
  fail_unless(minimum >= kFrame && minimum < GST_SECOND / 2, "%" GST_TIME_FORMAT,
              GST_TIME_ARGS(minimum));
}
GST_END_TEST

GST_START_TEST(a_sink_that_is_late_does_not_change_the_rate) {
  const Served served;
  ChannelPipeline channel;
  const Ref<GstElement> sink = channel.pipeline.element("picture");
  const Cadence picture(sink.get());
  channel.play();
  wait_for_buffers(picture, 5);
  const Ref<GstPad> pad(gst_element_get_static_pad(sink.get(), "sink"));
  for (int i = 0; i < 20; ++i) {
    const GstClockTime now = gst_element_get_current_running_time(sink.get());
    gst_pad_push_event(pad.get(), gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 4.0, GST_SECOND, now));
    g_usleep(20000);
  }
  wait_for_buffers(picture, picture.count() + 10);
  fail_unless(picture.largest_gap() < kFrame / 2);
}
GST_END_TEST

GST_START_TEST(a_channel_resumes_after_a_pause_where_it_was) {
  const Served served;
  ChannelPipeline channel;
  const Cadence picture(channel.pipeline.element("picture").get());
  const Cadence sound(channel.pipeline.element("sound").get());
  const guint64 id = channel.enqueue("a fox");
  channel.play();
  channel.wait_for(id, "on-air");
  for (int i = 0; i < 3; ++i) {
    channel.pipeline.set_state(GST_STATE_PAUSED);
    g_usleep(300000);
    channel.play();
    wait_for_buffers(picture, picture.count() + 6);
  }
  channel.wait_for(id, "gone");
  fail_unless(picture.largest_gap() < kFrame / 2, "%" GST_TIME_FORMAT,
              GST_TIME_ARGS(picture.largest_gap()));
  fail_unless(sound.largest_gap() < GST_MSECOND, "%" GST_TIME_FORMAT,
              GST_TIME_ARGS(sound.largest_gap()));
  fail_unless_equals_int(served.simulator.creates(), 1);
}
GST_END_TEST

GST_START_TEST(a_pipeline_plays_after_a_pause_although_a_clip_is_being_made) {
  const Served served({"--task-seconds", "60"});
  ChannelPipeline channel;
  const Ref<GstElement> sink = channel.pipeline.element("picture");
  const Cadence picture(sink.get());
  // Each time that the pipeline changes to PLAYING the latency is distributed.
  std::atomic<int> changes{0};
  const Ref<GstPad> pad(gst_element_get_static_pad(channel.element.get(), "video"));
  gst_pad_add_probe(
      pad.get(), GST_PAD_PROBE_TYPE_EVENT_UPSTREAM,
      [](GstPad*, GstPadProbeInfo* info, gpointer data) {
        const GstEventType type = GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info));
        if (type == GST_EVENT_LATENCY) ++*static_cast<std::atomic<int>*>(data);
        return GST_PAD_PROBE_OK;
      },
      &changes, nullptr);
  const guint64 id = channel.enqueue("a fox");
  channel.play();
  channel.wait_for(id, "being-made");
  while (served.simulator.creates() == 0) g_usleep(10000);
  channel.pipeline.set_state(GST_STATE_PAUSED);
  channel.play();
  wait_for_buffers(picture, picture.count() + 12);
  GstState state = GST_STATE_NULL;
  fail_unless_equals_int(
      gst_element_get_state(channel.pipeline.get(), &state, nullptr, 10 * GST_SECOND),
      GST_STATE_CHANGE_SUCCESS);
  fail_unless_equals_int(state, GST_STATE_PLAYING);
  fail_unless(changes < 20, "%d", changes.load());
}
GST_END_TEST

GST_START_TEST(a_channel_knows_its_latency_before_its_first_picture) {
  const Served served;
  ChannelPipeline channel;
  channel.pipeline.set_state(GST_STATE_PAUSED);
  g_autoptr(GstQuery) query = gst_query_new_latency();
  const Ref<GstPad> video(gst_element_get_static_pad(channel.element.get(), "video"));
  fail_unless(gst_pad_query(video.get(), query));
  GstClockTime before = 0;
  gst_query_parse_latency(query, nullptr, &before, nullptr);
  const Cadence picture(channel.pipeline.element("picture").get());
  channel.play();
  wait_for_buffers(picture, 5);
  g_autoptr(GstQuery) later = gst_query_new_latency();
  fail_unless(gst_pad_query(video.get(), later));
  GstClockTime after = 0;
  gst_query_parse_latency(later, nullptr, &after, nullptr);
  fail_unless(before >= 2 * kFrame - GST_USECOND);
  fail_unless_equals_uint64(before, after);
}
GST_END_TEST

GST_START_TEST(a_channel_plays_on_by_another_clock) {
  const Served served;
  ChannelPipeline channel;
  const Cadence picture(channel.pipeline.element("picture").get());
  const guint64 first = channel.enqueue("a fox");
  channel.play();
  channel.wait_for(first, "on-air");
  channel.pipeline.set_state(GST_STATE_PAUSED);
  const Ref<GstClock> clock(GST_CLOCK(
      g_object_new(GST_TYPE_SYSTEM_CLOCK, "clock-type", GST_CLOCK_TYPE_REALTIME, nullptr)));
  gst_pipeline_use_clock(GST_PIPELINE(channel.pipeline.get()), clock.get());
  const guint64 second = channel.enqueue("a hare");
  channel.play();
  channel.wait_for(second, "on-air");
  channel.wait_for(second, "gone");
  wait_for_buffers(picture, picture.count() + 5);
  fail_unless(picture.largest_gap() < kFrame / 2, "%" GST_TIME_FORMAT,
              GST_TIME_ARGS(picture.largest_gap()));
}
GST_END_TEST

// Four seconds of noise: shifted against itself it is another sound, so that powers add up.
static std::string make_noise_clip(const TempDir& directory) {
  std::string path = directory.file("noise.mp4");
  Pipeline(
      "videotestsrc num-buffers=96 ! video/x-raw,width=160,height=120,framerate=24/1 ! "
      "x264enc threads=1 speed-preset=ultrafast ! video/x-h264,profile=high ! mux. "
      "audiotestsrc wave=white-noise num-buffers=188 samplesperbuffer=1024 ! "
      "audio/x-raw,rate=48000 ! audioconvert ! avenc_aac ! mux. mp4mux name=mux "
      "faststart=true ! filesink location=" +
      path)
      .play_to_end();
  return path;
}

GST_START_TEST(sound_is_faded_with_equal_power) {
  const TempDir directory;
  const Simulator simulator({"--clip=" + make_noise_clip(directory), "--task-seconds=0.3"});
  struct Power {
    std::mutex mutex;
    std::vector<double> values;
    bool measuring = false;
    void measure(bool on) {
      const std::lock_guard lock(mutex);
      measuring = on;
    }
  } power;
  ChannelPipeline channel(
      "transition=(string)1,audio-caps=(string)\"audio/x-raw,format=F32LE,channels=1\"");
  const Ref<GstPad> pad(
      gst_element_get_static_pad(channel.pipeline.element("sound").get(), "sink"));
  gst_pad_add_probe(
      pad.get(), GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad*, GstPadProbeInfo* info, gpointer data) {
        auto& its = *static_cast<Power*>(data);
        GstMapInfo map;
        gst_buffer_map(GST_PAD_PROBE_INFO_BUFFER(info), &map, GST_MAP_READ);
        const auto* samples = reinterpret_cast<const float*>(map.data);
        const std::size_t count = map.size / sizeof(float);
        double sum = 0;
        for (std::size_t i = 0; i < count; ++i) sum += static_cast<double>(samples[i]) * samples[i];
        gst_buffer_unmap(GST_PAD_PROBE_INFO_BUFFER(info), &map);
        const std::lock_guard lock(its.mutex);
        if (its.measuring) its.values.push_back(sum / static_cast<double>(count));
        return GST_PAD_PROBE_OK;
      },
      &power, nullptr);
  const guint64 first = channel.enqueue("a fox");
  const guint64 second = channel.enqueue("a hare");
  channel.play();
  channel.wait_for(first, "on-air");
  while (channel.count(second, "on-air") == 0) g_usleep(10000);  // decided before it begins
  power.measure(true);
  channel.wait_for(first, "gone");
  power.measure(false);
  channel.pipeline.set_state(GST_STATE_NULL);
  fail_unless(power.values.size() > 20);
  std::sort(power.values.begin(), power.values.end());
  const double lowest = power.values[power.values.size() / 20];
  const double usual = power.values[power.values.size() / 2];
  // Straight fades would come down to half of it.
  fail_unless(lowest > 0.65 * usual, "%f of %f", lowest, usual);
}
GST_END_TEST

GST_START_TEST(the_applications_own_sound_is_mixed_with_that_of_the_clips) {
  const Served served;
  ChannelPipeline channel({},
                          "airforcechannelsrc name=c model=wan-2.6 "
                          "audio-caps=audio/x-raw,format=F32LE,rate=48000,channels=2 "
                          "c.audio ! fakesink name=sound sync=true signal-handoffs=true "
                          "audiotestsrc is-live=true ! audio/x-raw,rate=44100 ! "
                          "c.placeholder_audio");
  std::atomic<int> loud{0};
  g_signal_connect(
      channel.pipeline.element("sound").get(), "handoff",
      G_CALLBACK(+[](GstElement*, GstBuffer* buffer, GstPad*, std::atomic<int>* count) {
        float sample = 0;
        for (gsize at = 0; at + 8 <= gst_buffer_get_size(buffer) && sample < 0.5F; at += 8) {
          gst_buffer_extract(buffer, at, &sample, sizeof sample);
        }
        if (sample > 0.5F) ++*count;
      }),
      &loud);
  const Cadence sound(channel.pipeline.element("sound").get());
  channel.play();
  const gint64 deadline = g_get_monotonic_time() + 60 * G_TIME_SPAN_SECOND;
  while (loud < 10 && g_get_monotonic_time() < deadline) g_usleep(10000);
  channel.pipeline.set_state(GST_STATE_NULL);
  fail_unless(loud >= 10);
  fail_unless(sound.largest_gap() < GST_MSECOND);
}
GST_END_TEST

static Suite* channel_live_suite() {
  Suite* suite = suite_create("channel_live");
  TCase* tcase = tcase_create("channel_live");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 200);
  tcase_add_test(tcase, a_channel_answers_the_latency_query_as_a_live_source);
  tcase_add_test(tcase, a_sink_that_is_late_does_not_change_the_rate);
  tcase_add_test(tcase, a_channel_resumes_after_a_pause_where_it_was);
  tcase_add_test(tcase, a_pipeline_plays_after_a_pause_although_a_clip_is_being_made);
  tcase_add_test(tcase, a_channel_knows_its_latency_before_its_first_picture);
  tcase_add_test(tcase, a_channel_plays_on_by_another_clock);
  tcase_add_test(tcase, sound_is_faded_with_equal_power);
  tcase_add_test(tcase, the_applications_own_sound_is_mixed_with_that_of_the_clips);
  return suite;
}

GST_CHECK_MAIN(channel_live)
