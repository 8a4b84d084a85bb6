// SPDX-License-Identifier: LGPL-2.1-or-later
// A clip that comes late into a pipeline that plays already.
#include <atomic>

#include "support.h"
#include "support/slowness.h"

using namespace airforce::gst::test;

namespace {

constexpr const char* kLive = "videotestsrc is-live=true ! fakesink ";

// The running times at which the buffers of a pad are due.
class Due {
 public:
  explicit Due(GstPad* pad) {
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, probe, this, nullptr);
  }
  Due(const Due&) = delete;
  Due& operator=(const Due&) = delete;
  GstClockTime first() const { return first_; }
  int count() const { return count_; }

 private:
  static GstPadProbeReturn probe(GstPad* pad, GstPadProbeInfo* info, gpointer self) {
    auto* due = static_cast<Due*>(self);
    if (due->count_++ > 0) return GST_PAD_PROBE_OK;
    g_autoptr(GstEvent) event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
    const GstSegment* segment = nullptr;
    gst_event_parse_segment(event, &segment);
    due->first_ = gst_segment_to_running_time(segment, GST_FORMAT_TIME,
                                              GST_BUFFER_PTS(GST_PAD_PROBE_INFO_BUFFER(info)));
    return GST_PAD_PROBE_OK;
  }

  std::atomic<GstClockTime> first_{GST_CLOCK_TIME_NONE};
  std::atomic<int> count_{0};
};

// Both, in a pipeline that plays: the element, and a sink that waits for the time of each frame. It
// drops what is a second late: a busy machine is not, a clip that began at running time 0 is.
struct Added {
  Added(const Pipeline& pipeline, const std::string& settings) {
    const std::string line = std::string("airforcevideosrc name=s ") + kRequest + " " + settings +
                             " ! fakesink name=late sync=true max-lateness=1000000000";
    bin.reset(GST_ELEMENT(
        gst_object_ref_sink(gst_parse_bin_from_description(line.c_str(), FALSE, nullptr))));
    sink.reset(gst_bin_get_by_name(GST_BIN(bin.get()), "late"));
    pad.reset(gst_element_get_static_pad(sink.get(), "sink"));
    gst_bin_add(GST_BIN(pipeline.get()), bin.get());
  }
  void remove(const Pipeline& pipeline) const {
    gst_element_set_locked_state(bin.get(), TRUE);
    gst_element_set_state(bin.get(), GST_STATE_NULL);
    gst_bin_remove(GST_BIN(pipeline.get()), bin.get());
  }
  void fail_if_late() const {
    // Under valgrind nothing decodes as fast as it plays.
    if (airforce::test::kSlowness > 4) return;
    g_autoptr(GstStructure) stats = nullptr;
    g_object_get(sink.get(), "stats", &stats, nullptr);
    guint64 count = 0;
    gst_structure_get_uint64(stats, "dropped", &count);
    fail_unless_equals_int(count, 0);
  }

  Ref<GstElement> bin;
  Ref<GstElement> sink;
  Ref<GstPad> pad;
};

bool wait_until(const std::function<bool()>& holds) {
  const gint64 deadline = g_get_monotonic_time() + 60 * G_TIME_SPAN_SECOND;
  while (!holds() && g_get_monotonic_time() < deadline) g_usleep(5000);
  return holds();
}

}  // namespace

GST_START_TEST(a_clip_that_starts_now_is_added_to_a_playing_pipeline_and_not_late) {
  const Served served({}, false);
  Pipeline pipeline(kLive);
  pipeline.set_state(GST_STATE_PLAYING);
  pipeline.wait(GST_MESSAGE_STREAM_START);
  fail_unless(wait_until(
      [&] { return gst_element_get_current_running_time(pipeline.get()) > GST_SECOND; }));
  const Added added(pipeline, "start-now=true");
  const Due due(added.pad.get());
  fail_unless(gst_element_sync_state_with_parent(added.bin.get()));
  fail_unless(wait_until([&] { return due.count() == 48; }), "%d frames", due.count());
  fail_unless(due.first() > GST_SECOND);
  fail_unless(wait_until([&] {
    return gst_element_get_current_running_time(pipeline.get()) > due.first() + 2100 * GST_MSECOND;
  }));
  added.fail_if_late();
  added.remove(pipeline);
}
GST_END_TEST

