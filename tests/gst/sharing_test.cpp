// SPDX-License-Identifier: LGPL-2.1-or-later
// Who shares a purchase in one process, and when a clip counts as delivered.
#include <chrono>
#include <future>

#include "support.h"

using namespace airforce::gst::test;

namespace {

std::string sources(int count, const std::string& settings, const std::string& sink) {
  std::string text;
  for (int i = 1; i <= count; ++i) {
    const std::string name = "s" + std::to_string(i);
    text += "airforcevideosrc name=" + name + " " + kRequest + " " + settings + " " + name +
            ". ! video/x-raw ! " + sink + " name=sink" + std::to_string(i) + " ";
  }
  return text;
}

// Pauses, and waits until the end of the stream is in the queue, of which nothing is played.
void fill_the_queue(const std::string& settings) {
  Pipeline pipeline(sources(1, settings,
                            "queue name=all max-size-buffers=0 max-size-bytes=0 max-size-time=0 "
                            "! fakesink sync=true"));
  std::promise<void> ended;
  const Ref<GstPad> pad(gst_element_get_static_pad(pipeline.element("all").get(), "sink"));
  gst_pad_add_probe(
      pad.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      [](GstPad*, GstPadProbeInfo* info, gpointer self) {
        if (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_EOS)
          static_cast<std::promise<void>*>(self)->set_value();
        return GST_PAD_PROBE_OK;
      },
      &ended, nullptr);
  pipeline.set_state(GST_STATE_PAUSED);
  fail_unless(ended.get_future().wait_for(std::chrono::seconds(60)) == std::future_status::ready);
  pipeline.set_state(GST_STATE_NULL);
}

}  // namespace

GST_START_TEST(equal_open_sources_share_one_generation) {
  const Served served({"--task-seconds", "0.5"});
  Pipeline pipeline(sources(2, "reuse=unfinished", "queue ! fakesink sync=false"));
  const Received first(pipeline, "sink1");
  const Received second(pipeline, "sink2");
  pipeline.play_to_end();
  fail_unless(first.lines().size() > 20);
  fail_unless(first.lines() == second.lines());
  fail_unless_equals_int(served.simulator.creates(), 1);
}
GST_END_TEST

GST_START_TEST(each_of_them_reports_the_task_and_its_progress) {
  const Served served({"--task-seconds", "0.5"});
  Pipeline pipeline(sources(2, "reuse=unfinished", "queue ! fakesink sync=false"));
  pipeline.set_state(GST_STATE_PLAYING);
  for (int completed = 0; completed < 2; ++completed)
    pipeline.wait_for_progress(GST_PROGRESS_TYPE_COMPLETE);
  pipeline.wait(GST_MESSAGE_EOS);
}
GST_END_TEST

GST_START_TEST(a_source_that_stops_leaves_the_other_its_generation) {
  const Served served({"--task-seconds", "1"});
  Pipeline leaving(sources(1, "reuse=unfinished", "queue ! fakesink sync=false"));
  Pipeline staying(sources(1, "reuse=unfinished", "queue ! fakesink sync=false"));
  leaving.set_state(GST_STATE_PLAYING);
  leaving.wait_for_progress(GST_PROGRESS_TYPE_START);
  staying.set_state(GST_STATE_PLAYING);
  staying.wait_for_progress(GST_PROGRESS_TYPE_START);
  const gint64 before = g_get_monotonic_time();
  leaving.set_state(GST_STATE_NULL);
  fail_unless(g_get_monotonic_time() - before < 2 * G_USEC_PER_SEC);
  staying.wait(GST_MESSAGE_EOS);
  fail_unless_equals_int(served.simulator.creates(), 1);
}
GST_END_TEST

GST_START_TEST(sources_with_reuse_never_buy_a_clip_each) {
  const Served served;
  Pipeline pipeline(sources(2, "reuse=never", "queue ! fakesink sync=false"));
  pipeline.play_to_end();
  fail_unless_equals_int(served.simulator.creates(), 2);
}
GST_END_TEST

// What happens to a clip behind its pads the source cannot see; replaying it costs nothing.
GST_START_TEST(a_queue_that_has_taken_a_whole_clip_counts_as_its_consumer) {
  const Served served;
  fill_the_queue("reuse=unfinished");
  fail_unless_equals_int(served.simulator.creates(), 1);
  fill_the_queue("reuse=always");
  fail_unless_equals_int(served.simulator.creates(), 1);
  fill_the_queue("reuse=unfinished");
  fail_unless_equals_int(served.simulator.creates(), 2);
}
GST_END_TEST

static Suite* sharing_suite() {
  Suite* suite = suite_create("sharing");
  TCase* tcase = tcase_create("sharing");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 100);
  tcase_add_test(tcase, equal_open_sources_share_one_generation);
  tcase_add_test(tcase, each_of_them_reports_the_task_and_its_progress);
  tcase_add_test(tcase, a_source_that_stops_leaves_the_other_its_generation);
  tcase_add_test(tcase, sources_with_reuse_never_buy_a_clip_each);
  tcase_add_test(tcase, a_queue_that_has_taken_a_whole_clip_counts_as_its_consumer);
  return suite;
}

GST_CHECK_MAIN(sharing)
