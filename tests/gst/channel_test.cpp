// SPDX-License-Identifier: LGPL-2.1-or-later
// The channel as an application sees it: a picture that never stops, and what it costs.
#include <atomic>
#include <cstring>

#include "channel_support.h"

using namespace airforce::gst::test;

GST_START_TEST(a_channel_plays_from_the_start_and_without_gaps_through_every_clip) {
  const Served served({"--task-seconds", "1"});
  ChannelPipeline channel;
  const Cadence picture(channel.pipeline.element("picture").get());
  const Cadence sound(channel.pipeline.element("sound").get());
  const auto ids = channel.play({"a fox", "a hare"});
  wait_for_buffers(picture, 5);  // nothing is there but the card
  channel.wait_for(ids[0], "on-air");
  channel.wait_for(ids[1], "on-air");
  channel.wait_for(ids[1], "gone");
  wait_for_buffers(picture, picture.count() + 12);  // its last picture is held
  channel.pipeline.set_state(GST_STATE_PAUSED);
  fail_unless(picture.largest_gap() < GST_MSECOND, "%" GST_TIME_FORMAT,
              GST_TIME_ARGS(picture.largest_gap()));
  fail_unless(sound.largest_gap() < GST_MSECOND, "%" GST_TIME_FORMAT,
              GST_TIME_ARGS(sound.largest_gap()));
  fail_unless_equals_int(served.simulator.creates(), 2);
}
GST_END_TEST

GST_START_TEST(a_channel_plays_on_when_a_clip_fails) {
  const Served served({"--task-seconds", "0.5", "--fault", "task:failed,times=1"});
  ChannelPipeline channel("ahead=(string)0");  // one at a time
  const Cadence picture(channel.pipeline.element("picture").get());
  const auto ids = channel.play({"a fox", "a hare"});
  fail_unless(gst_structure_has_field(channel.wait_for(ids[0], "failed"), "reason"));
  channel.wait_for(ids[1], "on-air");
  fail_unless(picture.largest_gap() < kFrame / 2);
}
GST_END_TEST

GST_START_TEST(a_channel_buys_nothing_while_it_is_paused_or_linked_to_nothing) {
  const Served served({"--task-seconds", "0.3"});
  {
    ChannelPipeline channel;
    channel.enqueue("a fox");
    channel.pipeline.set_state(GST_STATE_PAUSED);
    g_usleep(400000);  // longer than the channel needs to decide
    fail_unless_equals_int(served.simulator.creates(), 0);
    channel.play();
    channel.wait_for(1, "on-air");
    fail_unless_equals_int(served.simulator.creates(), 1);
  }
  ChannelPipeline unlinked(
      {}, "airforcechannelsrc name=c model=wan-2.6  videotestsrc is-live=true ! fakesink");
  unlinked.enqueue("a hare");
  unlinked.play();
  g_usleep(400000);
  fail_unless_equals_int(served.simulator.creates(), 1);
}
GST_END_TEST

GST_START_TEST(a_channel_makes_no_more_than_is_wanted_ahead) {
  const Served served({"--task-seconds", "0.3"});
  ChannelPipeline channel("ahead=(string)1");
  const guint64 first = channel.enqueue("a fox");
  for (const char* prompt : {"a hare", "an owl", "a stag"}) channel.enqueue(prompt);
  channel.play();
  channel.wait_for(first, "on-air");
  // One is on air, and one is made in advance.
  fail_unless(served.simulator.creates() <= 2, "%d", served.simulator.creates());
}
GST_END_TEST

GST_START_TEST(an_item_can_be_removed_and_skipped_and_all_can_be_cleared) {
  const Served served({"--task-seconds", "0.3"});
  ChannelPipeline channel("ahead=(string)0");
  const auto ids = channel.play({"a fox", "a hare", "an owl", "a stag"});
  gboolean done = FALSE;
  g_signal_emit_by_name(channel.element.get(), "remove", ids[1], &done);
  fail_unless(done);
  channel.wait_for(ids[0], "on-air");
  channel.wait_for(ids[2], "ready");
  g_signal_emit_by_name(channel.element.get(), "skip", &done);
  fail_unless(done);
  channel.wait_for(ids[2], "on-air");
  g_signal_emit_by_name(channel.element.get(), "clear");
  channel.wait_for(ids[2], "gone");
  fail_unless_equals_int(channel.queued(), 0);
  g_signal_emit_by_name(channel.element.get(), "skip", &done);
  fail_unless(!done);
}
GST_END_TEST

GST_START_TEST(what_was_bought_but_not_shown_is_played_after_a_restart_at_no_extra_cost) {
  const Served served({"--task-seconds", "0.3"});
  ChannelPipeline channel;
  const auto ids = channel.play({"a fox", "a hare"});
  channel.wait_for(ids[1], "ready");
  channel.pipeline.set_state(GST_STATE_NULL);
  fail_unless(channel.queued() >= 1);
  fail_unless_equals_int(served.simulator.creates(), 2);
  channel.play();
  channel.wait_for(ids[1], "on-air");
  fail_unless_equals_int(served.simulator.creates(), 2);
  fail_unless(ids[0] != ids[1]);
}
GST_END_TEST