GST_START_TEST(a_clip_in_a_live_pipeline_from_the_start_is_not_late_either) {
  const Served served({}, false);
  Pipeline pipeline(kLive);
  const Added added(pipeline, "start-now=true");
  const Due due(added.pad.get());
  pipeline.set_state(GST_STATE_PLAYING);
  fail_unless(wait_until([&] { return due.count() == 48; }), "%d frames", due.count());
  fail_unless(due.first() > 0);
  added.fail_if_late();
}
GST_END_TEST

GST_START_TEST(a_clip_that_does_not_start_now_begins_at_running_time_0) {
  const Served served({}, false);
  Pipeline pipeline(kLive);
  pipeline.set_state(GST_STATE_PLAYING);
  const Added added(pipeline, "");
  const Due due(added.pad.get());
  fail_unless(gst_element_sync_state_with_parent(added.bin.get()));
  fail_unless(wait_until([&] { return due.count() > 0; }));
  fail_unless_equals_uint64(due.first(), 0);
  added.remove(pipeline);
}
GST_END_TEST

GST_START_TEST(starting_now_is_starting_with_the_others_without_a_live_source) {
  const Served served({}, false);
  Pipeline pipeline("videotestsrc num-buffers=3 ! fakesink");
  const Added added(pipeline, "start-now=true");
  const Due due(added.pad.get());
  pipeline.play_to_end();
  fail_unless_equals_uint64(due.first(), 0);
  fail_unless_equals_int(due.count(), 48);
}
GST_END_TEST

GST_START_TEST(clips_come_and_go_while_the_pipeline_plays_and_nothing_stays) {
  const Served served({}, false);
  Pipeline pipeline(kLive);
  pipeline.set_state(GST_STATE_PLAYING);
  pipeline.wait(GST_MESSAGE_STREAM_START);
  GWeakRef last;
  g_weak_ref_init(&last, nullptr);
  for (const unsigned frames : {0, 1, 48}) {
    const Added added(pipeline, "start-now=true reuse=always");
    const Due due(added.pad.get());
    g_weak_ref_set(&last, added.bin.get());
    fail_unless(gst_element_sync_state_with_parent(added.bin.get()));
    fail_unless(wait_until([&] { return due.count() >= static_cast<int>(frames); }));
    added.remove(pipeline);
  }
  // Messages hold on to the elements that they come from.
  const Ref<GstBus> bus(gst_element_get_bus(pipeline.get()));
  gst_bus_set_flushing(bus.get(), TRUE);
  gst_bus_set_flushing(bus.get(), FALSE);
  fail_unless(wait_until([&] {
    const Ref<GstElement> alive(static_cast<GstElement*>(g_weak_ref_get(&last)));
    return alive == nullptr;
  }));
  g_weak_ref_clear(&last);
  GstState state = GST_STATE_NULL;
  gst_element_get_state(pipeline.get(), &state, nullptr, 0);
  fail_unless_equals_int(state, GST_STATE_PLAYING);
}
GST_END_TEST

GST_START_TEST(several_in_one_pipeline_feed_a_compositor_a_concat_and_a_selector) {
  const char* kLines[] = {
      "compositor name=m sink_1::xpos=160 ! fakesink name=out ",
      "concat name=m ! fakesink name=out ",
      "input-selector name=m ! fakesink name=out ",
  };
  const Served served({}, false);
  const std::string one =
      std::string("airforcevideosrc ") + kRequest + " reuse=always ! videoconvert ! queue ! m. ";
  Pipeline pipeline(std::string(kLines[__i__]) + one + one);
  const Received received(pipeline, "out");
  pipeline.play_to_end();
  const std::size_t expected[] = {48, 96, 48};
  // The compositor works at a frame rate of its own choice, and may end one frame later.
  fail_unless(received.lines().size() >= expected[__i__], "%u frames",
              static_cast<unsigned>(received.lines().size()));
  fail_unless_equals_int(served.simulator.logged("POST"), 1);
}
GST_END_TEST