GST_START_TEST(text_buffers_are_prompts_and_their_end_ends_a_channel_that_should) {
  const Served served({"--task-seconds", "0.3"});
  Pipeline pipeline(
      "appsrc name=text caps=text/x-raw,format=pango-markup format=time ! airforcechannelsrc "
      "name=c "
      "model=wan-2.6 when-empty=eos video-caps=video/x-raw,width=160,height=120 ! fakesink "
      "sync=true");
  const Ref<GstElement> text = pipeline.element("text");
  pipeline.set_state(GST_STATE_PLAYING);
  GstFlowReturn flow = GST_FLOW_OK;
  for (const char* line : {"<b>a fox</b> &amp; a hare\n", "\n"}) {
    const airforce::gst::Buffer buffer(gst_buffer_new_memdup(line, strlen(line)));
    g_signal_emit_by_name(text.get(), "push-buffer", buffer.get(), &flow);
  }
  g_signal_emit_by_name(text.get(), "end-of-stream", &flow);
  const Message queued = pipeline.wait(GST_MESSAGE_ELEMENT, [](GstMessage* message) {
    return gst_structure_has_name(gst_message_get_structure(message), "airforce-channel-item");
  });
  fail_unless_equals_string(
      gst_structure_get_string(gst_message_get_structure(queued.get()), "prompt"),
      "a fox & a hare");
  pipeline.wait(GST_MESSAGE_EOS);
  fail_unless_equals_int(served.simulator.creates(), 1);
}
GST_END_TEST

GST_START_TEST(the_applications_own_picture_is_shown_while_a_clip_is_made) {
  const Simulator simulator({"--task-seconds", "60"});
  ChannelPipeline channel(
      "when-empty=(string)placeholder",
      "airforcechannelsrc name=c model=wan-2.6 transition=0 "
      "video-caps=video/x-raw,format=I420,width=32,height=32,framerate=24/1 "
      "c.video ! fakesink name=picture sync=true signal-handoffs=true "
      "videotestsrc is-live=true pattern=white ! video/x-raw,width=32,height=32 ! "
      "c.placeholder_video");
  std::atomic<int> white{0};
  g_signal_connect(
      channel.pipeline.element("picture").get(), "handoff",
      G_CALLBACK(+[](GstElement*, GstBuffer* buffer, GstPad*, std::atomic<int>* count) {
        guint8 luma = 0;
        gst_buffer_extract(buffer, 16 * 32 + 16, &luma, 1);
        if (luma > 220) ++*count;
      }),
      &white);
  const guint64 id = channel.enqueue("a fox");
  channel.play();
  channel.wait_for(id, "being-made");
  const gint64 deadline = g_get_monotonic_time() + 60 * G_TIME_SPAN_SECOND;
  while (white < 5 && g_get_monotonic_time() < deadline) g_usleep(10000);
  fail_unless(white >= 5, "%d", white.load());
  channel.pipeline.set_state(GST_STATE_NULL);
}
GST_END_TEST

GST_START_TEST(state_changes_and_calls_at_random_leave_nothing_behind) {
  const Served served({"--task-seconds", "0.2"});
  const LiveObjects objects;
  {
    ChannelPipeline channel("ahead=(string)3");
    for (int round = 0; round < 12; ++round) {
      for (int i = 0; i < 3; ++i) channel.enqueue(i % 2 == 0 ? "a fox" : "a hare");
      static const GstState states[] = {GST_STATE_PLAYING, GST_STATE_PAUSED, GST_STATE_READY,
                                        GST_STATE_PLAYING, GST_STATE_NULL};
      channel.pipeline.set_state(states[g_random_int_range(0, G_N_ELEMENTS(states))]);
      g_usleep(static_cast<gulong>(g_random_int_range(0, 300000)));
      gboolean done = FALSE;
      g_signal_emit_by_name(channel.element.get(), "skip", &done);
      if (round % 4 == 3) g_signal_emit_by_name(channel.element.get(), "clear");
    }
  }
  objects.fail_if_any();
}
GST_END_TEST

static Suite* channel_suite() {
  Suite* suite = suite_create("channel");
  TCase* tcase = tcase_create("channel");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 200);
  tcase_add_test(tcase, a_channel_plays_from_the_start_and_without_gaps_through_every_clip);
  tcase_add_test(tcase, a_channel_plays_on_when_a_clip_fails);
  tcase_add_test(tcase, a_channel_buys_nothing_while_it_is_paused_or_linked_to_nothing);
  tcase_add_test(tcase, a_channel_makes_no_more_than_is_wanted_ahead);
  tcase_add_test(tcase, an_item_can_be_removed_and_skipped_and_all_can_be_cleared);
  tcase_add_test(tcase, what_was_bought_but_not_shown_is_played_after_a_restart_at_no_extra_cost);
  tcase_add_test(tcase, text_buffers_are_prompts_and_their_end_ends_a_channel_that_should);
  tcase_add_test(tcase, the_applications_own_picture_is_shown_while_a_clip_is_made);
  tcase_add_test(tcase, state_changes_and_calls_at_random_leave_nothing_behind);
  return suite;
}

GST_CHECK_MAIN(channel)