// What is not live has no latency of its own: it does not make a live pipeline later.
GST_START_TEST(it_adds_no_latency_to_a_live_pipeline) {
  const Served served({}, false);
  Pipeline pipeline(kLive);
  const Added added(pipeline, "start-now=true");
  pipeline.set_state(GST_STATE_PLAYING);
  const Due due(added.pad.get());
  fail_unless(wait_until([&] { return due.count() > 0; }));
  g_autoptr(GstQuery) at_pad = gst_query_new_latency();
  fail_unless(gst_pad_peer_query(added.pad.get(), at_pad));
  gboolean live = TRUE;
  GstClockTime latency = GST_CLOCK_TIME_NONE;
  gst_query_parse_latency(at_pad, &live, &latency, nullptr);
  fail_unless(!live);
  fail_unless_equals_uint64(latency, 0);
  // The live source is asked all the same, once its sink has something.
  fail_unless(wait_until([&pipeline] {
    g_autoptr(GstQuery) of_all = gst_query_new_latency();
    gboolean is_live = FALSE;
    if (!gst_element_query(pipeline.get(), of_all)) return false;
    gst_query_parse_latency(of_all, &is_live, nullptr, nullptr);
    return is_live != FALSE;
  }));
}
GST_END_TEST

GST_START_TEST(quality_of_service_reaches_the_decoder) {
  const Served served({}, false);
  Pipeline pipeline(std::string("airforcevideosrc name=s ") + kRequest + " ! fakesink name=out");
  const Received received(pipeline, "out");
  pipeline.set_state(GST_STATE_PAUSED);
  pipeline.wait(GST_MESSAGE_ASYNC_DONE);
  // As a sink reports when half a second is late already.
  const Ref<GstPad> pad(gst_element_get_static_pad(pipeline.element("out").get(), "sink"));
  fail_unless(gst_pad_push_event(
      pad.get(), gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 2.0, GST_SECOND / 2, GST_SECOND / 2)));
  pipeline.set_state(GST_STATE_PLAYING);
  const Ref<GstElement> source = pipeline.element("s");
  pipeline.wait(GST_MESSAGE_QOS, [&](GstMessage* message) {
    return gst_object_has_as_ancestor(GST_MESSAGE_SRC(message), GST_OBJECT(source.get())) != FALSE;
  });
  pipeline.wait(GST_MESSAGE_EOS);
  fail_unless(received.lines().size() < 40, "%u frames",
              static_cast<unsigned>(received.lines().size()));
}
GST_END_TEST

static Suite* live_suite() {
  Suite* suite = suite_create("live");
  TCase* tcase = tcase_create("live");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 200);
  tcase_add_test(tcase, a_clip_that_starts_now_is_added_to_a_playing_pipeline_and_not_late);
  tcase_add_test(tcase, a_clip_in_a_live_pipeline_from_the_start_is_not_late_either);
  tcase_add_test(tcase, a_clip_that_does_not_start_now_begins_at_running_time_0);
  tcase_add_test(tcase, starting_now_is_starting_with_the_others_without_a_live_source);
  tcase_add_test(tcase, clips_come_and_go_while_the_pipeline_plays_and_nothing_stays);
  tcase_add_test(tcase, it_adds_no_latency_to_a_live_pipeline);
  tcase_add_test(tcase, quality_of_service_reaches_the_decoder);
  tcase_add_loop_test(tcase, several_in_one_pipeline_feed_a_compositor_a_concat_and_a_selector, 0,
                      3);
  return suite;
}

GST_CHECK_MAIN(live)
